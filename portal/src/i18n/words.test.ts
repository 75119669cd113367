import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { STATUSES } from "../features/shipments/words";
import { en } from "./en";

const file = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

/** The words of one of the model's enumerations. */
function listed(path: string, name: string): string[] {
  const body = file(path).split(new RegExp(`\\b${name}, "[a-z ]+" \\{`))[1]?.split("\n    }")[0] ?? "";
  return [...body.matchAll(/= "([a-z-]+)"/g)].map((match) => match[1] ?? "");
}

const known = (group: string, words: string[]) => words.filter((word) => !(`${group}.${word}` in en));

describe("the words of the API", () => {
  it("are all said: statuses, classifiers, kinds of documents, sources of a zone", () => {
    const statuses = listed("foundation/model/src/milestone.rs", "Status");
    expect(statuses).toHaveLength(28);
    expect(known("status", statuses)).toEqual([]);
    expect(STATUSES.filter((status) => !statuses.includes(status))).toEqual([]);
    expect(known("classifier", listed("foundation/model/src/milestone.rs", "Classifier"))).toEqual(["actual"]);
    expect(known("zone", listed("foundation/model/src/moment.rs", "ZoneSource"))).toEqual([]);
    expect(known("document", listed("foundation/model/src/order.rs", "DocumentKind"))).toEqual([]);
    expect(known("purpose", listed("foundation/model/src/order.rs", "Purpose"))).toEqual([]);
  });

  it("are all said: doors, kinds of records, and of numbers as our profiles know them", () => {
    const doors = [...file("hub/intake/src/documents.rs").matchAll(/Self::\w+ => "([a-z]+)"/g)].map((match) => match[1] ?? "");
    expect(doors).toContain("sftp");
    expect(known("door", doors)).toEqual([]);
    const kinds = [...file("foundation/events/src/kind.rs").matchAll(/(?:MILESTONE_RECORDED|_RECEIVED|TENDER_ANSWERED) = "(caravan\.(?:milestone|order|freight-invoice|tender)\.[a-z]+)"/g)].map((match) => match[1] ?? "");
    expect(kinds).toHaveLength(4);
    expect(known("record", kinds)).toEqual([]);
    const numbers = ["x12-standard", "idoc-standard"].flatMap((profile) => {
      const tables = (JSON.parse(file(`mappings/profiles/${profile}/profile.json`)) as { tables: Record<string, Record<string, { kind?: string } | string>> }).tables;
      return Object.entries(tables).filter(([name]) => /^(128|customer-references|delivery-references)$/.test(name)).flatMap(([, table]) => Object.values(table).map((entry) => (typeof entry === "string" ? entry : entry.kind ?? "")));
    });
    expect(numbers.length).toBeGreaterThan(10);
    expect(known("number", numbers)).toEqual([]);
  });
});
