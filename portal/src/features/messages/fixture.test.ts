import { describe, expect, it } from "vitest";
import { entries, nameOf } from "./fixture";

const fixture = (folder: string, name: string, encoding = "utf-8", content = "a") => ({ folder, files: [{ name, encoding, content }] });

describe("a fixture", () => {
  it("is its files below its folder, bytes that are no text included", () => {
    expect(entries(fixture("dhl/tracking/3f1c", "notes.md", "utf-8", "ü"))).toEqual([{ path: "dhl/tracking/3f1c/notes.md", bytes: Uint8Array.of(0xc3, 0xbc) }]);
    expect(entries(fixture("a", "input.txt", "base64", "/wA="))[0]?.bytes).toEqual(Uint8Array.of(0xff, 0x00));
    expect(nameOf(fixture("dhl/tracking/3f1c", "x"))).toBe("fixture-dhl-tracking-3f1c.zip");
  });

  it("does not lead out of its folder", () => {
    for (const [folder, name] of [["..", "a"], ["a/../b", "a"], ["/a", "a"], ["a", "../b"], ["a", ".ssh"], ["a", "b\\c"], ["a", ""]] as const) {
      expect(() => entries(fixture(folder, name)), `${folder} ${name}`).toThrow("plain file name");
    }
  });
});
