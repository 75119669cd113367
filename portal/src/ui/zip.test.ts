import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { crc32, zip } from "./zip";

const utf8 = (text: string) => new TextEncoder().encode(text);

describe("an archive", () => {
  it("has the check value of CRC-32", () => {
    expect(crc32(utf8("123456789"))).toBe(0xcbf43926);
  });

  it("is laid out as readers walk it: from the end over the directory to each file", () => {
    const entries = [{ path: "demo/214/input.edi", bytes: utf8("ISA*00~") }, { path: "demo/214/पता.md", bytes: new Uint8Array(0) }];
    const bytes = zip(entries, new Date(2026, 10, 27, 18, 30, 10));
    const view = new DataView(bytes.buffer);
    const end = bytes.length - 22;
    expect(view.getUint32(end, true)).toBe(0x06054b50);
    expect(view.getUint16(end + 10, true)).toBe(2);
    let at = view.getUint32(end + 16, true);
    expect(at + view.getUint32(end + 12, true)).toBe(end);
    for (const { path, bytes: content } of entries) {
      expect(view.getUint32(at, true)).toBe(0x02014b50);
      const name = view.getUint16(at + 28, true);
      expect(new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + name))).toBe(path);
      expect(view.getUint32(at + 16, true)).toBe(crc32(content));
      const local = view.getUint32(at + 42, true);
      expect(view.getUint32(local, true)).toBe(0x04034b50);
      const from = local + 30 + view.getUint16(local + 26, true);
      expect(bytes.subarray(from, from + view.getUint32(local + 18, true))).toEqual(content);
      // 27 November 2026, 18:30:10.
      expect([view.getUint16(at + 12, true), view.getUint16(at + 14, true)]).toEqual([(18 << 11) | (30 << 5) | 5, (46 << 9) | (11 << 5) | 27]);
      at += 46 + name;
    }
  });

  it("is read by another reader", ({ skip }) => {
    const folder = mkdtempSync(join(tmpdir(), "caravan-zip-"));
    try {
      const path = join(folder, "case.zip");
      writeFileSync(path, zip([{ path: "a/b.txt", bytes: utf8("दिल्ली") }], new Date(2026, 0, 1)));
      const script = "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; open(sys.argv[2], 'wb').write(z.read('a/b.txt'))";
      try {
        execFileSync("python3", ["-c", "import zipfile"]);
      } catch {
        skip("there is no Python here");
      }
      execFileSync("python3", ["-c", script, path, join(folder, "out")]);
      expect(readFileSync(join(folder, "out"), "utf8")).toBe("दिल्ली");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
