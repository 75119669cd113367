import { describe, expect, it } from "vitest";
import { duration } from "./time";

describe("how long something took", () => {
  it("is told in hours and minutes, without minutes that are nought", () => {
    // How a unit is shortened is the library's.
    expect([0, 45, 120, 1_445].map((minutes) => duration("en", minutes).match(/\d+/g))).toEqual([["0"], ["45"], ["2"], ["24", "5"]]);
  });
});
