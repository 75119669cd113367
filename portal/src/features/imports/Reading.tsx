// How the file is read: sheet, header row, country, currency, order of dates, and values that hold for all rows.
import { type FormEvent, useState } from "react";
import type { components } from "../../api/schema";
import { useSay } from "../../i18n";
import { Said } from "../../ui/parts";
import { type Change, type Choices, forAll, readFrom } from "./choices";
import { FIELDS } from "./fields";

export function Reading({ choices, report, onChange }: { choices: Choices; report: { sheets: string[]; sheet: string; header_row: number; notes: components["schemas"]["ImportNote"][] }; onChange: (change: Change) => void }) {
  const { say, word } = useSay();
  const set = (change: Partial<Choices>) => onChange((now) => ({ ...now, ...change }));
  return (
    <details className="card p-4" open={Object.keys(choices.values).length > 0}>
      <summary className="cursor-pointer font-semibold">{say("imports.reading.title")}</summary>
      <div className="mt-3 flex flex-wrap items-end gap-3">
        {report.sheets.length > 1 && (
          <label className="grid gap-1">
            <span className="label">{say("imports.sheet")}</span>
            <select className="field w-auto" value={report.sheet} onChange={(event) => onChange(readFrom(event.target.value, null))}>
              {report.sheets.map((sheet) => <option key={sheet} value={sheet} lang="">{sheet}</option>)}
            </select>
          </label>
        )}
        <Typed key={`header ${report.header_row}`} label={say("imports.headerRow")} value={String(report.header_row)} pattern="[1-9][0-9]{0,5}" width="w-24"
          onSet={(value) => onChange(readFrom(choices.sheet ?? null, Number(value)))} />
        <Typed key={`country ${choices.country}`} label={say("imports.country")} value={choices.country} pattern="[A-Za-z]{2}" width="w-20" onSet={(value) => set({ country: value.toUpperCase() })} />
        <Typed key={`currency ${choices.currency}`} label={say("imports.currency")} value={choices.currency} pattern="[A-Za-z]{3}" width="w-20" onSet={(value) => set({ currency: value.toUpperCase() })} />
        <label className="grid gap-1">
          <span className="label">{say("imports.dates")}</span>
          <select className="field w-auto" value={choices.month_first ? "month" : "day"} onChange={(event) => set({ month_first: event.target.value === "month" })}>
            <option value="day">{say("imports.dates.day")}</option>
            <option value="month">{say("imports.dates.month")}</option>
          </select>
        </label>
      </div>
      <h3 className="mt-4 text-xs font-semibold text-muted">{say("imports.values")}</h3>
      <ul className="mt-1 grid gap-1">
        {Object.entries(choices.values).map(([field, value]) => (
          <li key={field} className="flex flex-wrap items-center gap-2">
            <span className="text-muted">{word("field", field)}</span> <bdi className="font-medium">{value}</bdi>
            <button type="button" className="button" aria-label={say("imports.valueRemove", { field: word("field", field) })} onClick={() => onChange(forAll(field, ""))}>✕</button>
          </li>
        ))}
      </ul>
      <Value onChange={onChange} />
      {report.notes.map((note) => <p key={note.text} className="mt-2 text-xs text-muted"><Said by={`note.${note.kind}`} values={note.values} text={note.text} /></p>)}
    </details>
  );
}

/** A short text that is sent when it is left or entered, and only if it is one. */
function Typed({ label, value, pattern, width, onSet }: { label: string; value: string; pattern: string; width: string; onSet: (value: string) => void }) {
  const [text, setText] = useState(value);
  const take = () => {
    if (text !== value && new RegExp(`^(?:${pattern})$`).test(text)) onSet(text);
  };
  return (
    <label className="grid gap-1">
      <span className="label">{label}</span>
      <input className={`field ${width}`} value={text} maxLength={6} pattern={pattern} onChange={(event) => setText(event.target.value)} onBlur={take}
        onKeyDown={(event) => { if (event.key === "Enter") take(); }} />
    </label>
  );
}

function Value({ onChange }: { onChange: (change: Change) => void }) {
  const { say, word } = useSay();
  const [field, setField] = useState("");
  const [value, setValue] = useState("");
  const add = (event: FormEvent) => {
    event.preventDefault();
    if (!field || !value.trim()) return;
    onChange(forAll(field, value));
    setField("");
    setValue("");
  };
  return (
    <form onSubmit={add} className="mt-2 flex flex-wrap items-end gap-2">
      <label className="grid gap-1">
        <span className="label">{say("imports.valueField")}</span>
        <select className="field w-56" value={field} onChange={(event) => setField(event.target.value)}>
          <option value="">–</option>
          {FIELDS.map((name) => <option key={name} value={name}>{word("field", name)}</option>)}
        </select>
      </label>
      <label className="grid gap-1">
        <span className="label">{say("imports.value")}</span>
        <input className="field w-56" maxLength={200} value={value} onChange={(event) => setValue(event.target.value)} />
      </label>
      <button type="submit" className="button">{say("imports.valueAdd")}</button>
    </form>
  );
}
