// What the screens of bills decide by themselves: the piles, which bills need a reason, which clause an amount stands on.
import type { Schemas } from "../../api/client";
import { sum } from "../../ui/money";

export type Bill = Schemas["FreightInvoice"];
export type Row = Schemas["FreightInvoiceSummary"];
export type Explained = Schemas["RateExplanation"];
export type Compared = Schemas["FreightInvoiceComparison"];
export type Counts = Schemas["FreightInvoiceCounts"];

export const STATUSES = ["open", "disputed", "approved", "settled", "cancelled"] as const;
export const OUTCOMES = ["matched", "within-tolerance", "missing-delivery", "disputed", "exception", "duplicate"] as const;

/** The code of the carriage itself, which a lane is the price of. */
export const LINEHAUL = "linehaul";

/** The most bills that one call approves. */
export const BULK_MAX = 200;

export interface Pile {
  id: string;
  search: { status: string; outcome?: string };
  bills: number;
}

/** The bills by what is to be done with them, in the order of work. */
export function piles(counts: Counts): Pile[] {
  const open = OUTCOMES.map((outcome) => ({ id: outcome, search: { status: "open", outcome }, bills: counts.open_by_outcome[outcome] ?? 0 }));
  const later = ["disputed", "approved", "settled"].map((status) => ({ id: `is-${status}`, search: { status }, bills: counts.by_status[status] ?? 0 }));
  return [...open, ...later];
}

/** A bill that agrees is approved without a word, another for a reason; what cannot be compared is not approved at all. The API decides. */
export function approval(bill: Pick<Row, "status" | "outcome">): "plain" | "reasoned" | "never" {
  if (bill.status !== "open" || bill.outcome === "exception" || bill.outcome === "duplicate") return "never";
  return bill.outcome === "matched" || bill.outcome === "within-tolerance" ? "plain" : "reasoned";
}

/** What bills come to, by currency. */
export function totals(bills: Pick<Row, "currency" | "total">[]): [string, string][] {
  const by = new Map<string, string[]>();
  for (const bill of bills) by.set(bill.currency, [...(by.get(bill.currency) ?? []), bill.total]);
  return [...by].map(([currency, amounts]) => [currency, sum(amounts)]);
}

/** The step of an explanation that says what is due under a code; several when several add up to it. */
export function clauses(explained: Explained | null | undefined, code: string): Explained[] {
  if (!explained) return [];
  if (explained.code === code) return [explained];
  return (explained.parts ?? []).flatMap((part) => clauses(part, code));
}

/** What is looked at first: of the lines that do not agree the one that is furthest off, else the first. */
export function foremost<Line extends Pick<Compared, "passes" | "variance">>(lines: Line[]): Line | undefined {
  // All are in the bill's currency, with its decimals.
  const off = (line: Line) => (line.passes ? -1n : BigInt(line.variance.replace(/[-.]/g, "")));
  return lines.reduce<Line | undefined>((best, line) => (best === undefined || off(line) > off(best) ? line : best), undefined);
}

/** The version that an import says it made: `ID/versions/NUMBER`. */
export function draftOf(made: string): { id: string; version: string } {
  const [id = made, , version = "1"] = made.split("/");
  return { id, version };
}

/** The charges of a bill that are compared under a code. Several charges may have one line number, and a contract may have its own word for one. */
export function billed(bill: Pick<Bill, "charges" | "match">, line: Compared): Bill["charges"] {
  const codes = new Set(bill.match.lines?.map((one) => one.code));
  return bill.charges.filter((charge) => line.billed_lines.includes(charge.line) && (charge.means === line.code || !codes.has(charge.means)));
}

/** The numbers by which the shipment may be found, in the order of settlement itself; a carrier's "shipment" number may be one of its own. */
export function shipmentsOf(bill: Pick<Bill, "references">): string[] {
  const kinds = ["shipment", "order", "pro", "lr", "bol", "awb", "tracking"];
  const found = kinds.flatMap((kind) => bill.references.filter((reference) => reference.kind === kind));
  return [...new Set(found.map((reference) => reference.value))];
}
