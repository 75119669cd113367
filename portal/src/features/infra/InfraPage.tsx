// How the installation stands: traffic of the last hour, roles, log, stores, and what waits for one's own company.
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { client, ok, type Schemas } from "../../api/client";
import { useSay } from "../../i18n";
import { Ago, Badge, Loading, Moment, Problem } from "../../ui/parts";
import { Chart } from "./Chart";
import { columns, count, millis, percent, seconds, size, spanOf } from "./figures";

type Stand = Schemas["OperationsOut"];
const EVERY_MS = 5_000;

export default function InfraPage() {
  const { say } = useSay();
  const query = useQuery({ queryKey: ["operations"], queryFn: () => ok(client.GET("/v1/operations")), refetchInterval: EVERY_MS });
  const stand = query.data;
  const heading = <h1 className="text-xl font-semibold">{say("nav.infra")}</h1>;
  if (query.error && !stand) return <>{heading}<Problem error={query.error} retry={() => void query.refetch()} /></>;
  if (!stand) return <>{heading}<Loading /></>;
  return (
    <>
      <div className="mb-4 flex flex-wrap items-baseline justify-between gap-2">
        {heading}
        <p className="flex items-center gap-2 text-muted"><Badge group="condition" value={stand.status} /><span>{say("infra.asOf")} <Moment at={stand.at} /></span></p>
      </div>
      {query.error && <div className="mb-4"><Problem error={query.error} /></div>}
      <Traffic traffic={stand.traffic} />
      <div className="mt-6 grid gap-6 lg:grid-cols-2">
        <Roles stand={stand} />
        <Yours yours={stand.yours} />
        <Log log={stand.log} />
        <Stores stand={stand} />
      </div>
      <Processes processes={stand.processes} />
    </>
  );
}

function Traffic({ traffic }: { traffic: Stand["traffic"] }) {
  const { say, language } = useSay();
  const navigate = useNavigate();
  const { minutes } = traffic;
  const requests = useMemo(() => columns(minutes, ["requests", "refused", "failed"]), [minutes]);
  const waits = useMemo(() => columns(minutes, ["p95_ms"]), [minutes]);
  const pick = (index: number) => {
    const minute = minutes[index];
    if (minute) void navigate({ to: "/messages", search: spanOf(minute) });
  };
  const figures = [
    ["infra.rate", count(language, traffic.requests_per_min), ""],
    ["infra.failed", percent(language, traffic.failed), traffic.failed > 0 ? "text-bad" : ""],
    ["infra.refused", percent(language, traffic.refused), ""],
    ["infra.p95", millis(language, traffic.p95_ms), ""],
  ] as const;
  return (
    <section aria-label={say("infra.traffic")}>
      <dl className="mb-3 grid grid-cols-2 gap-3 md:grid-cols-4">
        {figures.map(([key, text, look]) => <div key={key} className="card p-3"><dt className="label">{say(key)}</dt><dd className={`text-xl font-semibold tabular-nums ${look}`}>{text}</dd></div>)}
      </dl>
      <div className="grid gap-3 lg:grid-cols-2">
        <Chart title={say("infra.requests")} data={requests} onPick={pick} series={[{ label: say("infra.all"), color: "--accent" }, { label: say("infra.refused"), color: "--warn", dashed: true }, { label: say("infra.failed"), color: "--bad" }]} />
        <Chart title={say("infra.p95Of")} data={waits} onPick={pick} series={[{ label: say("infra.p95"), color: "--accent" }]} />
      </div>
      <p className="mt-1 text-xs text-muted">{say("infra.pick")}</p>
      <details className="mt-2">
        <summary className="cursor-pointer py-1">{say("infra.table")}</summary>
        <div className="card max-h-80 overflow-auto" tabIndex={0} role="region" aria-label={say("infra.table")}>
          <table className="w-full text-right text-xs tabular-nums">
            <thead className="sticky top-0 bg-sunken text-muted"><tr>{(["infra.minute", "infra.all", "infra.refused", "infra.failed", "infra.p95"] as const).map((key) => <th key={key} scope="col" className="px-3 py-1.5 font-medium first:text-left">{say(key)}</th>)}</tr></thead>
            <tbody>
              {[...minutes].reverse().map((minute) => (
                <tr key={minute.at} className="border-t border-line">
                  <th scope="row" className="whitespace-nowrap px-3 py-1.5 text-left font-normal"><Link className="underline" to="/messages" search={spanOf(minute)}><Moment at={minute.at} /></Link></th>
                  <td className="whitespace-nowrap px-3">{count(language, minute.requests)}</td><td className="whitespace-nowrap px-3">{count(language, minute.refused)}</td>
                  <td className={`px-3 ${minute.failed > 0 ? "font-semibold text-bad" : ""}`}>{count(language, minute.failed)}</td><td className="whitespace-nowrap px-3">{millis(language, minute.p95_ms)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </section>
  );
}

function Roles({ stand }: { stand: Stand }) {
  const { say, language } = useSay();
  return (
    <section aria-labelledby="roles" className="min-w-0">
      <h2 id="roles" className="mb-2 font-semibold">{say("infra.roles")}</h2>
      <div className="card overflow-x-auto" tabIndex={0} role="region" aria-labelledby="roles">
        <table className="w-full text-left text-xs">
          <thead className="bg-sunken text-muted"><tr>{(["infra.role", "infra.health", "infra.count", "infra.rate", "infra.failed", "infra.p95"] as const).map((key) => <th key={key} scope="col" className="px-3 py-2 font-medium">{say(key)}</th>)}</tr></thead>
          <tbody>
            {stand.roles.map((role) => (
              <tr key={role.role} data-role={role.role} className="border-t border-line">
                <th scope="row" className="px-3 py-2 font-medium"><code>{role.role}</code></th><td className="whitespace-nowrap px-3"><Badge group="condition" value={role.status} /></td><td className="whitespace-nowrap px-3 tabular-nums">{role.processes}</td>
                <td className="whitespace-nowrap px-3 tabular-nums">{count(language, role.requests_per_min)}</td><td className="whitespace-nowrap px-3 tabular-nums">{percent(language, role.failed)}</td><td className="whitespace-nowrap px-3 tabular-nums">{millis(language, role.p95_ms)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Log({ log }: { log: Stand["log"] }) {
  const { say, language } = useSay();
  return (
    <section aria-labelledby="log" className="min-w-0">
      <h2 id="log" className="mb-2 flex items-center gap-2 font-semibold">{say("infra.log")} <code className="text-xs font-normal">{log.kind}</code> <Badge group="condition" value={log.status} /></h2>
      {log.outbox_age_s !== null && log.outbox_age_s !== undefined && <p className="mb-2">{say("infra.outbox")} {seconds(language, log.outbox_age_s)}</p>}
      <ul className="card divide-y divide-line text-xs">
        {log.groups.map((group) => (
          <li key={group.group} className="flex flex-wrap items-center justify-between gap-x-3 px-3 py-2">
            <span className="font-medium"><code>{group.group}</code> <Badge group="condition" value={group.status} /></span>
            <span className={`tabular-nums ${group.behind > 0 ? "text-warn" : "text-muted"}`}>{say("infra.behind", { n: group.behind })}{group.more && "+"}{group.oldest_s !== null && group.oldest_s !== undefined && <> · {seconds(language, group.oldest_s)}</>} · {say("infra.members", { n: group.members })}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Stores({ stand }: { stand: Stand }) {
  const { say, language } = useSay();
  const { database, disks, kafka } = stand;
  return (
    <section aria-labelledby="stores">
      <h2 id="stores" className="mb-2 font-semibold">{say("infra.stores")}</h2>
      <ul className="card divide-y divide-line text-xs">
        <li className="flex flex-wrap items-center justify-between gap-x-3 px-3 py-2"><span className="font-medium">PostgreSQL <Badge group="condition" value={database.status} /></span><span className="tabular-nums text-muted">{size(language, database.bytes)} · {say("infra.connections", { used: database.connections ?? 0, most: database.connections_max ?? 0 })}</span></li>
        {disks.map((disk, index) => <li key={index} className="flex flex-wrap items-center justify-between gap-x-3 px-3 py-2"><span className="font-medium">{say("infra.documents")}</span><span className={`tabular-nums ${disk.free_bytes < disk.bytes / 10 ? "text-bad" : "text-muted"}`}>{say("infra.free", { free: size(language, disk.free_bytes), all: size(language, disk.bytes) })}</span></li>)}
        {kafka && <li className="flex flex-wrap items-center justify-between gap-x-3 px-3 py-2"><span className="font-medium">Kafka <Badge group="condition" value={kafka.status} /></span><span className="tabular-nums text-muted">{say("infra.brokers", { n: kafka.brokers ?? 0 })}</span></li>}
      </ul>
    </section>
  );
}

/** What waits for the caller's own company. */
function Yours({ yours }: { yours: Stand["yours"] }) {
  const { say, word, language } = useSay();
  const broken = yours.breakers.filter((breaker) => breaker.state !== "closed");
  const waiting = (yours.quarantined ?? 0) + yours.parked.length + broken.length;
  return (
    <section aria-labelledby="yours">
      <h2 id="yours" className="mb-2 font-semibold">{say("infra.yours")}</h2>
      <ul className="card divide-y divide-line text-xs">
        {waiting === 0 && !yours.unread && <li className="px-3 py-2 text-good">✓ {say("infra.nothing")}</li>}
        {yours.unread && <li className="px-3 py-2 text-warn">! {say("infra.unread")}</li>}
        {(yours.quarantined ?? 0) > 0 && <li className="px-3 py-2"><Link className="underline" to="/messages" search={{ status: "quarantined" }}>{say("infra.quarantined", { n: yours.quarantined ?? 0 })}</Link></li>}
        {yours.parked.map((parked) => <li key={parked.group} className="px-3 py-2">{say("infra.parked", { n: parked.events, group: parked.group })} · {seconds(language, parked.oldest_s)}</li>)}
        {yours.breakers.map((breaker) => <li key={`${breaker.connection} ${breaker.endpoint}`} className="flex flex-wrap justify-between gap-x-3 px-3 py-2"><span><bdi>{breaker.connection}</bdi> <code>{breaker.endpoint}</code></span><span className={breaker.state === "closed" ? "text-good" : "text-bad"}>{word("breaker", breaker.state)}{breaker.refuses_for_ms > 0 && <> · {seconds(language, breaker.refuses_for_ms / 1000)}</>}</span></li>)}
      </ul>
    </section>
  );
}

function Processes({ processes }: { processes: Stand["processes"] }) {
  const { say, language } = useSay();
  return (
    <section aria-labelledby="processes" className="mt-6">
      <h2 id="processes" className="mb-2 font-semibold">{say("infra.processes", { n: processes.length })}</h2>
      <ul className="grid gap-3 lg:grid-cols-2">
        {processes.map((process, index) => (
          <li key={process.instance ?? index} className="card min-w-0 p-3 text-xs">
            <p className="flex flex-wrap items-center gap-2"><Badge group="condition" value={process.status} /><code className="font-medium">{process.roles.join(", ")}</code></p>
            <p className="mt-1 text-muted">{process.version} · {size(language, process.memory_bytes)} · {say("infra.since")} <Ago at={process.started_at} /></p>
            {process.checks.some((check) => !check.ok) && <ul className="mt-1">{process.checks.filter((check) => !check.ok).map((check) => <li key={check.name} className="text-bad">✕ {check.name}: {check.detail}</li>)}</ul>}
            <details className="mt-1">
              <summary className="cursor-pointer">{say("infra.pools", { n: process.pools.length })}</summary>
              <ul>{process.pools.map((pool) => <li key={pool.name} className="flex justify-between gap-3"><code>{pool.name}</code><span className={`tabular-nums ${pool.used >= pool.most ? "text-bad" : ""}`}>{say("infra.pool", { used: pool.used, idle: pool.idle, most: pool.most })}</span></li>)}</ul>
            </details>
          </li>
        ))}
      </ul>
    </section>
  );
}
