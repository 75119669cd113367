import { describe, expect, it } from "vitest";
import { ownerAt, pieces, windowOf, withLinked } from "./raw";

const utf8 = (text: string) => new TextEncoder().encode(text);

describe("raw bytes", () => {
  it("are cut at the borders of spans, in bytes and not in characters", () => {
    const bytes = utf8("दिल्ली*AF~D1~");
    const city = utf8("दिल्ली").length;
    const spans = [{ start: 0, end: city }, { start: city + 1, end: city + 3 }, { start: city + 1, end: city + 7 }];
    const found = pieces(bytes, spans, windowOf(bytes.length, 0));
    expect(found.map((piece) => piece.text)).toEqual(["दिल्ली", "*", "AF", "~D1~"]);
    expect(found.map((piece) => piece.owners)).toEqual([[0], [], [1, 2], [2]]);
    expect(ownerAt(spans, [1, 2])).toBe(1);
  });

  it("lose nothing, whatever the spans are", () => {
    const bytes = utf8("ISA*00*ü*~GS*QM~ST*214~");
    for (let start = 0; start < bytes.length; start += 1) {
      const found = pieces(bytes, [{ start, end: start + 400 }, { start: 3, end: 3 }], windowOf(bytes.length, 0));
      expect(found[0]?.start).toBe(0);
      expect(found[found.length - 1]?.end).toBe(bytes.length);
      for (let at = 1; at < found.length; at += 1) expect(found[at]?.start).toBe(found[at - 1]?.end);
    }
  });

  it("that are no UTF-8 are shown one sign a byte, control signs as pictures", () => {
    const [piece] = pieces(Uint8Array.of(0x41, 0xff, 0x00, 0x0a, 0x0d, 0x0a), [], { start: 0, end: 6 });
    expect(piece?.text).toBe("Aÿ␀\n␍\n");
  });

  it("of a large message are a window around what is chosen", () => {
    expect(windowOf(50, 0, 100)).toEqual({ start: 0, end: 50 });
    expect(windowOf(1000, 500, 100)).toEqual({ start: 490, end: 590 });
    expect(windowOf(1000, 999, 100)).toEqual({ start: 900, end: 1000 });
  });

  it("that a link names are a record's, or a part of their own within one", () => {
    const spans = [{ start: 0, end: 90 }, { start: 10, end: 20 }];
    expect(withLinked(spans, "10", "20").linked).toBe(1);
    expect(withLinked(spans, "0", undefined).linked).toBe(0);
    expect(withLinked(spans, "10", "15")).toEqual({ spans: [...spans, { start: 10, end: 15 }], linked: 2 });
    for (const [from, to] of [[undefined, undefined], ["x", "5"], ["20", "10"], ["12", undefined]]) expect(withLinked(spans, from, to)).toEqual({ spans, linked: undefined });
  });
});
