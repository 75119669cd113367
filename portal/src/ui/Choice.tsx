// A filter of one value, or none.
import { useSay } from "../i18n";

/** `data`: the options are names as they came, in whatever language. */
export function Choice({ label, value, options, data, onChange }: { label: string; value: string | undefined; options: [string, string][]; data?: boolean; onChange: (value: string | undefined) => void }) {
  const { say } = useSay();
  // A value that the address names and we do not know is still shown: it is what was asked for.
  const known = value === undefined || options.some(([option]) => option === value);
  return (
    <label className="grid gap-1">
      <span className="label">{label}</span>
      <select className="field w-auto max-w-60" value={value ?? ""} onChange={(event) => onChange(event.target.value || undefined)}>
        <option value="">{say("table.all")}</option>
        {options.map(([option, text]) => <option key={option} value={option} lang={data ? "" : undefined}>{text}</option>)}
        {!known && <option value={value} lang="">{value}</option>}
      </select>
    </label>
  );
}
