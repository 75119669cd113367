// What was handed over to whoever pays, with its file; and handing over what is approved.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useAttempt } from "../../api/attempt";
import { client, ok } from "../../api/client";
import { usePages } from "../../api/pages";
import { useSay } from "../../i18n";
import { Ago, Empty, Loading, More, Problem } from "../../ui/parts";
import { useMay } from "../session/me";
import { Who } from "../session/Who";
import { SettlementTabs } from "./SettlementTabs";

export default function HandOversPage() {
  const { say } = useSay();
  const queries = useQueryClient();
  const may = useMay("settlement:approve");
  const attempt = useAttempt();
  const counts = useQuery({ queryKey: ["bill-counts"], queryFn: () => ok(client.GET("/v1/freight-invoices/counts")) });
  const { pages, rows: items } = usePages(["hand-overs"], (cursor) => ok(client.GET("/v1/hand-overs", { params: { query: { limit: 50, cursor } } })));
  const mutation = useMutation({
    mutationFn: () => ok(client.POST("/v1/hand-overs", { params: { header: { "idempotency-key": attempt.keyOf("hand-over") } }, body: {} })),
    onSuccess: async () => {
      attempt.done();
      await queries.invalidateQueries({ predicate: (one) => ["hand-overs", "bills", "bill", "bill-counts"].includes(String(one.queryKey[0])) });
    },
  });
  const waiting = counts.data?.by_status.approved ?? 0;

  return (
    <>
      <h1 className="mb-2 text-xl font-semibold">{say("nav.settlement")}</h1>
      <SettlementTabs />
      {may && (
        <section className="card mb-4 flex flex-wrap items-center gap-3 p-4" aria-label={say("handOvers.make")}>
          <p className="grow">{waiting > 0 ? say("handOvers.waiting", { n: waiting }) : say("handOvers.none")}</p>
          {/* Notes that were booked later go alone, and the counts do not tell of them: the API says when nothing waits. */}
          <button type="button" className={waiting > 0 ? "button-main" : "button"} disabled={mutation.isPending} onClick={() => mutation.mutate()}>{say("handOvers.make")}</button>
          {mutation.error && <div className="w-full"><Problem error={mutation.error} /></div>}
          {mutation.data && (
            <p role="status" className="w-full rounded-md bg-good-bg p-2 text-good">
              {say("handOvers.made", { n: mutation.data.invoices })} <a className="underline" href={mutation.data.file} download>{say("handOvers.file")}</a>
            </p>
          )}
        </section>
      )}
      {pages.error && <Problem error={pages.error} retry={() => void pages.refetch()} />}
      {pages.isPending && !pages.error && <Loading />}
      {pages.data && items.length === 0 && <Empty title={say("handOvers.empty")}>{say("handOvers.emptyHow")}</Empty>}
      {items.length > 0 && (
        <ul className="card divide-y divide-line">
          {items.map((one) => (
            <li key={one.id} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 px-3 py-2">
              <span><span className="font-medium">{say("handOvers.bills", { n: one.invoices })}</span> <span className="text-xs text-muted"><Who principal={one.by} /> · <Ago at={one.at} /></span></span>
              <a className="underline" href={one.file} download>{say("handOvers.file")}</a>
            </li>
          ))}
        </ul>
      )}
      <More pages={pages} />
    </>
  );
}
