import { describe, expect, it } from "vitest";
import { money, nonzero, sum } from "./money";

describe("money", () => {
  it("is grouped as in India, in both languages", () => {
    expect(money("en", "12345678.50", "INR")).toBe("₹1,23,45,678.50");
    expect(money("hi", "12345678.50", "INR")).toBe("₹1,23,45,678.50");
    expect(money("en", "-1820.00", "INR")).toBe("-₹1,820.00");
  });

  it("is exact where a floating-point number is not", () => {
    expect(money("en", "90071992547409935.01", "INR")).toBe("₹90,07,19,92,54,74,09,935.01");
    expect(sum(["0.10", "0.20", "90071992547409935.01"])).toBe("90071992547409935.31");
  });

  it("of an unknown currency, or that is none, is shown as it came", () => {
    expect(money("en", "1.00", "no such")).toBe("1.00 no such");
    expect(money("en", "<b>", "INR")).toBe("<b> INR");
    expect(money("en", undefined, "INR")).toBe("–");
  });

  it("is summed with its sign and its places", () => {
    expect(sum([])).toBe("0");
    expect(sum(["5", "-7.25"])).toBe("-2.25");
    expect(sum(["-0.05", "0.05"])).toBe("0.00");
    expect(nonzero("0.00")).toBe(false);
    expect(nonzero("-0.01")).toBe(true);
  });
});
