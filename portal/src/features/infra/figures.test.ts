import { describe, expect, it } from "vitest";
import { columns, count, millis, percent, seconds, size, spanOf } from "./figures";

const MINUTES = [
  { at: "2026-11-26T10:00:00Z", requests: 120, refused: 2, failed: 0, p95_ms: 12.5 },
  { at: "2026-11-26T10:01:00Z", requests: 0, refused: 0, failed: 0 },
];

describe("the minutes", () => {
  it("are columns, in which what was not measured is a gap", () => {
    expect(columns(MINUTES, ["requests", "p95_ms"])).toEqual([[1795687200, 1795687260], [120, 0], [12.5, null]]);
    expect(columns([], ["failed"])).toEqual([[], []]);
  });

  it("lead to the messages of that minute", () => {
    expect(spanOf(MINUTES[0] ?? { at: "" })).toEqual({ from: "2026-11-26T10:00:00.000Z", to: "2026-11-26T10:01:00.000Z" });
  });
});

describe("figures", () => {
  it("are read with their units, in Indian grouping", () => {
    expect(count("en", 1234567)).toBe("12,34,567");
    expect(count("en", 3.25)).toBe("3.3");
    expect(percent("en", 0.0123)).toBe("1.2%");
    expect(percent("en", 0.0004)).toBe("0.04%");
    expect(millis("en", 12.34)).toBe("12 ms");
    expect(millis("en", null)).toBe("–");
    // How a unit is shortened is the library's.
    expect(seconds("en", 90)).toMatch(/^1\.5 min/);
    expect(seconds("en", 7_200)).toMatch(/^2 h/);
    expect(size("en", 1536)).toBe("1.5 kB");
    expect(size("en", undefined)).toBe("–");
  });
});
