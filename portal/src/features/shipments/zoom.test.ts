import { describe, expect, it } from "vitest";
import { groups, type Milestone, zoomOf } from "./zoom";

const fact = (id: string, status: string, name: string, change: Partial<Milestone> = {}): Milestone => ({
  id, status, place: { name }, classifier: "actual", at: "2026-11-26T10:00:00Z", recorded_at: "2026-11-26T10:00:00Z", connection: "c", direction: "forward", document: "d",
  raw: { list: "l", code: "c" }, scope: { kind: "shipment" }, zone_source: "sent", ...change,
});

describe("a timeline from afar", () => {
  it("is one line for facts in a row that say the same of the same place", () => {
    const found = groups([fact("5", "delivered", "Pune"), fact("4", "arrived", "PUNE"), fact("3", "arrived", "Pune"), fact("2", "arrived", "Nashik"), fact("1", "arrived", "Pune")]);
    expect(found.map((group) => group.map((one) => one.id).join("+"))).toEqual(["5", "4+3", "2", "1"]);
  });

  it("leaves out what was corrected, and keeps an estimate apart from a fact", () => {
    const found = groups([fact("3", "arrived", "Pune"), fact("2", "delivered", "Pune", { superseded: true }), fact("1", "arrived", "Pune", { classifier: "estimated" })]);
    expect(found.map((group) => group[0].id)).toEqual(["3", "1"]);
  });

  it("is seen at the zoom that the address names", () => {
    expect([zoomOf("compact"), zoomOf("huge"), zoomOf(undefined)]).toEqual(["compact", "timeline", "timeline"]);
  });
});
