import { readdirSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { load, meaning } from ".";
import { en } from "./en";
import { kinds, scopes } from "./hi/names";
import { problems, rules } from "./hi/problems";
import { rejects } from "./hi/rejects";
import { ended, hints, notes, reasons, steps } from "./hi/steps";
import { bills, failures, nexts, postings, rows } from "./hi/told";
import { wrongs } from "./hi/wrongs";

/** The codes of docs/errors.md that an answer can have, each with a status of HTTP. */
function codes(): string[] {
  const table = readFileSync(new URL("../../../docs/errors.md", import.meta.url), "utf8");
  return [...table.matchAll(/^\| (`[^|]*) \| \d{3} \|/gm)].flatMap(([, cell]) => [...(cell ?? "").matchAll(/`([a-z-]+)`/g)].map((match) => match[1] ?? ""));
}

/** A file of the services without its tests. */
const rust = (path: string) => readFileSync(new URL(`../../../${path.replace(/\.rs$/, "")}.rs`, import.meta.url), "utf8").split("#[cfg(test)]\nmod tests {")[0] ?? "";

/** The files of Rust below a folder. */
const rusts = (folder: string) =>
  readdirSync(new URL(`../../../${folder}`, import.meta.url), { recursive: true }).map(String).filter((name) => name.endsWith(".rs")).map((name) => `${folder}/${name}`);

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

  it("of rows of rates are those that there are", () => {
    const read = (path: string) => rust(`core-services/settlement/src/${path}.rs`);
    const terms = [...read("wire/contract/read").matchAll(/"([a-z]+(?:-[a-z]+)+)"/g)].map((match) => match[1]);
    const cells = [...read("http/table").matchAll(/\("([a-z-]+)", (?:format!|message)/g)].map((match) => match[1]);
    expect(cells.length).toBeGreaterThan(1);
    expect(Object.keys(rows).sort()).toEqual([...new Set([...terms, ...cells])].map((code) => `row.${code}`).sort());
    for (const code of Object.keys(rows)) expect(meaning("hi", code), code).toMatch(/[\u0900-\u097f].*।$/);
  });

  it("of imports that ended are those that there are", () => {
    const source = rust("core-services/order/src/import/job.rs");
    const codes = [...source.matchAll(/(?:code: |\()"([a-z-]+)"(?:, why|, messages|,\n)/g)].map((match) => match[1] ?? "");
    expect(codes).toContain("import-interrupted");
    expect(Object.keys(failures).sort()).toEqual(codes.filter((code) => !(code in problems)).sort());
    for (const code of codes) expect(meaning("hi", code), code).toMatch(/[\u0900-\u097f].*।$/);
  });

  it("of steps of a calculation name the same values as in English", () => {
    const paths = ["domain/rate", "domain/rate/linehaul", "domain/rate/fuel", "domain/rate/accessorial", "domain/tax/gst", "domain/tax/tds", "examine"];
    const source = paths.map((path) => rust(`core-services/settlement/src/${path}.rs`)).join("\n");
    const english = Object.fromEntries([...source.matchAll(/"([a-z]+(?:-[a-z]+)*)",\s*"([^"]*[ {][^"]*)"/g)].map((match) => [`why.${match[1]}`, match[2] ?? ""]));
    const named = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
    expect(source.split("Words::new(").length - 1).toBeGreaterThan(15);
    expect(Object.keys(steps).sort()).toEqual(Object.keys(english).sort());
    for (const [kind, text] of Object.entries(steps)) expect(named(text), kind).toEqual(named(english[kind] ?? ""));
    expect(meaning("hi", "why.slab", { weight: "500 {weight}" })).toBe("500 {weight} kg तक");
  });

  it("of connections that fail their test are those that there are", () => {
    const source = ["trial", "trial/words", "api/connections/examine"].map((path) => rust(`hub/intake/src/${path}.rs`)).join("\n");
    const codes = [...source.matchAll(/\(\s*"([a-z]+(?:-[a-z]+)*)",\s*(?:hint\)|credentials\(|format!\(\s*"|"[^"]* )/g)].map((match) => `hint.${match[1]}`);
    expect(Object.keys(hints).sort()).toEqual([...new Set(codes)].filter((code) => !/^hint\.(schema|sftp|dns|tcp|tls|auth|sample)$/.test(code)).sort());
    for (const code of Object.keys(hints)) expect(meaning("hi", code), code).toMatch(/[\u0900-\u097f].*।$/);
  });

  it("of notes on a file, of an order's reasons and of exceptions that end name the same values as in English", () => {
    const order = (path: string) => rust(`core-services/order/src/${path}.rs`);
    const said = (source: string, group: string) =>
      Object.fromEntries([...source.matchAll(/Words::new\(\s*"([a-z-]+)",\s*"((?:[^"\\]|\\.)*)"/g)].map((match) => [`${group}.${match[1]}`, match[2] ?? ""]));
    const named = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
    const paths = ["consumer/answers", "consumer/movements", "consumer/orders", "domain/apply", "effects", "http/make", "import/job", "silence"];
    const sources = paths.map(order).join("\n");
    expect(sources.split("Words::new(").length - 1).toBe(Object.keys(reasons).length);
    const exceptions = rust("core-services/tracking/src/exceptions.rs");
    expect(exceptions.split("Words::new(").length - 1).toBe(Object.keys(ended).length);
    for (const [group, hindi, source] of [["note", notes, order("import/wire")], ["because", reasons, sources], ["ended", ended, exceptions]] as const) {
      const english = said(source, group);
      expect(Object.keys(hindi).sort()).toEqual(Object.keys(english).sort());
      for (const [kind, text] of Object.entries(hindi)) expect(named(text), kind).toEqual(named(english[kind] ?? ""));
    }
    for (const kind of Object.keys(notes)) expect(meaning("hi", kind), kind).toMatch(/[\u0900-\u097f].*।$/);
  });

  it("of scopes and of events are those that there are", () => {
    const granted = rust("core-services/identity/src/scopes.rs").split("pub const SCOPES")[1]?.split("\n];")[0] ?? "";
    const names = [...granted.matchAll(/\(\s*"([a-z]+:[a-z]+)",/g)].map((match) => `scope.${match[1]}`);
    expect(names).toContain("scope.orders:approve");
    expect(Object.keys(scopes).sort()).toEqual(names.sort());
    const events = [...rust("foundation/events/src/kind.rs").matchAll(/= "(caravan\.[a-z.-]+)";/g)].map((match) => `event.${match[1]}`);
    expect(events).toContain("event.caravan.order.placed");
    expect(Object.keys(kinds).sort()).toEqual(events.sort());
    for (const name of [...names, ...events]) expect(meaning("hi", name), name).toMatch(/[\u0900-\u097f]/);
  });

  it("of what a document has that was not understood are those that there are", () => {
    const folders = ["connectors/carriers", "connectors/generic", "connector-sdk/rust/src", "mappings/formats", "hub/intake/src", "hub/sandbox/src"];
    const source = folders.flatMap(rusts).filter((path) => !/\/(tests|table)\//.test(path)).map(rust).join("\n");
    const codes = [...source.matchAll(/"((?:x12|idoc|xml|json|aramex|delhivery|dhl)-[a-z0-9]+(?:-[a-z0-9]+)*)"/g)].map((match) => match[1] ?? "");
    const others = ["hub-record-invalid", "nothing-understood", "record-kind-unknown", "tender-answer-foreign", "unmapped-code"];
    for (const code of others) expect(source, code).toContain(`code: "${code}"`);
    // Names of profiles, of secrets and of steps.
    const names = ["x12-standard", "idoc-standard", "dhl-api-key", "idoc-verdicts"];
    const all = [...new Set([...codes, ...others])].filter((code) => !names.includes(code));
    expect(Object.keys(rejects).sort()).toEqual(all.map((code) => `reject.${code}`).sort());
    for (const code of Object.keys(rejects)) expect(meaning("hi", code), code).toMatch(/[\u0900-\u097f].*।$/);
  });

  it("are the API's own words in English", () => {
    expect(meaning("en", "internal")).toBeUndefined();
  });
});
