// One version of a contract: its lanes, charges and tolerance; the line that a bill stands on is marked. A draft is published here.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { useAttempt } from "../../api/attempt";
import { client, ok, tagged } from "../../api/client";
import { useSay } from "../../i18n";
import { Badge, Loading, Moment, Problem } from "../../ui/parts";
import { useMay } from "../session/me";
import { Who } from "../session/Who";
import { LINEHAUL } from "./bills";
import { AccessorialTerms, LaneTerms } from "./Terms";

const route = getRouteApi("/settlement/contracts/$id");
/** A page holds so many; the one that was asked for is always among them. */
const LANES_SHOWN = 200;

export default function ContractPage() {
  const { say } = useSay();
  const { id } = route.useParams();
  const search = route.useSearch();
  const version = Math.max(1, Number.parseInt(search.version ?? "1", 10) || 1);
  const line = Number.parseInt(search.line ?? "", 10);
  const marked = useRef<HTMLLIElement>(null);
  const query = useQuery({
    queryKey: ["contract", "page", id, version],
    queryFn: () => tagged(client.GET("/v1/rate-contracts/{id}/versions/{version}", { params: { path: { id, version } } })),
  });
  const terms = query.data?.body;
  // In braces: newer browsers answer a promise, which React would take for what undoes the effect.
  useEffect(() => {
    void marked.current?.scrollIntoView({ block: "center" });
  }, [terms]);
  const heading = <h1 className="text-xl font-semibold"><Link to="/settlement/contracts" className="text-sm font-normal text-muted underline">{say("contracts.title")}</Link> <bdi className="block">{terms ? `${terms.carrier} · ${terms.name}` : id}</bdi></h1>;
  if (query.error) return <>{heading}<Problem error={query.error} retry={() => void query.refetch()} /></>;
  if (!terms || !query.data) return <>{heading}<Loading /></>;
  const lanes = terms.lanes.filter((lane, index) => index < LANES_SHOWN || lane.line === line);
  const item = (code: string, of: number) => (code === search.code && of === line ? { ref: marked, "data-marked": true, className: "bg-mark px-3 py-2" } : { className: "px-3 py-2" });

  return (
    <>
      {heading}
      <p className="mb-4 mt-1 flex flex-wrap items-center gap-3 text-muted">
        <Badge group="contract" value={terms.status} /><span>{say("bills.version", { version: terms.version })}</span><span>{terms.currency}</span><span>{terms.valid_from} – {terms.valid_to ?? "…"}</span>
        {terms.published_at ? <span>{say("contracts.published")} <Moment at={terms.published_at} /></span> : <span><Who principal={terms.updated_by} /> · <Moment at={terms.updated_at} /></span>}
      </p>
      {terms.status === "draft" && <Publish id={id} version={version} etag={query.data.etag} />}
      <div className="grid gap-6 lg:grid-cols-[minmax(0,1fr)_20rem]">
        <section aria-labelledby="lanes">
          <h2 id="lanes" className="mb-2 font-semibold">{say("contracts.lanes", { n: terms.lanes.length })}</h2>
          <ol className="card divide-y divide-line">
            {lanes.map((lane) => <li key={lane.line} {...item(LINEHAUL, lane.line)}><span className="text-xs text-muted">{say("bill.line", { line: lane.line })}</span><LaneTerms lane={lane} currency={terms.currency} /></li>)}
          </ol>
          {terms.lanes.length > lanes.length && <p className="mt-2 text-muted">{say("contracts.moreLanes", { n: terms.lanes.length - lanes.length })}</p>}
        </section>
        <div className="grid content-start gap-4">
          {(terms.accessorials?.length ?? 0) > 0 && (
            <section aria-labelledby="charges">
              <h2 id="charges" className="mb-2 font-semibold">{say("contracts.charges")}</h2>
              <ol className="card divide-y divide-line">
                {terms.accessorials?.map((one) => <li key={one.line} {...item(one.code, one.line)}><span className="text-xs text-muted">{say("bill.line", { line: one.line })}</span><AccessorialTerms terms={one} currency={terms.currency} /></li>)}
              </ol>
            </section>
          )}
          {terms.fuel && (
            <section className="card p-3" aria-labelledby="fuel">
              <h2 id="fuel" className="mb-1 font-semibold">{say("contracts.fuel")}</h2>
              <p><code>{terms.fuel.index}</code></p>
              <ul className="text-xs">{terms.fuel.steps.map((step) => <li key={step.at_least}>{say("contracts.fuelStep", { from: step.at_least, percent: step.percent })}</li>)}</ul>
            </section>
          )}
          {terms.tolerance && (
            <section className="card p-3" aria-labelledby="tolerance">
              <h2 id="tolerance" className="mb-1 font-semibold">{say("contracts.tolerance")}</h2>
              <p>{say("contracts.toleranceText", { absolute: `${terms.tolerance.absolute} ${terms.currency}`, percent: terms.tolerance.percent })}</p>
            </section>
          )}
          {terms.tax && (
            <section className="card p-3" aria-labelledby="tax">
              <h2 id="tax" className="mb-1 font-semibold">{say("contracts.tax")}</h2>
              <p>GST <code>{terms.tax.gst}</code> · {terms.tax.supplier_state} → {terms.tax.recipient_state}</p>
            </section>
          )}
        </div>
      </div>
    </>
  );
}

function Publish({ id, version, etag }: { id: string; version: number; etag: string }) {
  const { say } = useSay();
  const queries = useQueryClient();
  const may = useMay("settlement:approve");
  const attempt = useAttempt();
  const mutation = useMutation({
    mutationFn: () => ok(client.POST("/v1/rate-contracts/{id}/versions/{version}/publish", { params: { path: { id, version }, header: { "if-match": etag } }, headers: { "idempotency-key": attempt.keyOf(etag) } })),
    onSuccess: () => queries.invalidateQueries({ predicate: (one) => ["contract", "contracts", "bills", "bill", "bill-counts"].includes(String(one.queryKey[0])) }),
  });
  return (
    <section className="card mb-4 flex flex-wrap items-center gap-3 p-4" aria-label={say("contracts.publish")}>
      <p className="grow text-muted">{say("contracts.draft")}</p>
      {may && <button type="button" className="button-main" disabled={mutation.isPending} onClick={() => mutation.mutate()}>{say("contracts.publish")}</button>}
      {mutation.error && <div className="w-full"><Problem error={mutation.error} /></div>}
    </section>
  );
}
