// What each column was taken for, why, and how sure that is; another field, or none, is one choice away.
import { useSay } from "../../i18n";
import { asField, type Change, type Choices, type Column, fieldOf } from "./choices";
import { FIELDS } from "./fields";

export function Columns({ columns, choices, missing, busy, onChange }: { columns: Column[]; choices: Choices; missing: string[]; busy: boolean; onChange: (change: Change) => void }) {
  const { say } = useSay();
  return (
    <section aria-labelledby="columns" className="card min-w-0 p-4">
      <h2 id="columns" className="font-semibold">{say("imports.columns")}</h2>
      <p className="mb-3 text-muted">{say("imports.columnsHow")}</p>
      {missing.map((what) => <p key={what} role="note" className="mb-3 rounded-md bg-warn-bg p-2 text-warn">{say("imports.missing", { what })}</p>)}
      <div className="overflow-x-auto" tabIndex={0} role="region" aria-label={say("imports.columns")}>
        <table className="w-full text-left">
          <thead className="text-xs text-muted">
            <tr>
              <th scope="col" className="py-1 pr-3 font-medium">{say("imports.column")}</th>
              <th scope="col" className="hidden py-1 pr-3 font-medium md:table-cell">{say("imports.samples")}</th>
              <th scope="col" className="py-1 pr-3 font-medium">{say("imports.fieldOf")}</th>
              <th scope="col" className="hidden py-1 font-medium sm:table-cell">{say("imports.why")}</th>
            </tr>
          </thead>
          <tbody>
            {columns.map((column) => (
              <tr key={column.column} className="border-t border-line align-top" data-column={column.column}>
                <th scope="row" className="py-2 pr-3 font-normal"><span className="mr-2 inline-block min-w-5 rounded bg-sunken px-1 text-center font-mono text-xs">{column.column}</span><bdi className="font-medium">{column.header || "–"}</bdi></th>
                <td className="hidden max-w-64 truncate py-2 pr-3 text-muted md:table-cell"><bdi>{column.samples.join(" · ")}</bdi></td>
                <td className="py-1.5 pr-3"><FieldChoice column={column} field={fieldOf(column, choices)} busy={busy} onChange={onChange} /></td>
                <td className="hidden py-2 text-xs sm:table-cell"><Sure column={column} /></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function FieldChoice({ column, field, busy, onChange }: { column: Column; field: string | null; busy: boolean; onChange: (change: Change) => void }) {
  const { say, word } = useSay();
  const likely = [...new Set([field, column.field, ...column.rivals])].filter((name) => typeof name === "string");
  const option = (name: string) => <option key={name} value={name}>{word("field", name)}</option>;
  return (
    <select aria-label={say("imports.fieldFor", { header: column.header || column.column })} aria-disabled={busy} className={`field max-w-56 ${field ? "" : "text-muted"}`} value={field ?? ""}
      onChange={(event) => onChange(asField(column.column, event.target.value || null))}>
      <option value="">{say("imports.leaveOut")}</option>
      {likely.length > 0 && <optgroup label={say("imports.likely")}>{likely.map(option)}</optgroup>}
      <optgroup label={say("imports.all")}>{FIELDS.filter((name) => !likely.includes(name)).map(option)}</optgroup>
    </select>
  );
}

/** Why a column was taken for its field; a guess that is not sure is said to be one. */
function Sure({ column }: { column: Column }) {
  const { say, word } = useSay();
  const sure = column.reason === "known" || column.reason === "chosen" || column.reason === "remembered";
  // A column that could be a field and was not taken for it is worth a look.
  const doubtful = column.reason === "cells-differ" || column.reason === "taken";
  const look = sure && column.field ? "text-good" : column.field || doubtful ? "text-warn" : "text-muted";
  return (
    <span className={look}>
      <span aria-hidden="true">{look === "text-good" ? "✓" : look === "text-warn" ? "?" : "–"}</span> {word("reason", column.reason)}
      {column.field && !sure && <span className="text-muted"> ({say("imports.score", { score: column.score })})</span>}
    </span>
  );
}
