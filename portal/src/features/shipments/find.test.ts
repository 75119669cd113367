import { describe, expect, it } from "vitest";
import { chosen, countOf, shown, sought } from "./find";

describe("what is sought", () => {
  it("are numbers, whatever stands between them, each once", () => {
    for (const text of ["PRO1\nPRO2\nPRO1", "PRO1, PRO2", " PRO1;PRO2 ", "PRO1\tPRO2\r\n", "PRO1 | PRO2"]) expect(sought(text), text).toEqual({ numbers: "PRO1,PRO2" });
    expect(countOf(sought(Array.from({ length: 700 }, (_, index) => `N${index}`).join("\n")).numbers)).toBe(500);
  });

  it("are words when any of them is one, and nothing when nothing is said", () => {
    expect(sought(" PRO1 ")).toEqual({ q: "PRO1" });
    expect(sought("12345   mumbai")).toEqual({ q: "12345 mumbai" });
    expect([sought(" \n"), countOf(undefined)]).toEqual([{}, 0]);
  });
});

describe("columns", () => {
  const all = [{ id: "number", usual: true }, { id: "status", usual: true }, { id: "mode", usual: false }];

  it("are those of the address in their own order, or the usual ones", () => {
    expect(shown(all, "mode,number").map((one) => one.id)).toEqual(["number", "mode"]);
    expect(shown(all, "gone").map((one) => one.id)).toEqual(["number", "status"]);
    expect(shown(all, undefined)).toHaveLength(2);
  });

  it("leave the address alone when they are the usual ones, or none", () => {
    expect([chosen(all, ["status", "number"]), chosen(all, []), chosen(all, ["mode"])]).toEqual([undefined, undefined, "mode"]);
  });
});
