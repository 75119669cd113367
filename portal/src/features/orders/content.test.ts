import { afterEach, describe, expect, it } from "vitest";
import { type Content, differences, fresh, isFresh, localOf, merged, momentOf, toSend, valueAt, withValue } from "./content";

describe("a form's content", () => {
  it("is changed where a pointer says, and nowhere else", () => {
    const before = fresh();
    const after = withValue(before, "/stops/1/place/city", "Chennai");
    expect(valueAt(after, "/stops/1/place/city")).toBe("Chennai");
    expect(valueAt(before, "/stops/1/place/city")).toBeUndefined();
    expect(after.stops?.[0]).toBe(before.stops?.[0]);
    expect(withValue(after, "/stops/1/place/city", undefined)).toStrictEqual(before);
    expect(withValue(before, "/gross_weight/value", "5")).toMatchObject({ gross_weight: { value: "5" } });
    expect(valueAt(before, "/lines/3/quantity/value")).toBeUndefined();
  });

  it("is sent without what is empty, and with its lines numbered", () => {
    const typed: Content = {
      ...fresh(), notes: "  ", service: " express ", gross_weight: { value: "", unit: "KGM" }, packages: 3,
      references: [{ kind: "lr", value: " " }, { kind: "purchase-order", value: "PO-1" }],
      lines: [{ number: "10" }, { number: "", description: "Gears", quantity: { value: "4", unit: "PCE" }, net_value: { amount: "", currency: "INR" } }],
    };
    expect(toSend(typed)).toEqual({
      service: "express", packages: 3, references: [{ kind: "purchase-order", value: "PO-1" }],
      lines: [{ number: "10", description: "Gears", quantity: { value: "4", unit: "PCE" } }],
      stops: [{ kind: "pickup", place: { country: "IN" } }, { kind: "delivery", place: { country: "IN" } }],
    });
    expect([isFresh(fresh()), isFresh(typed), isFresh({ ...fresh(), notes: " " })]).toEqual([true, false, true]);
  });
});

describe("two who change one order", () => {
  const base: Content = { notes: "old", service: "road", stops: [{ kind: "pickup", name: "Pune" }, { kind: "delivery", name: "Chennai" }] };
  const mine = withValue(withValue(base, "/notes", "mine"), "/stops/1/name", "Salem");
  const theirs = withValue(withValue(base, "/notes", "theirs"), "/service", "air");

  it("are told apart field by field", () => {
    const found = differences(base, mine, theirs).sort((one, other) => one.pointer.localeCompare(other.pointer));
    expect(found).toEqual([
      { pointer: "/notes", mine: "mine", theirs: "theirs", by: "both" },
      { pointer: "/service", mine: "road", theirs: "air", by: "them" },
      { pointer: "/stops/1/name", mine: "Salem", theirs: "Chennai", by: "me" },
    ]);
  });

  it("lose nothing of what only one of them changed", () => {
    expect(merged(theirs, differences(base, mine, theirs))).toEqual({ ...theirs, notes: "mine", stops: mine.stops });
  });

  it("keep lists whole whose length one of them changed", () => {
    const longer = { ...base, stops: [...(base.stops ?? []), { kind: "delivery" }] };
    const found = differences(base, longer, withValue(base, "/stops/0/name", "Nashik"));
    expect(found.map((one) => [one.pointer, one.by])).toEqual([["/stops", "both"]]);
  });

  it("who made the same of it have no difference", () => {
    expect(differences(base, mine, mine)).toEqual([]);
  });
});

describe("moments", () => {
  const zone = process.env.TZ;
  afterEach(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });

  it("carry the offset of the reader's zone on that day, and come back as they were chosen", () => {
    for (const [tz, local, moment] of [
      ["Asia/Kolkata", "2026-11-25T06:30", "2026-11-25T06:30:00+05:30"],
      ["America/New_York", "2026-11-25T06:30", "2026-11-25T06:30:00-05:00"],
      ["America/New_York", "2026-07-01T00:00", "2026-07-01T00:00:00-04:00"],
      ["UTC", "2026-07-01T00:00", "2026-07-01T00:00:00+00:00"],
    ] as const) {
      process.env.TZ = tz;
      expect(momentOf(local), tz).toBe(moment);
      expect(localOf(moment), tz).toBe(local);
    }
    process.env.TZ = "Asia/Kolkata";
    expect(localOf("2026-11-25T01:00:00Z")).toBe("2026-11-25T06:30");
    expect([momentOf(""), momentOf("yesterday"), localOf(undefined), localOf("x")]).toEqual([undefined, undefined, "", ""]);
  });
});
