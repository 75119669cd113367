// One import, from the guesses to the orders: every decision is checked at once on all rows, and nothing is made before the commit.
import { getRouteApi, Link } from "@tanstack/react-router";
import { ProblemError } from "../../api/client";
import { useSay } from "../../i18n";
import { Ago, Badge, Loading, Problem, Told } from "../../ui/parts";
import { useMay } from "../session/me";
import { Who } from "../session/Who";
import { type Import, NONE, percent } from "./choices";
import { Columns } from "./Columns";
import { Reading } from "./Reading";
import { Repairs } from "./Repairs";
import { runs, useImport } from "./useImport";

const route = getRouteApi("/imports/$id");

export default function ImportPage() {
  const { say } = useSay();
  const { id } = route.useParams();
  const { repeated } = route.useSearch();
  const may = useMay("orders:write");
  const { query, choose, end } = useImport(id);
  const found = query.data;
  const heading = <h1 className="text-xl font-semibold"><span className="sr-only">{say("imports.one")} </span><bdi>{found?.file_name ?? id.slice(0, 40)}</bdi></h1>;
  if (query.error) return <>{heading}<Problem error={query.error} retry={() => void query.refetch()} /></>;
  if (!found) return <>{heading}<Loading /></>;
  const open = found.status === "checking" || found.status === "ready" || found.status === "failed";
  const report = found.report;
  const choices = found.choices ?? NONE;
  const conflict = choose.error instanceof ProblemError && choose.error.status === 412;

  return (
    <>
      {heading}
      <p className="mb-4 mt-1 flex flex-wrap items-center gap-3 text-muted">
        <Badge group="import" value={found.status} /><span><Who principal={found.created_by} /> · <Ago at={found.created_at} /></span>
        <Link className="underline" to="/imports">{say("imports.back")}</Link>
      </p>
      {repeated && <p role="note" className="mb-3 rounded-md bg-warn-bg p-3 text-warn">{say("imports.repeatedNote")}</p>}
      {found.failure && <p role="alert" className="mb-3 rounded-md bg-bad-bg p-3 text-bad"><Told code={found.failure_code ?? "import-failed"} detail={found.failure} /></p>}
      {conflict && <p role="alert" className="mb-3 rounded-md bg-warn-bg p-3 text-warn">{say("imports.conflict")}</p>}
      {choose.error && !conflict && <div className="mb-3"><Problem error={choose.error} /></div>}
      {end.error && <div className="mb-3"><Problem error={end.error} retry={() => { end.reset(); void query.refetch(); }} /></div>}
      <Outcome found={found} may={may} busy={end.isPending || choose.isPending} onEnd={(what) => end.mutate({ what, version: found.version })} />
      {report && open && (
        <div className="mt-4 grid gap-4">
          <Repairs problems={report.problems} choices={choices} busy={choose.isPending} may={may} onChange={(change) => choose.mutate(change)} />
          {may && <Columns columns={report.columns} choices={choices} missing={report.missing} busy={choose.isPending} onChange={(change) => choose.mutate(change)} />}
          {may && <Reading choices={choices} report={report} onChange={(change) => choose.mutate(change)} />}
        </div>
      )}
    </>
  );
}

/** What would come of it, or has; and the one button that makes orders. */
function Outcome({ found, may, busy, onEnd }: { found: Import; may: boolean; busy: boolean; onEnd: (what: "commit" | "cancel") => void }) {
  const { say } = useSay();
  const done = found.status === "done";
  const lacks = (found.report?.missing.length ?? 0) > 0;
  return (
    <section aria-labelledby="outcome" className="card p-4">
      <h2 id="outcome" className="sr-only">{say("imports.outcome")}</h2>
      <dl className="flex flex-wrap gap-x-8 gap-y-2">
        <Count title={say(done || found.status === "committing" ? "imports.made" : "imports.wouldMake")} value={found.orders} name="orders" look="text-good" />
        <Count title={say(done ? "imports.rejectedRows" : "imports.wouldReject")} value={found.rejected_rows} name="rejected" look={found.rejected_rows > 0 ? "text-bad" : ""} />
        <Count title={say("imports.rowsAll")} value={found.report?.rows ?? 0} name="rows" look="" />
      </dl>
      <div role="status" className="mt-2 min-h-6">
        {runs(found.status) && (
          <label className="flex items-center gap-3 text-muted">
            {say(found.status === "checking" ? "imports.checking" : "imports.committing")}
            <progress className="h-2 w-48 accent-accent" max={100} value={percent(found.progress)} /> <span className="tabular-nums">{percent(found.progress)} %</span>
          </label>
        )}
        {found.status === "committing" && <p className="text-muted">{say("imports.mayClose")}</p>}
        {done && <p className="text-good">{say("imports.doneNote", { n: found.orders })}</p>}
        {found.status === "cancelled" && <p className="text-muted">{say("imports.cancelledNote")}</p>}
        {found.status === "ready" && lacks && <p className="text-warn">{say("imports.lacks")}</p>}
        {found.status === "ready" && !lacks && found.orders === 0 && <p className="text-warn">{say("imports.nothing")}</p>}
      </div>
      <div className="mt-3 flex flex-wrap gap-2">
        {may && (found.status === "ready" || found.status === "checking") && (
          <button type="button" className="button-main" disabled={busy || found.status !== "ready" || lacks || found.orders === 0} onClick={() => onEnd("commit")}>{say("imports.commit", { n: found.orders })}</button>
        )}
        {done && <Link className="button-main" to="/orders" search={{}}>{say("imports.seeOrders")}</Link>}
        {(done || found.status === "ready") && found.rejected_rows > 0 && <a className="button" href={`/v1/orders/imports/${found.id}/rejects`} download>{say("imports.rejects", { n: found.rejected_rows })}</a>}
        {may && !done && found.status !== "cancelled" && <button type="button" className="button" disabled={busy} onClick={() => onEnd("cancel")}>{say("imports.cancel")}</button>}
      </div>
    </section>
  );
}

function Count({ title, value, name, look }: { title: string; value: number; name: string; look: string }) {
  const { number } = useSay();
  return (
    <div>
      <dt className="label">{title}</dt>
      <dd className={`text-2xl font-semibold tabular-nums ${look}`} data-count={name}>{number(value)}</dd>
    </div>
  );
}
