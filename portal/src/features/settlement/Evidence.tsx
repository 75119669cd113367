// Documents that show what is said: those that we have of the bill and the shipment, and any other by its id.
import { useState } from "react";
import { useSay } from "../../i18n";

export function Evidence({ offered, chosen, onChange }: { offered: { id: string; what: string }[]; chosen: string[]; onChange: (chosen: string[]) => void }) {
  const { say } = useSay();
  const [other, setOther] = useState("");
  const by = new Map(offered.map((one) => [one.id, one.what]));
  for (const id of chosen) if (!by.has(id)) by.set(id, say("evidence.other"));
  const turn = (id: string) => onChange(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]);
  const wanted = other.trim().toLowerCase();
  const valid = /^[0-9a-f]{4,64}$/.test(wanted);
  return (
    <fieldset className="grid gap-1.5">
      <legend className="label mb-1">{say("evidence.title")}</legend>
      {[...by].map(([id, what]) => (
        <label key={id} className="flex items-center gap-2">
          <input type="checkbox" className="size-6 shrink-0" checked={chosen.includes(id)} onChange={() => turn(id)} />
          <span className="min-w-0">{what} <code className="text-xs text-muted">{id.slice(0, 12)}</code></span>
        </label>
      ))}
      <div className="flex gap-2">
        <input className="field" aria-label={say("evidence.id")} placeholder={say("evidence.id")} maxLength={64} value={other} onChange={(event) => setOther(event.target.value)} />
        <button type="button" className="button" disabled={!valid || chosen.includes(wanted)} onClick={() => { turn(wanted); setOther(""); }}>{say("evidence.add")}</button>
      </div>
    </fieldset>
  );
}
