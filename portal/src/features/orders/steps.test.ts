import { describe, expect, it } from "vitest";
import { answerOf, assignOf, deliverOf, dispatchOf, isReady, SAID, tenderOf, VERBS, verbsOf } from "./steps";

describe("steps", () => {
  it("are offered as far as the order and the scopes allow, in the order of its life", () => {
    const allowed = ["edit", "cancel", "hold", "approve", "teleport"];
    expect(verbsOf(allowed, ["*"])).toEqual(["approve", "hold", "cancel"]);
    expect(verbsOf(allowed, ["orders:write"])).toEqual(["hold", "cancel"]);
    expect(verbsOf(allowed, ["orders:read"])).toEqual([]);
  });

  it("wait for what they need", () => {
    expect(VERBS.filter((verb) => !isReady(verb, SAID))).toEqual(["decline", "dispatch", "hold", "withdraw", "cancel"]);
    expect(isReady("hold", { ...SAID, reason: " " })).toBe(false);
    expect(isReady("hold", { ...SAID, reason: "rain" })).toBe(true);
    expect(isReady("dispatch", { ...SAID, lr: "LR-1" })).toBe(false);
  });

  it("send what was said, and no empty word", () => {
    expect(assignOf(SAID)).toEqual({ by: "rate", reason: null });
    expect(assignOf({ ...SAID, carrier: " DEMO ", reason: "knows the gate" })).toEqual({ by: "hand", carrier: "DEMO", reason: "knows the gate" });
    expect(tenderOf({ ...SAID, within: "30" })).toEqual({ respond_within_min: 30 });
    expect(answerOf("accept", { ...SAID, reference: "PRO 7" })).toEqual({ answer: "accepted", carrier_reference: "PRO 7", reason: null });
    expect(answerOf("decline", { ...SAID, reason: "no lorry" })).toEqual({ answer: "declined", reason: "no lorry" });
    expect(dispatchOf({ ...SAID, lr: "LR-1", vehicle: "MH 12" })).toEqual({ lr_number: "LR-1", vehicle: "MH 12", driver: null, pro: null, awb: null, at: null });
    expect(dispatchOf({ ...SAID, lr: "LR-1", vehicle: "MH 12", phone: "98" })?.driver).toEqual({ name: null, phone: "98" });
    expect(deliverOf({ ...SAID, pod: "POD-1" })).toEqual({ at: null, pod: "POD-1", reason: null });
  });
});
