// Two messages side by side: equal parts are aligned, and of parts about the same it is told which words differ.
import type { Part } from "./parts";

/** Parts that may differ before two messages count as wholly different. */
const DIFFERENCES_MAX = 2_000;
/** Pairs of parts that are weighed; of more, only what is equal is aligned first. */
const CELLS_MAX = 2_000_000;
/** Words of a part that are looked at one by one. */
const WORDS_MAX = 400;
/** Equal rows that are shown around a difference. */
const CONTEXT = 2;

/** A row of the comparison; a side that is absent has nothing like it. */
export interface Row {
  left?: Part;
  right?: Part;
  equal: boolean;
}

export interface Compared {
  rows: Row[];
  /** So much differs that what lies between the equal beginning and the equal end was not aligned. */
  coarse: boolean;
}

export function compare(left: Part[], right: Part[], most = DIFFERENCES_MAX): Compared {
  const texts = (parts: Part[]) => parts.map((part) => part.text);
  const { start, tail } = ends(texts(left), texts(right));
  const middle = (left.length - start - tail) * (right.length - start - tail);
  // What fits is aligned as a whole; else what is equal holds the rest in its place.
  const { pairs, coarse } = middle <= CELLS_MAX ? { ...ends(texts(left), texts(right)), coarse: false } : common(texts(left), texts(right), most);
  const rows: Row[] = [];
  let [l, r] = [0, 0];
  for (const [toLeft, toRight] of [...pairs, [left.length, right.length] as const]) {
    rows.push(...between(left.slice(l, toLeft), right.slice(r, toRight)));
    const [one, other] = [left[toLeft], right[toRight]];
    if (one && other) rows.push({ left: one, right: other, equal: true });
    [l, r] = [toLeft + 1, toRight + 1];
  }
  return { rows, coarse };
}

/** How much two parts are worth beside each other: equal, begun by the same two words (`AT7*D1`), by the same word (`AT7`), or not at all. */
const WORTH = { equal: 10, two: 4, one: 1 };

/** Parts in the order of both sides so that those beside each other are worth the most (Needleman and Wunsch, 1970). */
function between(left: Part[], right: Part[]): Row[] {
  const [n, m] = [left.length, right.length];
  if (n === 0 || m === 0 || n * m > CELLS_MAX) return [...left.map((part) => ({ left: part, equal: false })), ...right.map((part) => ({ right: part, equal: false }))];
  const worth = worthOf(left, right);
  const best = Array.from({ length: n + 1 }, () => new Int32Array(m + 1));
  const cell = (l: number, r: number) => at(best[l] ?? new Int32Array(0), r);
  for (let l = 1; l <= n; l += 1) {
    const [row, above] = [best[l] ?? new Int32Array(0), best[l - 1] ?? new Int32Array(0)];
    for (let r = 1; r <= m; r += 1) {
      const beside = worth(l - 1, r - 1);
      row[r] = Math.max(at(above, r), at(row, r - 1), beside === 0 ? 0 : at(above, r - 1) + beside);
    }
  }
  const rows: Row[] = [];
  let [l, r] = [n, m];
  while (l > 0 || r > 0) {
    const [one, other] = [left[l - 1], right[r - 1]];
    if (r > 0 && (l === 0 || cell(l, r) === cell(l, r - 1))) {
      rows.push({ ...(other && { right: other }), equal: false });
      r -= 1;
    } else if (l > 0 && (r === 0 || cell(l, r) === cell(l - 1, r))) {
      rows.push({ ...(one && { left: one }), equal: false });
      l -= 1;
    } else {
      rows.push({ ...(one && { left: one }), ...(other && { right: other }), equal: one?.text === other?.text });
      [l, r] = [l - 1, r - 1];
    }
  }
  return rows.reverse();
}

/** The worth of a pair, by numbers that stand for texts and their beginnings. */
function worthOf(left: Part[], right: Part[]): (l: number, r: number) => number {
  const known = new Map<string, number>();
  const number = (text: string) => {
    const found = known.get(text) ?? known.size + 1;
    known.set(text, found);
    return text === "" ? 0 : found;
  };
  const read = (parts: Part[]) =>
    parts.map(({ text }) => {
      const [, one = "", two = ""] = /^\s*[<"/]*([\p{L}\p{N}_-]*)([^\p{L}\p{N}]*[\p{L}\p{N}_-]*)/u.exec(text) ?? [];
      return { equal: number(`= ${text}`), one: number(one), two: one === "" ? 0 : number(`${one}${two}`) };
    });
  const [ours, theirs] = [read(left), read(right)];
  return (l, r) => {
    const [one, other] = [ours[l], theirs[r]];
    if (!one || !other || one.one !== other.one) return 0;
    if (one.equal === other.equal) return WORTH.equal;
    if (one.one === 0) return 0;
    return one.two === other.two ? WORTH.two : WORTH.one;
  };
}

/** A stretch of a part's text; `differs`: the other side has it not. */
export interface Piece {
  text: string;
  differs: boolean;
}

/** The words of two parts, each told whether the other has it at its place. */
export function words(left: string, right: string): { left: Piece[]; right: Piece[] } {
  const split = (text: string) => text.match(/[\p{L}\p{N}]+|[^\p{L}\p{N}]/gu) ?? [];
  const [ours, theirs] = [split(left), split(right)];
  const { pairs } = ours.length > WORDS_MAX || theirs.length > WORDS_MAX ? ends(ours, theirs) : common(ours, theirs, WORDS_MAX);
  return { left: pieces(ours, new Set(pairs.map(([at]) => at))), right: pieces(theirs, new Set(pairs.map(([, at]) => at))) };
}

function pieces(tokens: string[], shared: Set<number>): Piece[] {
  const found: Piece[] = [];
  tokens.forEach((text, at) => {
    const differs = !shared.has(at);
    const last = found[found.length - 1];
    if (last?.differs === differs) last.text += text;
    else found.push({ text, differs });
  });
  return found;
}

/** Rows in a run: shown, or equal ones that are folded away. */
export interface Run {
  /** The number of its first row. */
  at: number;
  rows: Row[];
  folded: boolean;
}

/** Folds equal rows that are far from any difference, but not a run that was `opened`. One row is not worth folding. */
export function folded(rows: Row[], opened: ReadonlySet<number>, context = CONTEXT): Run[] {
  const near = new Uint8Array(rows.length);
  rows.forEach((row, at) => {
    if (!row.equal) near.fill(1, Math.max(0, at - context), at + context + 1);
  });
  const runs: Run[] = [];
  for (let at = 0; at < rows.length; ) {
    let end = at + 1;
    while (end < rows.length && near[end] === near[at]) end += 1;
    runs.push({ at, rows: rows.slice(at, end), folded: near[at] === 0 && end - at > 1 && !opened.has(at) });
    at = end;
  }
  return runs;
}

type Pairs = (readonly [number, number])[];

/** The equal beginning and the equal end. */
function ends(left: string[], right: string[]): { pairs: Pairs; start: number; tail: number } {
  const least = Math.min(left.length, right.length);
  let start = 0;
  while (start < least && left[start] === right[start]) start += 1;
  let tail = 0;
  while (tail < least - start && left[left.length - 1 - tail] === right[right.length - 1 - tail]) tail += 1;
  const pairs: Pairs = [];
  for (let at = 0; at < start; at += 1) pairs.push([at, at]);
  for (let at = tail; at > 0; at -= 1) pairs.push([left.length - at, right.length - at]);
  return { pairs, start, tail };
}

/** The most texts that both have in the same order, as pairs of their places; only the ends when more than `most` differ. */
function common(left: string[], right: string[], most: number): { pairs: Pairs; coarse: boolean } {
  const { pairs, start, tail } = ends(left, right);
  const [ours, theirs] = [left.slice(start, left.length - tail), right.slice(start, right.length - tail)];
  const middle = ours.length === 0 || theirs.length === 0 ? [] : shortest(ours, theirs, most);
  const inner: Pairs = (middle ?? []).map(([l, r]) => [l + start, r + start] as const);
  return { pairs: [...pairs.slice(0, start), ...inner, ...pairs.slice(start)], coarse: middle === undefined };
}

/** Myers' shortest edit script, by what it keeps ("An O(ND) Difference Algorithm and Its Variations", 1986); none within `most` edits: undefined. */
function shortest(left: string[], right: string[], most: number): Pairs | undefined {
  const edits = Math.min(left.length + right.length, most);
  const off = edits + 1;
  const far = new Int32Array(2 * edits + 3);
  const trace: Int32Array[] = [];
  for (let d = 0; d <= edits; d += 1) {
    // Of the round before only the diagonals -d to d are ever asked for.
    trace.push(far.slice(off - d, off + d + 1));
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && at(far, off + k - 1) < at(far, off + k + 1));
      let x = down ? at(far, off + k + 1) : at(far, off + k - 1) + 1;
      while (x < left.length && x - k < right.length && left[x] === right[x - k]) x += 1;
      far[off + k] = x;
      if (x >= left.length && x - k >= right.length) return walked(trace, d, left.length, right.length);
    }
  }
  return undefined;
}

/** The way back through the rounds: each step along a diagonal is a pair. */
function walked(trace: Int32Array[], edits: number, left: number, right: number): Pairs {
  const pairs: [number, number][] = [];
  let [x, y] = [left, right];
  for (let d = edits; d > 0; d -= 1) {
    const round = trace[d] ?? new Int32Array(0);
    const k = x - y;
    const down = k === -d || (k !== d && at(round, d + k - 1) < at(round, d + k + 1));
    const before = down ? k + 1 : k - 1;
    const [fromX, fromY] = [at(round, d + before), at(round, d + before) - before];
    // Where the edit led to, one of the two has moved and the other has not.
    while (x > fromX && y > fromY) {
      x -= 1;
      y -= 1;
      pairs.push([x, y]);
    }
    [x, y] = [fromX, fromY];
  }
  while (x > 0 && y > 0) {
    x -= 1;
    y -= 1;
    pairs.push([x, y]);
  }
  return pairs.reverse();
}

const at = (numbers: Int32Array, index: number) => numbers[index] ?? 0;
