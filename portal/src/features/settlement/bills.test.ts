import { describe, expect, it } from "vitest";
import { approval, billed, clauses, draftOf, type Explained, foremost, piles, shipmentsOf, totals } from "./bills";

describe("bills", () => {
  it("are in piles by what is to be done, each with its own address", () => {
    const found = piles({ total: 9, by_status: { open: 5, disputed: 1, approved: 2, settled: 1 }, open_by_outcome: { matched: 3, disputed: 2 } });
    expect(found.filter((pile) => pile.bills > 0).map((pile) => [pile.id, pile.bills])).toEqual([["matched", 3], ["disputed", 2], ["is-disputed", 1], ["is-approved", 2], ["is-settled", 1]]);
    expect(found.find((pile) => pile.id === "matched")?.search).toEqual({ status: "open", outcome: "matched" });
    expect(found.find((pile) => pile.id === "is-disputed")?.search).toEqual({ status: "disputed" });
  });

  it("that agree are approved without a word, others for a reason, and some never", () => {
    const how = (status: string, outcome: string) => approval({ status, outcome });
    expect(how("open", "matched")).toBe("plain");
    expect(how("open", "within-tolerance")).toBe("plain");
    expect(how("open", "disputed")).toBe("reasoned");
    expect(how("open", "missing-delivery")).toBe("reasoned");
    expect(how("open", "exception")).toBe("never");
    expect(how("open", "duplicate")).toBe("never");
    expect(how("approved", "matched")).toBe("never");
  });

  it("are summed each currency for itself", () => {
    const of = (currency: string, total: string) => ({ currency, total });
    expect(totals([of("INR", "1.10"), of("USD", "5.00"), of("INR", "2.20")])).toEqual([["INR", "3.30"], ["USD", "5.00"]]);
  });

  it("are looked at where they are furthest off, and where all agrees at their first line", () => {
    const line = (code: string, passes: boolean, variance: string) => ({ code, passes, variance });
    const fuel = line("fuel", false, "500.00");
    expect(foremost([fuel, line("detention", true, "9999.00"), line("linehaul", false, "-1820.00")])?.code).toBe("linehaul");
    expect(foremost([line("linehaul", true, "0.00"), line("tax", true, "0.50")])?.code).toBe("linehaul");
    expect(foremost([])).toBeUndefined();
  });

  it("have contracts whose drafts an import names with their version", () => {
    expect(draftOf("01a2-7b/versions/3")).toEqual({ id: "01a2-7b", version: "3" });
  });

  it("name their shipment by the numbers that settlement goes by, each once", () => {
    const of = (...references: [string, string][]) => shipmentsOf({ references: references.map(([kind, value]) => ({ kind, value })) });
    expect(of(["pro", "P1"], ["shipment", "S1"])).toEqual(["S1", "P1"]);
    expect(of(["lr", "L1"], ["pro", "L1"])).toEqual(["L1"]);
    expect(of(["invoice", "I1"])).toEqual([]);
  });
});

describe("a line", () => {
  const step = (code: string | undefined, parts: Explained[] = []): Explained => ({ rule: code ?? "whole", code, parts });
  const tree = step(undefined, [step(undefined, [step("linehaul"), step("detention"), step("detention")]), step("tax", [step(undefined)])]);

  it("stands on the clauses of its code, wherever they are in the tree", () => {
    expect(clauses(tree, "linehaul").map((one) => one.rule)).toEqual(["linehaul"]);
    expect(clauses(tree, "detention")).toHaveLength(2);
    expect(clauses(tree, "tax")).toHaveLength(1);
    expect(clauses(tree, "fuel")).toEqual([]);
    expect(clauses(undefined, "fuel")).toEqual([]);
  });

  it("shows the carrier's own charges, also where several have one number and where the contract has its own word", () => {
    const charge = (line: string, means: string) => ({ line, amount: "1.00", means });
    const compared = (code: string, ...lines: string[]) => ({ code, billed: "2.00", billed_lines: lines, expected: "1.00", variance: "1.00", passes: false });
    const lines = [compared("linehaul", "1"), compared("fuel", "1"), compared("detention", "2")];
    const bill = { charges: [charge("1", "linehaul"), charge("1", "fuel"), charge("2", "x12:DTU")], match: { lines, exceptions: [] } };
    expect(lines.map((line) => billed(bill, line).map((one) => one.means))).toEqual([["linehaul"], ["fuel"], ["x12:DTU"]]);
  });
});
