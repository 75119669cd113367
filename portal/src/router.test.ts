import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { en } from "./i18n/en";
import { hi } from "./i18n/hi";
import { load, say, word } from "./i18n";
import { router } from "./router";

describe("addresses", () => {
  it("are served by the gateway, each of them", () => {
    const source = readFileSync(new URL("../../gateway/src/portal.rs", import.meta.url), "utf8");
    const list = /const PREFIXES: &\[&str\] =\s*&\[([^\]]*)\]/.exec(source)?.[1] ?? "";
    const served = [...list.matchAll(/"([^"]*)"/g)].map((match) => match[1]);
    const paths = Object.keys(router.routesByPath);
    expect(paths.length).toBeGreaterThan(4);
    for (const path of paths) expect(served).toContain(`/${path.split("/")[1] ?? ""}`);
  });
});

describe("texts", () => {
  beforeAll(() => load("hi"));

  it("have the same values in both languages", () => {
    for (const key of Object.keys(en) as (keyof typeof en)[]) {
      const names = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();
      expect(names(hi[key]), key).toEqual(names(en[key]));
      expect(hi[key].includes(" | "), key).toBe(en[key].includes(" | "));
    }
  });

  it("count as each language does, in Indian grouping", () => {
    expect(say("en", "timeline.facts", { n: 1 })).toBe("1 fact");
    expect(say("en", "timeline.facts", { n: 0 })).toBe("0 facts");
    expect(say("hi", "home.open", { n: 0 })).toBe("0 खुला");
    expect(say("hi", "home.open", { n: 1234567 })).toBe("12,34,567 खुले");
  });

  it("show a value as it is, and a word that we do not know as it came", () => {
    expect(say("en", "palette.find", { value: "{value} <b>" })).toBe("Open shipment {value} <b>");
    expect(word("en", "status", "teleported")).toBe("teleported");
  });
});
