// The freight bills by what is to be done with them: those that agree are approved together, the others one by one.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useAttempt } from "../../api/attempt";
import { client, ok } from "../../api/client";
import { usePages } from "../../api/pages";
import { useSay } from "../../i18n";
import { Choice } from "../../ui/Choice";
import { LongTable } from "../../ui/LongTable";
import { money } from "../../ui/money";
import { Ago, Badge, Empty, Loading, Problem, Told } from "../../ui/parts";
import { useMay } from "../session/me";
import { approval, BULK_MAX, OUTCOMES, type Row, STATUSES, totals } from "./bills";
import { Overview } from "./Overview";
import { SettlementTabs } from "./SettlementTabs";

const route = getRouteApi("/settlement");

export default function BillsPage() {
  const { say, word, language } = useSay();
  const navigate = useNavigate();
  const search = route.useSearch();
  const { status, outcome, carrier, number } = search;
  const may = useMay("settlement:approve");
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const [words, setWords] = useState(number ?? "");
  const { pages, rows, renew } = usePages(["bills", { status, outcome, carrier, number }], (cursor) => ok(client.GET("/v1/freight-invoices", { params: { query: { status, outcome, carrier, number, limit: 100, cursor } } })));
  const filtered = Boolean(status || outcome || carrier || number);
  const go = (change: Partial<typeof search>) => void navigate({ to: "/settlement", search: { ...search, ...change }, replace: true });
  const find = (event: FormEvent) => {
    event.preventDefault();
    go({ number: words.trim() || undefined });
  };
  const approvable = rows.filter((row) => approval(row) !== "never");
  const chosen = approvable.filter((row) => marked.has(row.id)).slice(0, BULK_MAX);
  const mark = (ids: string[], on: boolean) => {
    const next = new Set(marked);
    for (const id of ids) {
      if (on) next.add(id);
      else next.delete(id);
    }
    setMarked(next);
  };
  const amount = (row: Row, value: string | null | undefined) => <span className="tabular-nums">{money(language, value, row.currency)}</span>;

  return (
    <>
      <h1 className="mb-2 text-xl font-semibold">{say("nav.settlement")}</h1>
      <SettlementTabs />
      <Overview chosen={{ status, outcome }} />
      <div className="mb-3 flex flex-wrap items-end gap-3">
        <form onSubmit={find} role="search" className="flex items-end gap-2">
          <label className="grid gap-1">
            <span className="label">{say("bills.find")}</span>
            <input data-search className="field w-48" maxLength={200} value={words} onChange={(event) => setWords(event.target.value)} />
          </label>
          <button type="submit" className="button">{say("orders.search")}</button>
        </form>
        <Choice label={say("messages.state")} value={status} onChange={(value) => go({ status: value })} options={STATUSES.map((value) => [value, word("bill", value)])} />
        <Choice label={say("bills.outcome")} value={outcome} onChange={(value) => go({ outcome: value })} options={OUTCOMES.map((value) => [value, word("outcome", value)])} />
        {filtered && <button type="button" className="button" onClick={() => { setWords(""); go({ status: undefined, outcome: undefined, carrier: undefined, number: undefined }); }}>{say("table.clear")}</button>}
      </div>
      {pages.error && <div className="mb-3"><Problem error={pages.error} retry={() => void pages.refetch()} /></div>}
      {may && <Bulk chosen={chosen} onDone={(failed) => setMarked(new Set(failed))} />}
      {pages.isPending && !pages.error && <Loading />}
      {pages.data && rows.length === 0 && (filtered ? <Empty title={say("table.nothing")} /> : <Empty title={say("bills.empty")}>{say("bills.emptyHow")}</Empty>)}
      {may && approvable.length > 0 && (
        <label className="mb-2 flex items-center gap-2">
          <input type="checkbox" className="size-6" checked={approvable.slice(0, BULK_MAX).every((row) => marked.has(row.id))}
            onChange={(event) => mark(approvable.slice(0, BULK_MAX).map((row) => row.id), event.target.checked)} />
          {say("bills.markAll", { n: Math.min(approvable.length, BULK_MAX) })}
        </label>
      )}
      {rows.length > 0 && (
        <LongTable
          label={say("bills.title")}
          rows={rows}
          id={(row) => row.id}
          more={pages.hasNextPage}
          loading={pages.isFetchingNextPage}
          onEnd={() => void pages.fetchNextPage()}
          renew={renew}
          onOpen={(row) => void navigate({ to: "/settlement/bills/$id", params: { id: row.id } })}
          href={(row) => `/settlement/bills/${row.id}`}
          columns={[
            { title: say("shipments.number"), cell: (row) => row.number, main: true },
            {
              title: say("bills.standing"),
              width: "w-52 md:w-56",
              cell: (row) => (
                <span className="flex items-center gap-2">
                  {may && approval(row) !== "never" && (
                    <input type="checkbox" className="size-6 shrink-0" checked={marked.has(row.id)} aria-label={say("exceptions.mark", { reference: row.number })} onChange={() => mark([row.id], !marked.has(row.id))} />
                  )}
                  {row.status === "open" ? <Badge group="outcome" value={row.outcome} /> : <Badge group="bill" value={row.status} />}
                </span>
              ),
            },
            { title: say("orders.carrier"), cell: (row) => <bdi>{row.carrier}</bdi>, wide: true, width: "w-24" },
            { title: say("bills.expected"), cell: (row) => amount(row, row.expected_total), wide: true },
            { title: say("bills.billed"), cell: (row) => amount(row, row.total), wide: true },
            { title: say("bills.variance"), cell: (row) => amount(row, row.variance), wide: true },
            { title: say("messages.received"), cell: (row) => <Ago at={row.received_at} />, wide: true },
          ]}
        />
      )}
    </>
  );
}

/** Approves what is marked; each bill has its own result, and one that failed stays marked. */
function Bulk({ chosen, onDone }: { chosen: Row[]; onDone: (failed: string[]) => void }) {
  const { say, language } = useSay();
  const queries = useQueryClient();
  const [reason, setReason] = useState("");
  const attempt = useAttempt();
  const reasoned = chosen.filter((row) => approval(row) === "reasoned").length;
  const bulk = useMutation({
    mutationFn: () => {
      const body = { approve: chosen.map(({ id, total }) => ({ id, total })), reason: reason.trim() || null };
      return ok(client.POST("/v1/freight-invoices/bulk", { headers: { "idempotency-key": attempt.keyOf(body) }, body }));
    },
    onSuccess: async (answer) => {
      attempt.done();
      setReason("");
      onDone(answer.results.filter((result) => !result.done).map((result) => result.id));
      await queries.invalidateQueries({ predicate: (one) => ["bills", "bill", "bill-counts"].includes(String(one.queryKey[0])) });
    },
  });
  const failed = bulk.data?.results.filter((result) => !result.done) ?? [];
  return (
    <>
      {chosen.length > 0 && (
        <section aria-labelledby="bulk" className="card mb-3 border-accent p-4">
          <h2 id="bulk" className="font-semibold">{say("bills.marked", { n: chosen.length })}</h2>
          <p className="mb-2 tabular-nums">{totals(chosen).map(([currency, total]) => money(language, total, currency)).join(" + ")}</p>
          {reasoned > 0 && (
            <label className="mb-2 grid gap-1">
              <span className="label">{say("bills.bulkReason", { n: reasoned })}</span>
              <input className="field" maxLength={1000} value={reason} onChange={(event) => setReason(event.target.value)} />
            </label>
          )}
          <button type="button" className="button-main" disabled={bulk.isPending || (reasoned > 0 && reason.trim() === "")} onClick={() => bulk.mutate()}>{say("bills.approveMarked", { n: chosen.length })}</button>
          {bulk.error && <div className="mt-3"><Problem error={bulk.error} /></div>}
        </section>
      )}
      {bulk.data && (
        <p role="status" data-bulk className={`mb-3 rounded-md p-2 ${failed.length > 0 ? "bg-warn-bg text-warn" : "bg-good-bg text-good"}`}>
          {say("bills.approved", { n: bulk.data.results.length - failed.length })}
          {failed.map((result) => <span key={result.id} className="block text-xs"><Told code={result.code ?? ""} detail={result.detail} /></span>)}
        </p>
      )}
    </>
  );
}
