// The audit log: who did what, about what, newest first; and the proof that nobody changed it.
import { useMutation } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { client, ok } from "../../api/client";
import { usePages } from "../../api/pages";
import { useSay } from "../../i18n";
import { Empty, Loading, Moment, More, Problem } from "../../ui/parts";
import { Copy } from "../../ui/Secret";
import { Who } from "../session/Who";
import { SettingsHead } from "./SettingsTabs";

const route = getRouteApi("/settings/audit");

export default function AuditPage() {
  const { say } = useSay();
  const navigate = useNavigate();
  const { subject } = route.useSearch();
  const [text, setText] = useState(subject ?? "");
  const { pages, rows: items } = usePages(["audit", subject], (cursor) => ok(client.GET("/v1/audit", { params: { query: { subject, limit: 100, cursor } } })));
  const find = (event: FormEvent) => {
    event.preventDefault();
    void navigate({ to: "/settings/audit", search: { subject: text.trim() || undefined }, replace: true });
  };
  return (
    <>
      <SettingsHead />
      <Verify />
      <form onSubmit={find} role="search" className="mb-3 flex flex-wrap items-end gap-2">
        <label className="grid gap-1"><span className="label">{say("audit.subject")}</span><input data-search className="field w-80 max-w-full" maxLength={200} placeholder="order/…" value={text} onChange={(event) => setText(event.target.value)} /></label>
        <button type="submit" className="button">{say("orders.search")}</button>
        {subject && <Link className="button" to="/settings/audit" search={{}} onClick={() => setText("")}>{say("table.clear")}</Link>}
      </form>
      {pages.error && <Problem error={pages.error} retry={() => void pages.refetch()} />}
      {pages.isPending && !pages.error && <Loading />}
      {pages.data && items.length === 0 && <Empty title={say(subject ? "table.nothing" : "audit.empty")} />}
      {items.length > 0 && (
        <ol className="card divide-y divide-line">
          {items.map((entry) => (
            <li key={entry.seq} className="px-3 py-2">
              <details>
                <summary className="flex cursor-pointer flex-wrap items-baseline gap-x-3 gap-y-0.5">
                  <span className="text-xs text-muted tabular-nums">{entry.seq}</span>
                  <code className="font-semibold">{entry.action}</code>
                  <span className="min-w-0 truncate"><Who principal={entry.subject} /></span>
                  <span className="ml-auto text-xs text-muted"><Who principal={entry.actor} /> · <Moment at={entry.at} /></span>
                </summary>
                <pre className="mt-2 overflow-x-auto rounded bg-sunken p-2 text-xs" tabIndex={0}>{JSON.stringify(entry.detail, undefined, 2)}</pre>
                <p className="mt-1 text-xs text-muted"><code className="select-all">{entry.actor}</code> · <code className="select-all">{entry.subject}</code></p>
                <p className="text-xs text-muted">{say("audit.hash")} <code className="select-all">{entry.hash}</code></p>
                <p className="text-xs"><Link className="underline" to="/settings/audit" search={{ subject: entry.subject }} onClick={() => setText(entry.subject)}>{say("audit.about")}</Link></p>
              </details>
            </li>
          ))}
        </ol>
      )}
      <More pages={pages} />
    </>
  );
}

function Verify() {
  const { say } = useSay();
  const [witness, setWitness] = useState("");
  const mutation = useMutation({ mutationFn: () => ok(client.POST("/v1/audit/verify", witness.trim() ? { body: { witness: witness.trim() } } : {})) });
  const found = mutation.data;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    mutation.mutate();
  };
  return (
    <details className="card mb-4 p-4">
      <summary className="cursor-pointer font-medium">{say("audit.verify")}</summary>
      <p className="my-2 text-muted">{say("audit.verifyHow")}</p>
      <form onSubmit={submit} className="flex flex-wrap items-end gap-2">
        <label className="grid min-w-0 grow gap-1"><span className="label">{say("audit.witness")}</span><input className="field" maxLength={200} value={witness} onChange={(event) => setWitness(event.target.value)} /></label>
        <button type="submit" className="button-main" disabled={mutation.isPending}>{say("audit.verify")}</button>
      </form>
      {mutation.error && <div className="mt-3"><Problem error={mutation.error} /></div>}
      {found && (
        <div role="status" data-verified={found.ok} className={`mt-3 rounded-md p-3 ${found.ok ? "bg-good-bg text-good" : "bg-bad-bg text-bad"}`}>
          <p className="font-medium">{found.ok ? say("audit.good", { n: found.count }) : say("audit.broken", { seq: String(found.first_broken ?? "") })}</p>
          {found.why && <p>{found.why}</p>}
          <p className="mt-1 flex flex-wrap items-center gap-2 text-xs text-ink">{say("audit.head")} <code className="select-all [overflow-wrap:anywhere]">{found.head}</code> <Copy text={found.head} /></p>
        </div>
      )}
    </details>
  );
}
