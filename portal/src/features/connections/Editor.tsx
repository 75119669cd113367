// Making or changing a connection: filled in, tested, saved. What failed its test is saved for a reason only.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useMemo, useState } from "react";
import { client, ok, ProblemError, type Schemas } from "../../api/client";
import { useSay } from "../../i18n";
import { Problem } from "../../ui/parts";
import type { Trial } from "./diagnosis";
import { Form, type Wrong } from "./Form";
import { draftOf, formOf, inLanguage, type Schema, typedOf } from "./schema";
import { Steps } from "./Steps";

type Party = Schemas["PartyShown"];
type Connection = Schemas["Connection"];
type Saved = Schemas["ConnectionSaved"];

/** What a refused save says: the places that are wrong, or the test that failed. */
function refusalOf(error: unknown): { wrong: Wrong[]; trial: Trial | undefined } {
  if (!(error instanceof ProblemError)) return { wrong: [], trial: undefined };
  return { wrong: error.violations, trial: error.code === "connection-test-failed" ? (error.members.test as Trial | undefined) : undefined };
}

export function Editor({ party, stored, etag, onSaved }: { party: Party; stored?: Connection; etag?: string; onSaved: (saved: Saved) => void }) {
  const { say, language } = useSay();
  const queries = useQueryClient();
  const groups = useMemo(() => formOf(inLanguage(party.connection_schema as Schema, language)), [party, language]);
  const [typed, setTyped] = useState(() => (stored ? typedOf(groups, stored) : { "/name": party.name, "/environment": "sandbox" }));
  const [reason, setReason] = useState("");
  const [number, setNumber] = useState("");
  const kept = new Map((stored?.secrets ?? []).map((secret) => [`/secrets/${secret.slot}/${secret.field}`, secret.set_ms]));
  const sample = number.trim() && party.sample ? { kind: party.sample.kind, value: number.trim() } : null;
  // The document says of a draft that it is an object; its types make that one without members.
  const draft = () => draftOf(groups, typed) as Record<string, never>;
  const test = useMutation({ mutationFn: () => ok(client.POST("/v1/connections/test", { body: { party: party.id, connection: draft(), sample } })) });
  const save = useMutation({
    mutationFn: (untested: boolean) => {
      const body = { connection: draft(), sample, untested, reason: reason.trim() || null };
      return stored
        ? ok(client.PUT("/v1/connections/{connection}", { params: { path: { connection: stored.id }, header: { "if-match": etag ?? "" } }, body }))
        : ok(client.POST("/v1/connections", { body: { party: party.id, ...body } }));
    },
    onMutate: () => test.reset(),
    onSuccess: async (saved) => {
      // Nothing that was typed into a secret's field stays in the page.
      setTyped(typedOf(groups, saved));
      await queries.invalidateQueries({ predicate: (one) => ["connections", "audit"].includes(String(one.queryKey[0])) });
      onSaved(saved as Saved);
    },
  });
  const { wrong, trial: failed } = refusalOf(save.error);
  const trial = test.data ?? failed;
  const conflict = save.error instanceof ProblemError && save.error.status === 412;
  const busy = test.isPending || save.isPending;
  const environment = typed["/environment"] ?? "";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(false);
  };
  return (
    <div className="grid gap-6 lg:grid-cols-2">
      <form onSubmit={submit} className="card grid content-start gap-5 p-4" aria-label={say("connect.form")}>
        <Form groups={groups} typed={typed} wrong={wrong} kept={kept} onChange={(pointer, text) => setTyped((now) => ({ ...now, [pointer]: text }))} />
        {party.sample && (
          <label className="grid gap-1">
            <span className="label">{say("connect.sample")}</span>
            <input className="field" maxLength={64} placeholder={party.sample.value} value={number} onChange={(event) => setNumber(event.target.value)} />
            <span className="text-xs text-muted">{say("connect.sampleHow")}</span>
          </label>
        )}
        <div className="flex flex-wrap gap-2">
          {!stored && <button type="button" className="button" disabled={busy} onClick={() => { save.reset(); test.mutate(); }}>{say(test.isPending ? "connect.testing" : "connect.test")}</button>}
          <button type="submit" className="button-main" disabled={busy}>{say(save.isPending ? "connect.testing" : "connect.save")}</button>
        </div>
        <p className="text-xs text-muted">{say("connect.saveHow")}</p>
      </form>
      <div className="grid content-start gap-4">
        {test.error && <Problem error={test.error} />}
        {conflict && <p role="alert" className="rounded-md bg-warn-bg p-3 text-warn">{say("conflict.title")} {say("connect.conflict")}</p>}
        {save.error && !failed && !conflict && <Problem error={save.error} />}
        {trial && <Steps trial={trial} party={party.id} environment={environment} />}
        {failed && (
          <section className="card grid gap-2 p-4" aria-label={say("connect.untested")}>
            <label className="grid gap-1"><span className="label">{say("connect.untestedWhy")}</span><input className="field" maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} /></label>
            <button type="button" className="button justify-self-start" disabled={busy || reason.trim() === ""} onClick={() => save.mutate(true)}>{say("connect.untested")}</button>
          </section>
        )}
      </div>
    </div>
  );
}
