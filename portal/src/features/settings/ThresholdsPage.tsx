// From when on goods are halted, silent, late or detained: said for all shipments, and otherwise for some modes.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { client, ok, ProblemError, type Schemas, type Tagged, tagged } from "../../api/client";
import { useSay } from "../../i18n";
import { Loading, Problem } from "../../ui/parts";
import { duration } from "../../ui/time";
import { Versions } from "../../ui/Versions";
import { differences, merged } from "../orders/content";
import { useMay } from "../session/me";
import { SettingsHead } from "./SettingsTabs";
import { ALL, groupsOf, leastOf, LIMITS, MINUTES_MAX, nameOf, saidOf, type Typed, typedOf } from "./thresholds";

type Shown = Schemas["ThresholdsOut"];

export default function ThresholdsPage() {
  const { say } = useSay();
  const query = useQuery({ queryKey: ["thresholds"], queryFn: () => tagged(client.GET("/v1/shipments/thresholds")) });
  return (
    <>
      <SettingsHead />
      <p className="mb-4 max-w-3xl text-muted">{say("thresholds.how")}</p>
      {query.error && <Problem error={query.error} retry={() => void query.refetch()} />}
      {query.isPending && !query.error && <Loading />}
      {query.data && <Thresholds now={query.data} />}
    </>
  );
}

/** What is typed, over the version that it was begun on: a newer one that comes meanwhile takes nothing of it away. */
interface Draft {
  typed: Typed;
  on: Tagged<Shown>;
}

function Thresholds({ now }: { now: Tagged<Shown> }) {
  const { say, word } = useSay();
  const queries = useQueryClient();
  const may = useMay("shipments:write");
  const [draft, setDraft] = useState<Draft>();
  const { typed, on } = draft ?? { typed: typedOf(now.body), on: now };
  const shown = on.body;
  const refresh = () => queries.invalidateQueries({ predicate: (one) => ["thresholds", "counts", "exceptions", "shipments"].includes(String(one.queryKey[0])) });
  const save = useMutation({
    mutationFn: ({ typed, on }: Draft) => ok(client.PUT("/v1/shipments/thresholds", { params: { header: { "if-match": on.etag } }, body: saidOf(typed) })),
    onSuccess: async () => {
      await refresh();
      setDraft(undefined);
    },
  });
  const refused = save.error instanceof ProblemError && save.error.status === 412 ? save.error : undefined;
  const theirs = refused && { body: refused.current as Shown, etag: String(refused.members.current_etag) };
  const found = theirs ? differences(typedOf(shown), typed, typedOf(theirs.body)) : [];
  const groupName = (group: string) => (group === ALL ? say("thresholds.all") : word("mode", group));
  const change = (next: Draft) => {
    setDraft(next);
    save.reset();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate({ typed, on });
  };
  return (
    <form onSubmit={submit} aria-label={say("thresholds.title")} className="grid max-w-5xl gap-4">
      {groupsOf(shown).map((group) => (
        <fieldset key={group} disabled={!may} className="card min-w-0 p-4 pt-2">
          <legend className="float-left mb-2 w-full font-semibold">{groupName(group)}</legend>
          <div className="clear-both grid grid-cols-2 gap-3 lg:grid-cols-4">
            {LIMITS.map((limit) => (
              <Minutes key={limit} text={word("limit", limit)} least={leastOf(limit)} value={typed[nameOf(group, limit)] ?? ""}
                inForce={(group === ALL ? shown.in_force : shown.in_force_by_mode[group])?.[limit]}
                onChange={(value) => change({ typed: { ...typed, [nameOf(group, limit)]: value }, on })} />
            ))}
          </div>
        </fieldset>
      ))}
      {theirs && (
        <Versions found={found}
          nameOf={(pointer) => { const [group = "", limit = ""] = pointer.slice(1).split("."); return `${groupName(group)} · ${word("limit", limit)}`; }}
          onBoth={() => {
            const both = { typed: merged(typedOf(theirs.body), found), on: theirs };
            change(both);
            save.mutate(both);
          }}
          onTheirs={() => {
            setDraft(undefined);
            save.reset();
            void refresh();
          }} />
      )}
      {save.error && !refused && <Problem error={save.error} />}
      {save.isSuccess && <p role="status" className="rounded-md bg-good-bg p-2 text-good">{say("thresholds.saved")}</p>}
      {may
        ? <button type="submit" className="button-main justify-self-start" disabled={save.isPending}>{say("rules.save")}</button>
        : <p className="text-muted">{say("exceptions.mayNot")}</p>}
    </form>
  );
}

/** A number of minutes, with what holds now. */
function Minutes({ text, least, value, inForce, onChange }: { text: string; least: number; value: string; inForce: number | undefined; onChange: (value: string) => void }) {
  const { say, language } = useSay();
  return (
    <label className="grid content-start gap-1">
      <span className="label">{text}</span>
      <input className="field tabular-nums" type="number" inputMode="numeric" min={least} max={MINUTES_MAX} step={1} value={value} onChange={(event) => onChange(event.target.value)} />
      {inForce !== undefined && <span className="text-xs text-muted">{say("thresholds.now", { span: duration(language, inForce) })}</span>}
    </label>
  );
}
