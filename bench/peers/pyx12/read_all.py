"""Reads all segments of an X12 file with pyx12's reader; prints what it cost in processor time."""

import sys
import time

import pyx12.x12file

before = time.process_time_ns()
segments = 0
with open(sys.argv[1], encoding="ascii") as source:
    reader = pyx12.x12file.X12Reader(source)
    for segment in reader:
        segments += 1
        errors = reader.pop_errors()
        if errors:
            sys.exit(f"segment {segments}: {errors}")
print("segments", segments, "cpu_ns", time.process_time_ns() - before)
