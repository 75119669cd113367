// What a person decides about a file, as pure changes of the choices that the API keeps and checks by.
import type { Schemas } from "../../api/client";

export type Choices = Schemas["ImportChoices"];
export type Import = Schemas["Import"];
export type Column = Schemas["ImportColumn"];
export type Problem = Schemas["ImportProblem"];
/** A change of the choices as they are when it is made. */
export type Change = (now: Choices, columns: Column[]) => Choices;

export const NONE: Choices = { sheet: null, header_row: null, columns: {}, values: {}, country: "IN", currency: "INR", utc_offset: "+05:30", month_first: false, accepted: [], declined: [] };

/** A column becomes a field, or is left out. The column that was that field until now is left out: one field has one column. */
export const asField = (column: string, field: string | null): Change => (now, columns) => {
  const others = columns.filter((one) => field !== null && one.field === field);
  return { ...now, columns: { ...now.columns, ...Object.fromEntries(others.map((one) => [one.column, null])), [column]: field } };
};

/** A repair is wanted, or not. What is recommended is wanted unless it was declined; all else only when it was accepted. */
export const repair = (problem: Pick<Problem, "id" | "recommended">, wanted: boolean): Change => (now) => {
  const without = (list: string[]) => list.filter((id) => id !== problem.id);
  return {
    ...now,
    accepted: wanted && !problem.recommended ? [...without(now.accepted), problem.id] : without(now.accepted),
    declined: !wanted && problem.recommended ? [...without(now.declined), problem.id] : without(now.declined),
  };
};

/** A value for all rows that say nothing about a field; an empty one is taken away. */
export const forAll = (field: string, value: string): Change => (now) => {
  const { [field]: _, ...values } = now.values;
  return { ...now, values: value.trim() === "" ? values : { ...values, [field]: value.trim() } };
};

/** Another sheet or header has other columns and other problems: what was said of the old ones says nothing of these. */
export const readFrom = (sheet: string | null, header: number | null): Change => (now) => ({ ...now, sheet, header_row: header, columns: {}, accepted: [], declined: [] });

/** Whether two choices say the same, in whatever order the API tells them. */
export function same(one: Choices, other: Choices): boolean {
  const plain = (choices: Choices) =>
    JSON.stringify([
      choices.sheet ?? null, choices.header_row ?? null, choices.country, choices.currency, choices.utc_offset, choices.month_first,
      Object.entries(choices.columns).sort(), Object.entries(choices.values).sort(), [...choices.accepted].sort(), [...choices.declined].sort(),
    ]);
  return plain(one) === plain(other);
}

/** The field that a column has by what was chosen, also while the check of it is still under way. */
export const fieldOf = (column: Pick<Column, "column" | "field">, choices: Choices) => (column.column in choices.columns ? choices.columns[column.column] : column.field) ?? null;

/** Whether a repair is wanted by what was chosen. */
export const isWanted = (problem: Pick<Problem, "id" | "applied">, choices: Choices) => choices.accepted.includes(problem.id) || (problem.applied && !choices.declined.includes(problem.id));

/** How far a job is, of 100. */
export const percent = (progress: { done: number; of: number }) => (progress.of > 0 ? Math.min(100, Math.floor((progress.done / progress.of) * 100)) : 0);

/** A problem's id is its field and its rule; those of whole orders have the word `order` for the field. */
export function parts(id: string): { field: string; rule: string } {
  const dot = id.indexOf(".");
  return dot < 0 ? { field: "", rule: id } : { field: id.slice(0, dot), rule: id.slice(dot + 1) };
}

/** What the clipboard has when cells were copied: rows or columns, not a word. */
export const isTable = (text: string) => text.includes("\t") || text.trim().includes("\n");
