// A party's JSON Schema as the fields of a form, and what is typed as the draft that the API takes. No rule of the schema is checked
// here: the API does that, and names each place by its pointer.

/** As much of JSON Schema (2020-12) as a connection's schema uses. */
export interface Schema {
  type?: string | string[];
  title?: string;
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  examples?: unknown[];
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  writeOnly?: boolean;
  /** At the top: titles and descriptions by language, by the English text or by the name of a property without a title. */
  "x-words"?: Record<string, Record<string, string>>;
}

/** One thing to be typed. */
export interface Field {
  /** Its place in the draft, as a JSON pointer. */
  pointer: string;
  label: string;
  help: string | undefined;
  kind: "text" | "secret" | "number" | "choice" | "yes" | "lines";
  choices: string[];
  required: boolean;
  placeholder: string | undefined;
  maxLength: number | undefined;
}

/** Fields that belong together, under the title that the schema gives them. */
export interface Group {
  id: string;
  title: string;
  help: string | undefined;
  fields: Field[];
}

const escape = (name: string) => name.replace(/~/g, "~0").replace(/\//g, "~1");
/** `webhook_header` as words. */
const words = (name: string) => {
  const text = name.replace(/[_-]+/g, " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
};
const typed = (schema: Schema, type: string) => (Array.isArray(schema.type) ? schema.type.includes(type) : schema.type === type);

/** What is in an object: first what must be there, in the order in which the schema asks for it. An object of JSON has none of its own. */
function inOrder(schema: Schema): [string, Schema][] {
  const asked = schema.required ?? [];
  const rank = (name: string) => (asked.includes(name) ? asked.indexOf(name) : asked.length);
  return Object.entries(schema.properties ?? {}).sort(([one], [other]) => rank(one) - rank(other));
}

function fieldOf(name: string, schema: Schema, pointer: string, required: boolean): Field {
  const choices = (schema.enum ?? []).filter((one): one is string => typeof one === "string");
  const kind = schema.writeOnly ? "secret"
    : choices.length > 0 ? "choice"
    : typed(schema, "boolean") ? "yes"
    : typed(schema, "integer") || typed(schema, "number") ? "number"
    : typed(schema, "array") ? "lines"
    : "text";
  const example = schema.default ?? schema.examples?.[0];
  return {
    pointer, label: schema.title ?? words(name), help: schema.description, kind, choices, required, maxLength: schema.maxLength,
    placeholder: typeof example === "string" || typeof example === "number" ? String(example) : undefined,
  };
}

/** Nothing has to be filled in of a part that may be left out as a whole; the API tells when only some of it was. */
function fieldsOf(schema: Schema, pointer: string, needed: boolean): Field[] {
  return inOrder(schema).flatMap(([name, of]) => {
    const at = `${pointer}/${escape(name)}`;
    const required = needed && (schema.required?.includes(name) ?? false);
    if (of.properties) {
      // A slot of secrets is named by its title; its fields by theirs.
      const inner = fieldsOf(of, at, required);
      return inner.map((field) => ({ ...field, label: of.title ? (inner.length > 1 ? `${of.title}: ${field.label}` : of.title) : field.label }));
    }
    return [fieldOf(name, of, at, required)];
  });
}

/** The schema with its titles and descriptions in a language, as far as it brings them. */
export function inLanguage(schema: Schema, language: string): Schema {
  const words = schema["x-words"]?.[language];
  if (!words) return schema;
  const said = (text: string | undefined) => (text !== undefined && Object.hasOwn(words, text) ? words[text] : undefined);
  const spoken = (of: Schema, name: string): Schema => ({
    ...of,
    ...((of.title ?? said(name)) !== undefined && { title: said(of.title) ?? of.title ?? said(name) }),
    ...(of.description !== undefined && { description: said(of.description) ?? of.description }),
    ...(of.properties && { properties: Object.fromEntries(Object.entries(of.properties).map(([inner, part]) => [inner, spoken(part, inner)])) }),
  });
  return spoken(schema, "");
}

/** The form of a schema: what is at its top first, then a group for each object in it. */
export function formOf(schema: Schema): Group[] {
  const own: Schema = { ...schema, properties: {} };
  const groups: Group[] = [];
  for (const [name, of] of inOrder(schema)) {
    if (!of.properties) {
      if (!typed(of, "object")) own.properties = { ...own.properties, [name]: of };
      continue;
    }
    const fields = fieldsOf(of, `/${escape(name)}`, schema.required?.includes(name) ?? false);
    if (fields.length > 0) groups.push({ id: name, title: of.title ?? words(name), help: of.description, fields });
  }
  return [{ id: "", title: "", help: undefined, fields: fieldsOf(own, "", true) }, ...groups];
}

/** The field at which a violation is shown: of a part that is missing as a whole its first. `pointer` is of the request or of the draft. */
export function placeOf(groups: Group[], pointer: string): string | undefined {
  const at = pointer.replace(/^\/connection(?=\/)/, "");
  const fields = groups.flatMap((group) => group.fields.map((field) => field.pointer));
  return fields.find((one) => one === at) ?? fields.find((one) => one.startsWith(`${at}/`));
}

/** What is typed, by pointer; a choice that was not made and a text that is empty are absent. */
export type Typed = Readonly<Record<string, string>>;

function valueOf(field: Field, text: string): unknown {
  switch (field.kind) {
    case "yes": return text === "yes";
    case "number": return Number.isNaN(Number(text)) ? text : Number(text);
    case "lines": return text.split("\n").map((line) => line.trim()).filter(Boolean);
    // A secret is taken as it is typed, with its spaces.
    case "secret": return text;
    default: return text.trim();
  }
}

/** The draft: every field that was filled in, at its place. */
export function draftOf(groups: Group[], of: Typed): Record<string, unknown> {
  const draft: Record<string, unknown> = {};
  for (const field of groups.flatMap((group) => group.fields)) {
    const text = of[field.pointer] ?? "";
    if (text === "" || (field.kind !== "secret" && text.trim() === "")) continue;
    const names = field.pointer.slice(1).split("/").map((name) => name.replace(/~1/g, "/").replace(/~0/g, "~"));
    let at = draft;
    for (const name of names.slice(0, -1)) at = (at[name] ??= {}) as Record<string, unknown>;
    at[names[names.length - 1] ?? ""] = valueOf(field, text);
  }
  return draft;
}

/** What is stored, as it would be typed: the way back from a draft. Secrets are never answered, so none is there. */
export function typedOf(groups: Group[], stored: unknown): Typed {
  const all: Record<string, string> = {};
  for (const field of groups.flatMap((group) => group.fields)) {
    const names = field.pointer.slice(1).split("/").map((name) => name.replace(/~1/g, "/").replace(/~0/g, "~"));
    const value = names.reduce<unknown>((at, name) => (typeof at === "object" && at !== null ? (at as Record<string, unknown>)[name] : undefined), stored);
    if (value === undefined || value === null || field.kind === "secret") continue;
    all[field.pointer] = field.kind === "yes" ? (value === true ? "yes" : "") : Array.isArray(value) ? value.join("\n") : String(value);
  }
  return all;
}
