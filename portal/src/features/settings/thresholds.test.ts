import { describe, expect, it } from "vitest";
import { differences, merged } from "../orders/content";
import { groupsOf, saidOf, typedOf } from "./thresholds";

const FULL = { halted_after_min: 1440, silent_after_min: 1440, delay_tolerance_min: 0, detention_free_min: 120 };
const SHOWN = {
  general: { halted_after_min: 720, delay_tolerance_min: 0 },
  modes: { ocean: { silent_after_min: 10_080 } },
  in_force: { ...FULL, halted_after_min: 720 },
  in_force_by_mode: { ftl: FULL, ocean: { ...FULL, silent_after_min: 10_080 } },
};

describe("thresholds", () => {
  it("are typed for all shipments and each mode, and what is not said is empty", () => {
    expect(groupsOf(SHOWN)).toEqual(["all", "ftl", "ocean"]);
    const typed = typedOf(SHOWN);
    expect(Object.keys(typed)).toHaveLength(12);
    expect([typed["all.halted_after_min"], typed["all.delay_tolerance_min"], typed["all.silent_after_min"], typed["ftl.halted_after_min"], typed["ocean.silent_after_min"]]).toEqual(["720", "0", "", "", "10080"]);
  });

  it("are sent as they were said: no empty one, and nought is a number", () => {
    expect(saidOf(typedOf(SHOWN))).toEqual({ general: SHOWN.general, modes: SHOWN.modes });
    expect(saidOf({ "all.halted_after_min": " ", "rail.halted_after_min": "0060" })).toEqual({ general: {}, modes: { rail: { halted_after_min: 60 } } });
  });

  it("of two who change them keep what only one of them changed", () => {
    const base = typedOf(SHOWN);
    const mine = { ...base, "ftl.halted_after_min": "600", "all.halted_after_min": "" };
    const theirs = { ...base, "all.detention_free_min": "90", "all.halted_after_min": "480" };
    const found = differences(base, mine, theirs);
    expect(found.map((one) => `${one.pointer} ${one.by}`).sort()).toEqual(["/all.detention_free_min them", "/all.halted_after_min both", "/ftl.halted_after_min me"]);
    expect(saidOf(merged(theirs, found))).toEqual({ general: { delay_tolerance_min: 0, detention_free_min: 90 }, modes: { ftl: { halted_after_min: 600 }, ocean: { silent_after_min: 10_080 } } });
  });
});
