// What became of a bill so far: approvals with what they come to, notes, versions, and what was posted in the ledger.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { client, ok } from "../../api/client";
import { useSay } from "../../i18n";
import { money, nonzero } from "../../ui/money";
import { Ago, Loading, Problem } from "../../ui/parts";
import { Who } from "../session/Who";
import type { Bill } from "./bills";
import { Explanation } from "./Explanation";

export function Past({ bill }: { bill: Bill }) {
  const { say, language } = useSay();
  const [ledger, setLedger] = useState(false);
  const text = (amount: string) => money(language, amount, bill.currency);
  return (
    <div className="grid gap-4">
      {bill.approvals.length > 0 && (
        <section aria-labelledby="approvals">
          <h2 id="approvals" className="mb-2 font-semibold">{say("past.approvals")}</h2>
          {bill.approvals.map((approval) => (
            <div key={approval.entry_id} className="card mb-2 p-3">
              <p><span className="font-medium">{text(approval.payable)}</span> {say("past.payable")} · <span className="text-xs text-muted"><Who principal={approval.by} /> · <Ago at={approval.at} /></span></p>
              {approval.reason && <p><bdi>{approval.reason}</bdi></p>}
              <dl className="mt-1 flex flex-wrap gap-x-4 text-xs">
                {(["freight", "tax_forward", "tax_reverse", "deducted"] as const).filter((key) => nonzero(approval[key])).map((key) => <div key={key} className="flex gap-1"><dt className="text-muted">{say(`past.${key}`)}</dt><dd className="tabular-nums">{text(approval[key])}</dd></div>)}
              </dl>
              {approval.explanation.map((node, index) => <div key={index} className="mt-2"><Explanation node={node} currency={bill.currency} /></div>)}
            </div>
          ))}
        </section>
      )}
      {bill.notes.length > 0 && (
        <section aria-labelledby="notes">
          <h2 id="notes" className="mb-2 font-semibold">{say("past.notes")}</h2>
          <ul className="card divide-y divide-line">
            {bill.notes.map((note) => <li key={note.id} className="px-3 py-2"><span className="font-medium">{say(note.kind === "credit" ? "note.credit" : "note.debit")} <bdi>{note.number}</bdi> <span className="tabular-nums">{text(note.amount)}</span></span><bdi className="block">{note.reason}</bdi><span className="text-xs text-muted"><Who principal={note.by} /> · <Ago at={note.at} /></span></li>)}
          </ul>
        </section>
      )}
      <section aria-labelledby="versions">
        <h2 id="versions" className="mb-2 font-semibold">{say("past.versions")}</h2>
        <ul className="card divide-y divide-line">
          {bill.versions.map((version) => (
            <li key={version.version} className="flex flex-wrap items-center gap-x-3 px-3 py-2">
              <span className="font-medium">{say("bills.version", { version: version.version })}</span>
              {!version.counted && <span className="text-warn">{say("past.notCounted")}</span>}
              {version.correction && <code>{version.correction}</code>}
              <span className="text-xs text-muted"><Ago at={version.received_at} /></span>
              {version.document && <Link className="text-xs underline" to="/messages/$id" params={{ id: version.document }} search={{}}>{say("disputes.document")} <code>{version.document.slice(0, 12)}</code></Link>}
            </li>
          ))}
        </ul>
      </section>
      <details onToggle={(event) => setLedger(event.currentTarget.open)}>
        <summary className="cursor-pointer py-1 font-medium">{say("past.ledger")}</summary>
        {ledger && <Ledger id={bill.id} />}
      </details>
    </div>
  );
}

function Ledger({ id }: { id: string }) {
  const { say, word, meaning, language } = useSay();
  const query = useQuery({ queryKey: ["ledger", id], queryFn: () => ok(client.GET("/v1/ledger/entries", { params: { query: { invoice: id, limit: 200 } } })) });
  if (query.error) return <Problem error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Loading />;
  if (query.data.items.length === 0) return <p className="text-muted">{say("past.nothingPosted")}</p>;
  return (
    <ol className="card mt-2 divide-y divide-line">
      {query.data.items.map((entry) => (
        <li key={entry.id} className="px-3 py-2">
          <p><span className="font-medium">{word("entry", entry.kind)}</span> {meaning(`posted.${entry.kind}`)} <bdi lang="en">{entry.memo}</bdi> <span className="text-xs text-muted"><Who principal={entry.by} /> · <Ago at={entry.at} /></span></p>
          <ul className="text-xs">
            {entry.postings.map((posting, index) => <li key={index} className="flex max-w-md justify-between gap-3"><span>{word("account", posting.account)}</span><span className="tabular-nums">{money(language, posting.amount, posting.currency)}</span></li>)}
          </ul>
        </li>
      ))}
    </ol>
  );
}
