// What somebody typed or pasted to find shipments: one or many numbers out of a sheet or a mail, or words.

/** Most numbers that the API takes at once. */
export const NUMBERS_MAX = 500;

export interface Sought {
  q?: string;
  numbers?: string;
}

/** Several pieces that each have a digit are numbers, whatever stands between them; anything else is words. */
export function sought(text: string): Sought {
  const pieces = [...new Set(text.split(/[\s,;|]+/).filter((piece) => piece !== ""))];
  if (pieces.length >= 2 && pieces.every((piece) => /\d/.test(piece))) return { numbers: pieces.slice(0, NUMBERS_MAX).join(",") };
  const q = text.trim().replace(/\s+/g, " ");
  return q === "" ? {} : { q };
}

/** How many numbers an address asks for. */
export const countOf = (numbers: string | undefined) => numbers?.split(",").length ?? 0;

/** The columns that are shown, of those there are; an address that names none shows the usual ones. */
export function shown<C extends { id: string; usual: boolean }>(all: C[], asked: string | undefined): C[] {
  const named = asked?.split(",") ?? [];
  const some = all.filter((column) => named.includes(column.id));
  return some.length > 0 ? some : all.filter((column) => column.usual);
}

/** The address's word for a choice of columns; nothing when it is the usual one. */
export function chosen<C extends { id: string; usual: boolean }>(all: C[], ids: string[]): string | undefined {
  const kept = all.filter((column) => ids.includes(column.id));
  const usual = all.filter((column) => column.usual);
  return kept.length === 0 || kept.map((one) => one.id).join() === usual.map((one) => one.id).join() ? undefined : kept.map((one) => one.id).join(",");
}
