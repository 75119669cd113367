import { describe, expect, it } from "vitest";
import { FrameReader } from "./frames";
import { touched } from "./live";

const TEXT = "retry: 2000\n\nid: 7\nevent: ready\ndata: {}\n\n: still here\n\nid: 8\r\nevent: caravan.milestone.recorded\r\ndata: a\r\ndata: b\r\n\r\n";

describe("frames", () => {
  it("are the same in whatever pieces the text comes", () => {
    for (let size = 1; size <= TEXT.length; size += 1) {
      const reader = new FrameReader();
      const frames = [];
      for (let at = 0; at < TEXT.length; at += size) frames.push(...reader.push(TEXT.slice(at, at + size)));
      expect(frames, `pieces of ${size}`).toEqual([
        { id: "7", event: "ready", data: "{}" },
        { id: "8", event: "caravan.milestone.recorded", data: "a\nb" },
      ]);
    }
  });

  it("that never end are given up", () => {
    const reader = new FrameReader();
    expect(() => {
      for (let n = 0; n < 50; n += 1) reader.push("x".repeat(100_000));
    }).toThrow("too large");
  });

  it("make the lists old that they are about", () => {
    expect(touched("caravan.milestone.recorded")).toContain("timeline");
    expect(touched("caravan.order.changed")).toEqual(["orders"]);
    expect(touched("caravan.order-import.changed")).toEqual(["imports"]);
    expect(touched("caravan.freight-invoice.matched")).toContain("bill");
    expect(touched("caravan.rate-contract.published")).toEqual(["contracts"]);
    expect(touched("ready")).toEqual([]);
  });
});
