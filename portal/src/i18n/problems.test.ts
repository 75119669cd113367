import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { load, meaning } from ".";
import { en } from "./en";
import { problems, rules } from "./hi/problems";
import { bills, nexts, postings, sentences } from "./hi/told";
import { wrongs } from "./hi/wrongs";

/** The codes of docs/errors.md that an answer can have, each with a status of HTTP. */
function codes(): string[] {
  const table = readFileSync(new URL("../../../docs/errors.md", import.meta.url), "utf8");
  return [...table.matchAll(/^\| (`[^|]*) \| \d{3} \|/gm)].flatMap(([, cell]) => [...(cell ?? "").matchAll(/`([a-z-]+)`/g)].map((match) => match[1] ?? ""));
}

/** A file of the services without its tests. */
const rust = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8").split("#[cfg(test)]\nmod tests {")[0] ?? "";

describe("problems", () => {
  beforeAll(() => load("hi"));

  it("mean something in Hindi, each that is listed and no other", () => {
    const listed = new Set(codes());
    expect(listed.size).toBeGreaterThan(150);
    expect(Object.keys(problems).sort()).toEqual([...listed].sort());
    for (const code of listed) expect(meaning("hi", code), code).toMatch(/[\u0900-\u097f].*।$/);
  });

  it("of exceptions' rules are those that there are", () => {
    const source = rust("core-services/tracking/src/domain/exception.rs");
    const literals = new Set([...source.matchAll(/"([a-z]+(?:-[a-z]+)+)"/g)].map((match) => match[1]));
    for (const rule of Object.keys(rules)) expect(literals).toContain(rule);
    for (const rule of literals) if (!/^failed-/.test(rule ?? "")) expect(Object.keys(rules)).toContain(rule);
    expect(meaning("hi", "promise-passed")).toBe(rules["promise-passed"]);
  });

  it("of orders and of their conflicts are those that there are", () => {
    const read = (path: string) => rust(`core-services/order/src/${path}.rs`);
    const sources = ["domain/check", "domain/check/stops", "domain/check/lines", "domain/check/doubts", "wire/content/read"].map(read).join("\n");
    const codes = [...sources.matchAll(/(?<!\\)"([a-z]+(?:-[a-z]+)+)"/g)].map((match) => `order.${match[1]}`);
    const kinds = Object.keys(en).filter((key) => key.startsWith("conflict.") && key.includes("-"));
    expect(kinds.length).toBeGreaterThan(8);
    expect(Object.keys(wrongs).sort()).toEqual([...new Set([...codes, ...kinds])].sort());
    for (const code of Object.keys(wrongs)) expect(meaning("hi", code), code).toMatch(/[\u0900-\u097f].*।$/);
  });

  it("of bills and of the ledger are those that there are", () => {
    const read = (path: string) => rust(`core-services/settlement/src/${path}.rs`);
    const unrated = read("domain/rate").split("fn code")[1]?.split("fn next")[0] ?? "";
    const codes = [
      ...["examine", "bill", "domain/matching"].flatMap((path) => [...read(path).matchAll(/\bcode: "([a-z-]+)"|\("(duplicate-[a-z]+)"/g)].map((match) => match[1] ?? match[2])),
      ...[...unrated.matchAll(/=> "([a-z-]+)"/g)].map((match) => match[1]),
    ];
    expect(Object.keys(bills).sort()).toEqual([...new Set(codes)].map((code) => `bill.${code}`).sort());
    const kinds = ["examine", "decide", "store/ledger", "http/disputes"].flatMap((path) => [...read(path).matchAll(/\bkind: "([a-z-]+)"/g)].map((match) => match[1]));
    expect(Object.keys(postings).sort()).toEqual([...new Set(kinds)].map((kind) => `posted.${kind}`).sort());
    const said = ["examine", "bill", "domain/matching"].flatMap((path) => [...read(path).matchAll(/\bnext(?:: | = )"([^"]+)"/g)].map((match) => match[1]));
    const ofRates = [...(read("domain/rate").split("fn next")[1]?.split("\n    }\n")[0] ?? "").matchAll(/"([^"]+)"/g)].map((match) => match[1]);
    expect(Object.keys(nexts).sort()).toEqual([...new Set([...said, ...ofRates])].sort());
    const accounts = [...read("domain/ledger").matchAll(/Self::\w+ => "([a-z-]+)"/g)].map((match) => `account.${match[1]}`);
    expect(Object.keys(en).filter((key) => key.startsWith("account.")).sort()).toEqual(accounts.sort());
    for (const code of [...Object.keys(bills), ...Object.keys(nexts), ...Object.keys(postings)]) expect(meaning("hi", code), code).toMatch(/[\u0900-\u097f].*।$/);
  });

  it("of tables are those that never vary", () => {
    const never = (text: string) => [...text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((match) => match[1] ?? "").filter((found) => found.includes(" ") && !found.includes("{"));
    const rates = rust("core-services/settlement/src/http/table.rs").split("fn contracts")[1]?.split("\n}\n")[0] ?? "";
    const needed = [...(/let needed = \[(.*?)\]/.exec(rates)?.[1] ?? "").matchAll(/"(\w+)"/g)].map((match) => `${match[1]} is empty; fill it in.`);
    expect(rates).toContain('"{name} is empty; fill it in."');
    const notes = rust("core-services/order/src/import/wire.rs").split("fn note(")[1] ?? "";
    const whole = never(notes).filter((found) => /^[A-Z].*\.$/.test(found));
    const stopped = [...rust("core-services/order/src/import/job.rs").matchAll(/let why = "([^"]*)";/g)].map((match) => match[1] ?? "");
    expect(Object.keys(sentences).sort()).toEqual([...needed, ...never(rates), ...whole, ...stopped].sort());
    for (const sentence of Object.keys(sentences)) expect(meaning("hi", sentence), sentence).toMatch(/[\u0900-\u097f].*।$/);
  });

  it("are the API's own words in English", () => {
    expect(meaning("en", "internal")).toBeUndefined();
  });
});
