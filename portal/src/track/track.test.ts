import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { carrierName, isOver, stageOf, toneOf, tokenOf } from "./view";
import { moment, span, STATUSES, status } from "./words";

describe("the public page", () => {
  const model = readFileSync(new URL("../../../foundation/model/src/milestone.rs", import.meta.url), "utf8");
  const list = /Status, "milestone status" \{([^}]*)\}/.exec(model)?.[1] ?? "";
  const known = [...list.matchAll(/= "([^"]+)"/g)].map((match) => match[1] ?? "");

  it("has words for every status, and no other", () => {
    expect(known.length).toBeGreaterThan(20);
    expect(Object.keys(STATUSES).sort()).toEqual([...known].sort());
    for (const one of known) expect(status("hi", one), one).toMatch(/\p{Script=Devanagari}/u);
    expect(status("en", "on-the-moon")).toBe("on the moon");
  });

  it("puts every status of goods that go to their consignee on the way", () => {
    const nowhere = known.filter((one) => stageOf({ status: one, direction: "forward" }) === undefined);
    expect(nowhere).toEqual(["returned", "cancelled", "unmapped"]);
    expect(stageOf({ status: "in-transit", direction: "return" })).toBeUndefined();
    expect(stageOf({ status: "delivered", direction: "forward" })).toBe(3);
  });

  it("says what is wrong and what is over", () => {
    expect(toneOf({ status: "in-transit", direction: "return" })).toBe("warn");
    expect(toneOf({ status: "delivered", direction: "forward" })).toBe("good");
    expect([isOver({ status: "delivered" }), isOver({ status: "delayed" })]).toEqual([true, false]);
  });

  it("writes carriers as people do", () => {
    expect(["dhl", "canada-post", "bluedart", "Gati Ltd"].map(carrierName)).toEqual(["DHL", "Canada Post", "Bluedart", "Gati Ltd"]);
  });

  it("finds the token in the address, whatever stands there", () => {
    expect(["/track/Ab1", "/track/Ab1/", "/track/", "/track/a/b", "/track.html"].map(tokenOf)).toEqual(["Ab1", "Ab1", "", "", ""]);
  });

  it("says moments in either language, and what is none as it came", () => {
    expect(moment("en", "2026-11-27T10:30:00+05:30")).toMatch(/27 Nov/);
    expect(moment("hi", "2026-11-27T10:30:00+05:30")).toMatch(/27 नव/);
    expect(moment("en", "soon")).toBe("soon");
    expect(span("en", "2026-11-27T10:30:00+05:30", "2026-11-27T12:30:00+05:30").match(/Nov/g)).toHaveLength(1);
  });
});
