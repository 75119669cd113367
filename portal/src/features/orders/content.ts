// An order's content as a form holds it: the very document that the API takes, changed at JSON pointers, the ones that its refusals name.
import type { Schemas } from "../../api/client";

export type Content = Schemas["OrderIn"];

const isPlain = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const segments = (pointer: string) => pointer.split("/").slice(1);

/** What is at a pointer. */
export function valueAt(content: unknown, pointer: string): unknown {
  return segments(pointer).reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined | null)?.[key], content);
}

/** The same content with another value at a pointer; nothing takes a member away. */
export function withValue<T>(content: T, pointer: string, value: unknown): T {
  const put = (node: unknown, keys: string[]): unknown => {
    const [key, ...rest] = keys;
    if (key === undefined) return value;
    if (Array.isArray(node)) return node.map((one, index) => (String(index) === key ? put(one, rest) : one));
    const { [key]: old, ...others } = isPlain(node) ? node : {};
    const next = put(old, rest);
    return next === undefined ? others : { ...others, [key]: next };
  };
  return put(content, segments(pointer)) as T;
}

/** A new order: from one place to another. */
export const fresh = (): Content => ({ stops: [{ kind: "pickup", place: { country: "IN" } }, { kind: "delivery", place: { country: "IN" } }] });

/** Whether nothing was typed yet: such a draft is not worth keeping. */
export const isFresh = (content: Content) => JSON.stringify(toSend(content)) === JSON.stringify(toSend(fresh()));

/** The content without what is empty: texts of spaces, quantities without a value, lines that say nothing but their number. */
export function toSend(content: Content): Content {
  const lines = (content.lines ?? []).map(pruned).filter((line) => isPlain(line) && Object.keys(line).some((key) => key !== "number"));
  const references = content.references?.filter((one) => one.kind.trim() !== "" && one.value.trim() !== "");
  const numbered = lines.map((line, index) => ({ ...(line as object), number: (line as { number?: string }).number ?? String((index + 1) * 10) }));
  const { lines: _, references: __, stops, ...rest } = content;
  return {
    ...(pruned(rest) as Content),
    ...(references && references.length > 0 ? { references } : {}),
    ...(numbered.length > 0 ? { lines: numbered as Content["lines"] } : {}),
    stops: (stops ?? []).map((stop) => pruned(stop) as NonNullable<Content["stops"]>[number]),
  };
}

function pruned(value: unknown): unknown {
  if (typeof value === "string") return value.trim() === "" ? undefined : value.trim();
  if (Array.isArray(value)) {
    const list = value.map(pruned).filter((one) => one !== undefined);
    return list.length > 0 ? list : undefined;
  }
  if (!isPlain(value)) return value ?? undefined;
  const entries = Object.entries(value).map(([key, one]) => [key, pruned(one)] as const).filter(([, one]) => one !== undefined);
  // A unit or a currency alone says nothing.
  const alone = entries.length === 1 && (("value" in value && "unit" in value) || "currency" in value) && /^(unit|currency)$/.test(entries[0]?.[0] ?? "");
  return entries.length === 0 || alone ? undefined : Object.fromEntries(entries);
}

/** What differs between what was read, what somebody made of it, and what is there now. */
export interface Difference {
  pointer: string;
  mine: unknown;
  theirs: unknown;
  /** Who changed it; `both` when they did not change it alike. */
  by: "me" | "them" | "both";
}

export function differences(base: unknown, mine: unknown, theirs: unknown, pointer = ""): Difference[] {
  const text = (value: unknown) => JSON.stringify(value) ?? "";
  if (text(mine) === text(theirs)) return [];
  const all = [base, mine, theirs];
  const alike = all.every(isPlain) || all.every((one) => Array.isArray(one) && one.length === (mine as unknown[]).length);
  if (alike) {
    const keys = new Set(all.flatMap((one) => Object.keys(one as object)));
    return [...keys].flatMap((key) => {
      const at = (node: unknown) => (node as Record<string, unknown>)[key];
      return differences(at(base), at(mine), at(theirs), `${pointer}/${key}`);
    });
  }
  const [mineChanged, theirsChanged] = [text(mine) !== text(base), text(theirs) !== text(base)];
  return [{ pointer, mine, theirs, by: mineChanged && theirsChanged ? "both" : mineChanged ? "me" : "them" }];
}

/** What is there now, with my changes on it; where both changed the same, mine holds. */
export function merged<T>(theirs: T, found: Difference[]): T {
  return found.filter((one) => one.by !== "them").reduce((content, one) => withValue(content, one.pointer, one.mine), theirs);
}

/** A moment of the API for a field of date and time, in the reader's own zone. */
export function localOf(moment: unknown): string {
  const date = new Date(typeof moment === "string" ? moment : Number.NaN);
  if (Number.isNaN(date.getTime())) return "";
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** What was chosen in such a field as the API reads it, with the offset that the reader's zone has on that day. */
export function momentOf(local: string): string | undefined {
  const date = new Date(local);
  if (local === "" || Number.isNaN(date.getTime())) return undefined;
  const offset = -date.getTimezoneOffset();
  const two = (value: number) => String(Math.floor(Math.abs(value))).padStart(2, "0");
  return `${local.slice(0, 16)}:00${offset < 0 ? "-" : "+"}${two(offset / 60)}:${two(offset % 60)}`;
}
