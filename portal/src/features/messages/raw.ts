// Raw bytes as text whose every character knows its bytes: offsets of the API are offsets in bytes.
import { type Language, locale } from "../../i18n";

/** Bytes that are drawn; a larger message shows the part around what is chosen, and can be downloaded whole. */
export const SHOWN_MAX = 200_000;

export interface Span {
  start: number;
  end: number;
}

/** The spans with the one that a link names, and where that is: a record's own, or bytes within one such as a line of a bill. */
export function withLinked(spans: Span[], from: string | undefined, to: string | undefined): { spans: Span[]; linked: number | undefined } {
  const start = Number(from ?? Number.NaN);
  const known = spans.findIndex((span) => span.start === start && (to === undefined || span.end === Number(to)));
  if (known >= 0) return { spans, linked: known };
  const end = Number(to ?? Number.NaN);
  return start >= 0 && end > start ? { spans: [...spans, { start, end }], linked: spans.length } : { spans, linked: undefined };
}

/** A stretch of text with its bytes; `owners` are the spans that cover it, by index. */
export interface Piece extends Span {
  text: string;
  owners: number[];
}

/** The stretch of `size` bytes to draw: all of it, or a window that begins a little before `around`. */
export function windowOf(size: number, around: number, most = SHOWN_MAX): Span {
  if (size <= most) return { start: 0, end: size };
  const start = Math.max(0, Math.min(size - most, around - Math.floor(most / 10)));
  return { start, end: start + most };
}

/**
 * Cuts bytes at every border of a span and at line ends, so that each piece is wholly in or out of each span.
 * Nothing is dropped: the pieces' bytes are the window's bytes. What is no UTF-8 is shown as Latin-1, so that one byte is one sign.
 */
export function pieces(bytes: Uint8Array, spans: Span[], shown: Span): Piece[] {
  const borders = new Set([shown.start, shown.end]);
  for (const span of spans) {
    for (const at of [span.start, span.end]) if (at > shown.start && at < shown.end) borders.add(at);
  }
  const cuts = [...borders].sort((a, b) => a - b);
  const decode = decoderOf(bytes.subarray(shown.start, shown.end));
  const found: Piece[] = [];
  for (let at = 0; at + 1 < cuts.length; at += 1) {
    const start = cuts[at] ?? 0;
    const end = cuts[at + 1] ?? start;
    const owners = spans.flatMap((span, index) => (span.start <= start && end <= span.end ? [index] : []));
    found.push({ start, end, text: decode(bytes.subarray(start, end)), owners });
  }
  return found;
}

/** All of it as text. */
export const textOf = (bytes: Uint8Array): string => decoderOf(bytes)(bytes);

function decoderOf(bytes: Uint8Array): (part: Uint8Array) => string {
  try {
    // A window may cut a sign at its end, so the last three bytes do not decide.
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    const decoder = new TextDecoder("utf-8");
    return (part) => visible(decoder.decode(part));
  } catch {
    const decoder = new TextDecoder("latin1");
    return (part) => visible(decoder.decode(part));
  }
}

/** Control signs have pictures of their own; a line's end stays one. */
export function visible(text: string): string {
  return text.replace(/\r\n/g, "␍\n").replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, (sign) =>
    String.fromCharCode(sign === "\u007f" ? 0x2421 : 0x2400 + sign.charCodeAt(0)),
  );
}

/** The smallest span that covers a byte. */
export function ownerAt(spans: Span[], owners: number[]): number | undefined {
  return [...owners].sort((a, b) => length(spans[a]) - length(spans[b]))[0];
}

const length = (span: Span | undefined) => (span ? span.end - span.start : Number.POSITIVE_INFINITY);

export function bytes(of: Language, size: number): string {
  const [value, unit] = size < 1000 ? [size, "byte"] : size < 1_000_000 ? [size / 1000, "kilobyte"] : [size / 1_000_000, "megabyte"];
  return new Intl.NumberFormat(locale(of), { style: "unit", unit, unitDisplay: "narrow", maximumFractionDigits: 1 }).format(value);
}
