// Home, the control tower: what moves, is stuck, is late, is an exception, as of now.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { client, ok } from "../../api/client";
import { type Key, useSay } from "../../i18n";
import { Ago, Badge, Empty, Loading, Problem } from "../../ui/parts";

const TILES: { key: "moving" | "late" | "stuck" | "exceptions" | "delivered"; search: Record<string, string>; look: string }[] = [
  { key: "moving", search: {}, look: "" },
  { key: "late", search: { exception: "delay" }, look: "text-warn" },
  { key: "stuck", search: { exception: "halt" }, look: "text-warn" },
  { key: "exceptions", search: { exception: "any" }, look: "text-bad" },
  { key: "delivered", search: { status: "delivered" }, look: "text-good" },
];

export default function HomePage() {
  const { say, number } = useSay();
  const counts = useQuery({ queryKey: ["counts"], queryFn: () => ok(client.GET("/v1/shipments/counts")) });
  const latest = useQuery({
    queryKey: ["shipments", "latest"],
    queryFn: () => ok(client.GET("/v1/shipments", { params: { query: { limit: 8 } } })),
  });
  const last = latest.data?.items[0]?.updated_at;

  if (counts.error) return <Problem error={counts.error} retry={() => void counts.refetch()} />;
  if (!counts.data) return <Loading />;
  const most = counts.data.by_status.reduce((top, row) => Math.max(top, row.shipments), 1);
  return (
    <>
      <div className="mb-5 flex flex-wrap items-baseline justify-between gap-2">
        <h1 className="text-xl font-semibold">{say("home.title")}</h1>
        <p className="text-muted"><LastFact at={last} /></p>
      </div>
      {counts.data.by_status.length === 0 ? (
        <Empty title={say("home.empty")}>{say("home.emptyHow")}</Empty>
      ) : (
        <>
          <ul className="grid grid-cols-2 gap-3 md:grid-cols-5">
            {TILES.map((tile) => (
              <li key={tile.key}>
                <Link to="/shipments" search={tile.search} className="card block p-4 hover:border-accent">
                  <span className={`block text-3xl font-semibold tabular-nums ${tile.look}`} data-count={tile.key}>{number(counts.data[tile.key])}</span>
                  <span className="text-muted">{say(`home.${tile.key}` as Key)}</span>
                </Link>
              </li>
            ))}
          </ul>
          <div className="mt-6 grid gap-6 lg:grid-cols-3">
            <section aria-labelledby="causes">
              <h2 id="causes" className="mb-2 font-semibold">{say("home.byCause")}</h2>
              <ul className="card divide-y divide-line">
                {counts.data.by_cause.map((row) => (
                  <li key={row.cause}>
                    <Link to="/exceptions" search={{ cause: row.cause }} className="flex items-center justify-between gap-2 px-3 py-2 hover:bg-sunken">
                      <Badge group="cause" value={row.cause} />
                      <span className="text-right tabular-nums">
                        {say("home.open", { n: row.open })}
                        {row.snoozed > 0 && <span className="text-muted"> · {say("home.snoozed", { n: row.snoozed })}</span>}
                      </span>
                    </Link>
                  </li>
                ))}
                {counts.data.by_cause.length === 0 && <li className="p-3 text-muted">{say("home.allClear")}</li>}
              </ul>
            </section>
            <section aria-labelledby="states">
              <h2 id="states" className="mb-2 font-semibold">{say("home.byStatus")}</h2>
              <ul className="card divide-y divide-line">
                {counts.data.by_status.map((row) => (
                  <li key={row.status}>
                    <Link to="/shipments" search={{ status: row.status }} className="grid grid-cols-[1fr_5rem_3rem] items-center gap-2 px-3 py-2 hover:bg-sunken">
                      <span><Badge group="status" value={row.status} /></span>
                      <span aria-hidden="true" className="h-1.5 rounded bg-sunken">
                        <span className="block h-full rounded bg-accent" style={{ width: `${(row.shipments / most) * 100}%` }} />
                      </span>
                      <span className="text-right tabular-nums">{number(row.shipments)}</span>
                    </Link>
                  </li>
                ))}
              </ul>
            </section>
            <section aria-labelledby="latest">
              <h2 id="latest" className="mb-2 font-semibold">{say("home.latest")}</h2>
              {latest.error ? <Problem error={latest.error} /> : (
                <ul className="card divide-y divide-line">
                  {latest.data?.items.map((row) => (
                    <li key={row.reference}>
                      <Link to="/shipments/$reference" params={{ reference: row.reference }} className="block px-3 py-2 hover:bg-sunken">
                        <span className="flex justify-between gap-2"><bdi className="truncate font-mono text-xs">{row.reference}</bdi><Badge group="status" value={row.status} /></span>
                        <span className="text-xs text-muted"><Ago at={row.updated_at} /></span>
                      </Link>
                    </li>
                  ))}
                </ul>
              )}
            </section>
          </div>
        </>
      )}
    </>
  );
}

function LastFact({ at }: { at: string | undefined }) {
  const { say } = useSay();
  if (!at) return <>{say("home.noFact")}</>;
  const [before = "", after = ""] = say("home.lastFact", { age: "\u0000" }).split("\u0000");
  return <>{before}<Ago at={at} />{after}</>;
}
