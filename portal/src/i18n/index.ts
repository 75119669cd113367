// Texts in English and Hindi. Keys are typed: a text that one language lacks does not compile.
import { kept, useStore } from "../ui/store";
import { en } from "./en";

export type Key = keyof typeof en;
export type Language = "en" | "hi";
/** What says a text in the language of now. `values` go in where `{name}` stands; a number named `n` chooses the plural. */
export type Say = (key: Key, values?: Record<string, string | number>) => string;

/** English is always there: its keys are the types, and it stands in until another language is loaded. */
const texts: Partial<Record<Language, Record<Key, string>>> = { en };

/** What the API says of problems, exceptions, orders, bills and tables, in a language that is not its own, by its codes; by the sentence where it has none. */
const meanings: Partial<Record<Language, Record<string, string>>> = {};

/** Loads a language; nobody loads the texts of another. */
export async function load(of: Language): Promise<void> {
  if (of !== "hi" || texts.hi) return;
  const { hi, problems, rules, wrongs, bills, nexts, postings, rows, failures, steps, notes, hints, reasons, rejects, ended, scopes, kinds } = await import("./hi");
  meanings.hi = { ...problems, ...rules, ...wrongs, ...bills, ...nexts, ...postings, ...rows, ...failures, ...steps, ...notes, ...hints, ...reasons, ...rejects, ...ended, ...scopes, ...kinds };
  texts.hi = hi;
}

export const language = kept<Language>(
  "caravan.language",
  ["en", "hi"],
  typeof navigator !== "undefined" && navigator.language.startsWith("hi") ? "hi" : "en",
);

/** Speaks another language from when its texts are there. Without a network it stays as it is. */
export function speak(of: Language): void {
  void load(of).then(
    () => language.set(of),
    () => undefined,
  );
}

/** Latin digits in Indian grouping for both. */
export const locale = (of: Language) => (of === "hi" ? "hi-IN-u-nu-latn" : "en-IN");

/** What is made once for each language: to make one of `Intl`'s formats takes a hundred times as long as to use it. */
export function perLanguage<T>(make: (locale: string) => T): (of: Language) => T {
  const made: Partial<Record<Language, T>> = {};
  return (of) => (made[of] ??= make(locale(of)));
}

const plurals = perLanguage((of) => new Intl.PluralRules(of));
const numbers = perLanguage((of) => new Intl.NumberFormat(of));

/** One text. A plural is written `one form | other form`. */
export function say(of: Language, key: Key, values: Record<string, string | number> = {}): string {
  let text: string = (texts[of] ?? en)[key];
  if (typeof values.n === "number" && text.includes(" | ")) {
    const [one = text, other = one] = text.split(" | ");
    text = plurals(of).select(values.n) === "one" ? one : other;
  }
  return filled(of, text, values);
}

function filled(of: Language, text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) return whole;
    return typeof value === "number" ? numbers(of).format(value) : value;
  });
}

/** A word of the API (`in-transit` of `status`, `delay` of `cause`): one that we know in the user's language, another as it came. */
export function word(of: Language, group: string, value: string): string {
  const key = `${group}.${value}`;
  return key in en ? (texts[of] ?? en)[key as Key] : value;
}

/** What a code of the API means, where the API's own words are in another language. `values` are those that the API sends with it. */
export function meaning(of: Language, code: string, values: Record<string, string> = {}): string | undefined {
  const known = meanings[of];
  const text = known && Object.hasOwn(known, code) ? known[code] : undefined;
  return text === undefined ? undefined : filled(of, text, values);
}

/** What speaks the language of now. */
export interface Speech {
  say: Say;
  language: Language;
  word: (group: string, value: string) => string;
  meaning: (code: string, values?: Record<string, string>) => string | undefined;
  /** A whole number in the grouping of the reader. */
  number: (value: number) => string;
}

export function useSay(): Speech {
  const now = useStore(language);
  return {
    language: now,
    say: (key, values) => say(now, key, values),
    word: (group, value) => word(now, group, value),
    meaning: (code, values) => meaning(now, code, values),
    number: (value) => numbers(now).format(value),
  };
}
