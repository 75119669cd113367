import { describe, expect, it } from "vitest";
import { actOf, EMPTY, grouped, verbsOf, type Exception } from "./act";

describe("an action on an exception", () => {
  it("is sent only when it says what the API needs", () => {
    expect(actOf("resolve", EMPTY)).toBeUndefined();
    expect(actOf("resolve", { ...EMPTY, text: "  agreed by phone " })).toEqual({ action: "resolve", reason: "agreed by phone" });
    expect(actOf("comment", { ...EMPTY, text: " " })).toBeUndefined();
    expect(actOf("snooze", { ...EMPTY, until: "soon" })).toBeUndefined();
    expect(actOf("snooze", { ...EMPTY, until: "2026-11-27T09:00Z" })).toEqual({ action: "snooze", until: "2026-11-27T09:00:00.000Z", reason: null });
    expect(actOf("assign", EMPTY)).toEqual({ action: "assign", owner: null });
  });

  it("that is offered fits the status", () => {
    expect(verbsOf("resolved")).toEqual(["comment", "reopen"]);
    expect(verbsOf("open")).not.toContain("reopen");
  });
});

describe("groups", () => {
  it("keep each cause together and the order within", () => {
    const of = (id: string, cause: string) => ({ id, cause }) as Exception;
    const found = grouped([of("1", "delay"), of("2", "return"), of("3", "delay")]);
    expect(found.map(([cause, items]) => [cause, items.map((item) => item.id)])).toEqual([["delay", ["1", "3"]], ["return", ["2"]]]);
  });
});
