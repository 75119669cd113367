// The form of a connection, as its party's schema draws it: each value with the hint where it is found.
import { useId } from "react";
import { useSay } from "../../i18n";
import { type Field, type Group, placeOf, type Typed } from "./schema";

export interface Wrong {
  pointer: string;
  message: string;
}

export function Form({ groups, typed, wrong, kept, onChange }: {
  groups: Group[];
  typed: Typed;
  wrong: Wrong[];
  /** Since when a secret is set, by its pointer; such a one may be left out. */
  kept: ReadonlyMap<string, number>;
  onChange: (pointer: string, text: string) => void;
}) {
  const { say } = useSay();
  return (
    <>
      {groups.map((group) => (
        <fieldset key={group.id} className="grid gap-3">
          {group.title && <legend className="mb-2 font-semibold">{group.id === "secrets" ? say("connect.secrets") : group.title}</legend>}
          {group.help && <p className="text-xs text-muted" lang="en">{group.help}</p>}
          {group.fields.map((field) => (
            <Input key={field.pointer} field={field} text={typed[field.pointer] ?? ""} kept={kept.get(field.pointer)} onChange={(text) => onChange(field.pointer, text)}
              wrong={wrong.filter((one) => placeOf(groups, one.pointer) === field.pointer).map((one) => one.message)} />
          ))}
        </fieldset>
      ))}
    </>
  );
}

function Input({ field, text, kept, wrong, onChange }: { field: Field; text: string; kept: number | undefined; wrong: string[]; onChange: (text: string) => void }) {
  const { say, word, language } = useSay();
  const id = useId();
  const required = field.required && kept === undefined;
  const described = { "aria-describedby": field.help || wrong.length > 0 || kept !== undefined ? `${id}-help` : undefined, "aria-invalid": wrong.length > 0 || undefined };
  const common = { id, className: "field", value: text, maxLength: field.maxLength, ...described };
  return (
    <div className="grid gap-1">
      {field.kind !== "yes" && <label htmlFor={id} className="label">{field.label}{required && <span aria-hidden="true"> *</span>}</label>}
      {field.kind === "text" && <input {...common} required={required} placeholder={field.placeholder} onChange={(event) => onChange(event.target.value)} />}
      {field.kind === "number" && <input {...common} inputMode="numeric" required={required} placeholder={field.placeholder} onChange={(event) => onChange(event.target.value)} />}
      {field.kind === "secret" && <input {...common} type="password" autoComplete="new-password" required={required} placeholder={kept === undefined ? undefined : "••••••••"} onChange={(event) => onChange(event.target.value)} />}
      {field.kind === "lines" && <textarea {...common} rows={3} className="field font-mono text-xs" required={required} onChange={(event) => onChange(event.target.value)} />}
      {field.kind === "choice" && (
        <select {...common} required={required} onChange={(event) => onChange(event.target.value)}>
          <option value="">–</option>
          {field.choices.map((choice) => <option key={choice} value={choice}>{word("environment", choice)}</option>)}
        </select>
      )}
      {field.kind === "yes" && <label className="flex items-center gap-2"><input id={id} type="checkbox" className="size-6" checked={text === "yes"} onChange={(event) => onChange(event.target.checked ? "yes" : "")} {...described} />{field.label}</label>}
      <p id={`${id}-help`} className="text-xs text-muted empty:hidden">
        {wrong.map((message) => <span key={message} className="block text-bad">✕ {message}</span>)}
        {kept !== undefined && <span className="block">{say("connect.kept", { since: new Intl.DateTimeFormat(language === "hi" ? "hi-IN-u-nu-latn" : "en-IN", { dateStyle: "medium" }).format(new Date(kept)) })}</span>}
        {field.help && <span lang="en">{field.help}</span>}
      </p>
    </div>
  );
}
