import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { en } from "../../i18n/en";
import { hi } from "../../i18n/hi";
import { asField, type Column, fieldOf, forAll, isTable, isWanted, NONE, parts, percent, readFrom, repair, same } from "./choices";
import { FIELDS } from "./fields";

const read = (path: string) => readFileSync(new URL(`../../../../${path}`, import.meta.url), "utf8");
const column = (letter: string, field: string | null = null): Column => ({ column: letter, header: letter, field, score: 90, reason: "known", rivals: [], samples: [] });

describe("fields", () => {
  it("are those of the importer's dictionary, in its words", () => {
    const rows = read("mappings/formats/table/dictionaries/order/fields.csv").trim().split("\n").slice(1).map((line) => line.split(","));
    expect(FIELDS).toEqual(rows.map(([name]) => name));
    for (const [name = "", , , english, hindi] of rows) {
      expect(en[`field.${name}` as keyof typeof en]).toBe(english);
      expect(hi[`field.${name}` as keyof typeof en]).toBe(hindi);
    }
  });

  it("have words for every rule that the importer finds", () => {
    const source = read("mappings/formats/table/src/check/rule.rs");
    const names = [...source.matchAll(/Self::\w+ => "([a-z-]+)"/g)].map((match) => match[1]);
    expect(names.length).toBeGreaterThan(20);
    for (const name of names) expect(Object.keys(en)).toContain(`rule.${name}`);
  });
});

describe("choices", () => {
  it("give a field to one column: the other that had it is left out", () => {
    const columns = [column("A", "pickup_city"), column("B", "delivery_city"), column("C")];
    expect(asField("C", "delivery_city")(NONE, columns).columns).toEqual({ B: null, C: "delivery_city" });
    expect(asField("A", null)(NONE, columns).columns).toEqual({ A: null });
    expect(asField("A", "pickup_city")(NONE, columns).columns).toEqual({ A: "pickup_city" });
  });

  it("take a repair and give it up, each only once", () => {
    const meaning = { id: "weight.digit-missing", recommended: false };
    const taken = repair(meaning, true)(repair(meaning, true)(NONE, []), []);
    expect(taken.accepted).toEqual([meaning.id]);
    expect(repair(meaning, false)(taken, [])).toEqual(NONE);
    const usual = { id: "weight.spaces", recommended: true };
    const declined = repair(usual, false)(NONE, []);
    expect([declined.accepted, declined.declined]).toEqual([[], [usual.id]]);
    expect(repair(usual, true)(declined, [])).toEqual(NONE);
  });

  it("of another sheet forget the columns of the first", () => {
    const chosen = forAll("pickup_city", " Pune ")(asField("A", "weight")(NONE, []), []);
    expect(readFrom("May", 3)(chosen, [])).toEqual({ ...NONE, sheet: "May", header_row: 3, values: { pickup_city: "Pune" } });
    expect(forAll("pickup_city", " ")(chosen, []).values).toEqual({});
  });

  it("are seen at once, before they are checked", () => {
    const columns = [column("A", "weight"), column("B")];
    const chosen = asField("B", "weight")(NONE, columns);
    expect(columns.map((one) => fieldOf(one, chosen))).toEqual([null, "weight"]);
    expect(columns.map((one) => fieldOf(one, NONE))).toEqual(["weight", null]);
    const problem = { id: "weight.unit", recommended: false, applied: false };
    expect([isWanted(problem, NONE), isWanted(problem, repair(problem, true)(NONE, []))]).toEqual([false, true]);
    const applied = { id: "weight.spaces", recommended: true, applied: true };
    expect([isWanted(applied, NONE), isWanted(applied, repair(applied, false)(NONE, []))]).toEqual([true, false]);
  });

  it("are the same in any order", () => {
    const one = { ...NONE, columns: { A: "weight", B: null }, accepted: ["x", "y"] };
    expect(same(one, { ...NONE, columns: { B: null, A: "weight" }, accepted: ["y", "x"] })).toBe(true);
    expect(same(one, NONE)).toBe(false);
  });
});

describe("an import", () => {
  it("tells how far it is, and never more than all", () => {
    expect([percent({ done: 0, of: 0 }), percent({ done: 999, of: 1000 }), percent({ done: 7, of: 5 })]).toEqual([0, 99, 100]);
  });

  it("names the field and the rule of a problem", () => {
    expect(parts("delivery_postal_code.leading-zero")).toEqual({ field: "delivery_postal_code", rule: "leading-zero" });
    expect(parts("odd")).toEqual({ field: "", rule: "odd" });
  });

  it("takes cells from the clipboard, and no word", () => {
    expect([isTable("a\tb"), isTable("a\nb"), isTable("one word\n"), isTable("")]).toEqual([true, true, false, false]);
  });
});
