// A message as the parts that its form has: segments of EDI, lines of text, elements of XML or JSON that came as one line.
import type { Span } from "./raw";

/** A line of XML or JSON that is longer is cut by its structure. */
const LINE_CHARS_MAX = 120;
/** Where the segment terminator of an X12 interchange stands, counted from its `ISA`. */
const ISA_END = 105;

/** A part with its bytes. */
export interface Part extends Span {
  text: string;
}

/** All of it, in order: the parts' texts are the text, and their bytes the bytes. What is no UTF-8 is read as Latin-1. */
export function partsOf(bytes: Uint8Array): Part[] {
  const { text, latin } = textOf(bytes);
  const encoder = new TextEncoder();
  let start = 0;
  return cut(text).map((part) => {
    const end = start + (latin ? part.length : encoder.encode(part).length);
    const found = { text: part, start, end };
    start = end;
    return found;
  });
}

function textOf(bytes: Uint8Array): { text: string; latin: boolean } {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes), latin: false };
  } catch {
    // Not the decoder's Latin-1, which is Windows-1252: here a byte is a sign of the same number.
    const pieces: string[] = [];
    for (let at = 0; at < bytes.length; at += 8192) pieces.push(String.fromCharCode(...bytes.subarray(at, at + 8192)));
    return { text: pieces.join(""), latin: true };
  }
}

/** Cuts a text without losing a sign of it. */
export function cut(text: string): string[] {
  const terminator = terminatorOf(text);
  if (terminator) return segments(text, terminator);
  const lines = text.match(/[^\n]*\n|[^\n]+/g) ?? [];
  const first = text.trimStart().charAt(0);
  if (first === "<") return lines.flatMap((line) => (line.length > LINE_CHARS_MAX ? line.split(/(?<=>)(?=<)/) : [line]));
  if (first === "{" || first === "[") return lines.flatMap((line) => (line.length > LINE_CHARS_MAX ? members(line) : [line]));
  return lines;
}

interface Terminator {
  sign: string;
  /** The sign that takes the meaning from the next one. */
  release: string;
}

function terminatorOf(text: string): Terminator | undefined {
  const begin = text.length - text.trimStart().length;
  const head = text.slice(begin, begin + 3);
  if (head === "ISA") {
    const sign = text.charAt(begin + ISA_END);
    return sign === "" || /[A-Za-z0-9]/.test(sign) ? undefined : { sign, release: "" };
  }
  if (head === "UNA") return { sign: text.charAt(begin + 8), release: text.charAt(begin + 6).trim() };
  return head === "UNB" ? { sign: "'", release: "?" } : undefined;
}

/** Each segment with its terminator, and with the line end that many senders add. */
function segments(text: string, { sign, release }: Terminator): string[] {
  const found: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (release !== "" && text[at] === release) at += 1;
    else if (text[at] === sign) {
      while (text[at + 1] === "\r" || text[at + 1] === "\n") at += 1;
      found.push(text.slice(start, at + 1));
      start = at + 1;
    }
  }
  if (start < text.length) found.push(text.slice(start));
  return found;
}

/** The members of JSON: a part ends behind a comma or an opening bracket that is in no string. */
function members(line: string): string[] {
  const found: string[] = [];
  let part = "";
  for (const [token] of line.matchAll(/"(?:[^"\\]|\\.)*"|[{[,]|[^"{[,]+|"/gs)) {
    part += token;
    if (token !== "{" && token !== "[" && token !== ",") continue;
    found.push(part);
    part = "";
  }
  return part === "" ? found : [...found, part];
}
