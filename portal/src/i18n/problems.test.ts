import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { load, meaning } from ".";
import { en } from "./en";
import { problems, rules } from "./hi/problems";
import { wrongs } from "./hi/wrongs";

/** The codes of docs/errors.md that an answer can have, each with a status of HTTP. */
function codes(): string[] {
  const table = readFileSync(new URL("../../../docs/errors.md", import.meta.url), "utf8");
  return [...table.matchAll(/^\| (`[^|]*) \| \d{3} \|/gm)].flatMap(([, cell]) => [...(cell ?? "").matchAll(/`([a-z-]+)`/g)].map((match) => match[1] ?? ""));
}

describe("problems", () => {
  beforeAll(() => load("hi"));

  it("mean something in Hindi, each that is listed and no other", () => {
    const listed = new Set(codes());
    expect(listed.size).toBeGreaterThan(150);
    expect(Object.keys(problems).sort()).toEqual([...listed].sort());
    for (const code of listed) expect(meaning("hi", code), code).toMatch(/[\u0900-\u097f].*।$/);
  });

  it("of exceptions' rules are those that there are", () => {
    const source = readFileSync(new URL("../../../core-services/tracking/src/domain/exception.rs", import.meta.url), "utf8").split("#[cfg(test)]")[0] ?? "";
    const literals = new Set([...source.matchAll(/"([a-z]+(?:-[a-z]+)+)"/g)].map((match) => match[1]));
    for (const rule of Object.keys(rules)) expect(literals).toContain(rule);
    for (const rule of literals) if (!/^failed-/.test(rule ?? "")) expect(Object.keys(rules)).toContain(rule);
    expect(meaning("hi", "promise-passed")).toBe(rules["promise-passed"]);
  });

  it("of orders and of their conflicts are those that there are", () => {
    const read = (path: string) => readFileSync(new URL(`../../../core-services/order/src/${path}.rs`, import.meta.url), "utf8").split("#[cfg(test)]")[0] ?? "";
    const sources = ["domain/check", "domain/check/stops", "domain/check/lines", "domain/check/doubts", "wire/content/read"].map(read).join("\n");
    const codes = [...sources.matchAll(/(?<!\\)"([a-z]+(?:-[a-z]+)+)"/g)].map((match) => `order.${match[1]}`);
    const kinds = Object.keys(en).filter((key) => key.startsWith("conflict.") && key.includes("-"));
    expect(kinds.length).toBeGreaterThan(8);
    expect(Object.keys(wrongs).sort()).toEqual([...new Set([...codes, ...kinds])].sort());
    for (const code of Object.keys(wrongs)) expect(meaning("hi", code), code).toMatch(/[\u0900-\u097f].*।$/);
  });

  it("are the API's own words in English", () => {
    expect(meaning("en", "internal")).toBeUndefined();
  });
});
