// What a sentence of the API names, for whoever says it in another language.

/** The groups of words that values are of, by the values' names. */
const GROUPS: Record<string, string> = { answer: "answer", document: "document", purpose: "purpose", status: "status", statuses: "status" };

/** The values in the reader's words where they are the API's. */
export const valuesOf = (values: Record<string, string>, word: (group: string, value: string) => string): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => {
    const group = Object.hasOwn(GROUPS, name) ? GROUPS[name] : undefined;
    return [name, group === undefined ? value : value.split(", ").map((one) => word(group, one)).join(", ")];
  }));
