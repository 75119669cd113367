// One shipment: where it stands and why, every fact with its source down to the bytes, promise, exceptions, detention.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { client, ok } from "../../api/client";
import { useSay } from "../../i18n";
import { Ago, Badge, Empty, Loading, Moment, Problem } from "../../ui/parts";
import { duration } from "../../ui/time";
import { Expected } from "./Expected";
import { Places } from "./Places";
import { whereOf } from "./places";
import { Share } from "./Share";
import { type Group, groups, type Milestone, ZOOMS, zoomOf } from "./zoom";

const route = getRouteApi("/shipments/$reference");

export default function TimelinePage() {
  const { say, word, meaning, language } = useSay();
  const { reference } = route.useParams();
  const navigate = useNavigate();
  const zoom = zoomOf(route.useSearch().zoom);
  const query = useQuery({
    queryKey: ["timeline", reference],
    queryFn: () => ok(client.GET("/v1/shipments/{reference}/timeline", { params: { path: { reference } } })),
  });
  const shipment = query.data;
  const heading = <h1 className="mb-3 text-xl font-semibold"><span className="sr-only">{say("timeline.title")} </span><bdi className="font-mono">{reference.slice(0, 200)}</bdi></h1>;
  if (query.error) return <>{heading}<Problem error={query.error} retry={() => void query.refetch()} /></>;
  if (!shipment) return <>{heading}<Loading /></>;
  const milestones = [...shipment.milestones].sort((a, b) => new Date(b.at).getTime() - new Date(a.at).getTime());
  const decided = milestones.find((milestone) => milestone.id === shipment.decided_by);
  const corrections = milestones.filter((milestone) => milestone.superseded).length;

  return (
    <>
      <div className="flex flex-wrap items-start justify-between gap-x-4">{heading}<Share reference={reference} /></div>
      <div className="grid gap-6 lg:grid-cols-[20rem_minmax(0,1fr)]">
        <div className="grid content-start gap-4">
          <section className="card p-4" aria-labelledby="standing">
            <h2 id="standing" className="mb-2 font-semibold">{say("timeline.standing")}</h2>
            <p><Badge group="status" value={shipment.status ?? "unknown"} /> <span className="text-muted"><Moment at={shipment.status_since} /></span></p>
            <dl className="mt-3 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
              <dt className="text-muted">{say("timeline.promise")}</dt><dd><Moment at={shipment.promised_by} /></dd>
              <dt className="text-muted">{say("timeline.delivered")}</dt><dd><Moment at={shipment.delivered_at} /></dd>
              <dt className="text-muted">{say("timeline.heard")}</dt><dd><Ago at={shipment.last_heard_at} /></dd>
            </dl>
          </section>
          {!shipment.delivered_at && <Expected reference={reference} expected={shipment.expected ?? []} />}
          <section className="card p-4" aria-labelledby="why">
            <h2 id="why" className="mb-2 font-semibold">{say("timeline.why")}</h2>
            {decided ? <><p className="mb-2 text-muted">{say("timeline.whyText")}</p><Source milestone={decided} /></> : <p className="text-muted">{say("timeline.whyNone")}</p>}
          </section>
          <section className="card p-4" aria-labelledby="numbers">
            <h2 id="numbers" className="mb-2 font-semibold">{say("timeline.numbers")}</h2>
            <ul className="grid gap-1">
              {shipment.references.map((one) => <li key={`${one.kind} ${one.value}`}><span className="text-muted">{word("number", one.kind)}</span> <bdi className="font-mono text-xs">{one.value}</bdi></li>)}
            </ul>
          </section>
          {(shipment.exceptions?.length ?? 0) > 0 && (
            <section className="card p-4" aria-labelledby="exceptions">
              <h2 id="exceptions" className="mb-2 font-semibold">{say("nav.exceptions")}</h2>
              <ul className="grid gap-2">
                {shipment.exceptions?.map((one) => (
                  <li key={one.id}>
                    <Link to="/exceptions" search={{ id: one.id }} className="block rounded hover:bg-sunken">
                      <Badge group="cause" value={one.cause} /> <Badge group="state" value={one.status} />
                      <span className="block">{meaning(one.rule) ?? <span lang="en">{one.detail}</span>}</span><span className="text-xs text-muted"><Ago at={one.since} /></span>
                    </Link>
                  </li>
                ))}
              </ul>
            </section>
          )}
          {(shipment.detention?.length ?? 0) > 0 && (
            <section className="card p-4" aria-labelledby="detention">
              <h2 id="detention" className="mb-2 font-semibold">{say("timeline.detention")}</h2>
              <ul className="grid gap-2">
                {shipment.detention?.map((stay) => (
                  <li key={`${stay.stop} ${stay.arrived_at}`}>
                    <bdi>{stay.stop}</bdi>: {say("timeline.stay", { stay: duration(language, stay.minutes), over: duration(language, stay.detained_minutes) })}
                    <span className="block text-xs text-muted"><Moment at={stay.arrived_at} /> – <Moment at={stay.departed_at} /></span>
                  </li>
                ))}
              </ul>
            </section>
          )}
        </div>
        <section aria-labelledby="facts" className="min-w-0">
          <div className="mb-2 flex flex-wrap items-center justify-between gap-2">
            <h2 id="facts" className="font-semibold">{say("timeline.facts", { n: milestones.length })}</h2>
            <div role="group" aria-label={say("timeline.zoom")} className="flex gap-1">
              {ZOOMS.map((one) => (
                <button key={one} type="button" className={one === zoom ? "button border-accent font-semibold" : "button"} aria-pressed={one === zoom}
                  onClick={() => void navigate({ to: "/shipments/$reference", params: { reference }, search: one === "timeline" ? {} : { zoom: one }, replace: true })}>{say(`timeline.${one}`)}</button>
              ))}
            </div>
          </div>
          {corrections > 0 && <p className="mb-2 text-muted">{say("timeline.corrections", { n: corrections })}</p>}
          {milestones.length === 0 ? <Empty title={say("timeline.empty")} /> : (
            <ol className="card divide-y divide-line">
              {zoom === "compact"
                ? groups(milestones).map((group) => <Run key={group[0].id} group={group} decided={group.some((one) => one.id === shipment.decided_by)} />)
                : milestones.map((milestone) => <Fact key={milestone.id} milestone={milestone} decided={milestone.id === shipment.decided_by} full={zoom === "full"} by={milestones.find((one) => one.corrects === milestone.id)} of={milestones.find((one) => one.id === milestone.corrects)} />)}
            </ol>
          )}
          <Places milestones={milestones} />
        </section>
      </div>
    </>
  );
}

/** Facts that say the same, as one line. */
function Run({ group, decided }: { group: Group; decided: boolean }) {
  const { say } = useSay();
  const [latest, earliest] = [group[0], group[group.length - 1] ?? group[0]];
  return (
    <li className={`flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2 ${decided ? "border-l-4 border-l-accent" : ""}`} data-decided={decided || undefined}>
      <Badge group="status" value={latest.status} /> <bdi className="min-w-0">{whereOf(latest)}</bdi>
      {group.length > 1 && <span className="text-xs text-muted">{say("timeline.facts", { n: group.length })}</span>}
      <span className="ml-auto text-muted">{group.length > 1 && <><Moment at={earliest.at} /> – </>}<Moment at={latest.at} /></span>
    </li>
  );
}

function Fact({ milestone, decided, full, by, of }: { milestone: Milestone; decided: boolean; full: boolean; by: Milestone | undefined; of: Milestone | undefined }) {
  const { say, word } = useSay();
  const where = whereOf(milestone);
  return (
    <li id={`fact-${milestone.id}`} className={`target:bg-mark grid gap-1 p-3 sm:grid-cols-[11rem_minmax(0,1fr)] ${decided ? "border-l-4 border-l-accent" : ""}`} data-decided={decided || undefined}>
      <span className="text-muted"><Moment at={milestone.at} /></span>
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className={milestone.superseded ? "line-through" : ""}><Badge group="status" value={milestone.status} /></span>
          {milestone.classifier !== "actual" && <span className="rounded bg-sunken px-1.5 text-xs">{word("classifier", milestone.classifier)}</span>}
          {milestone.superseded && (by ? <a className="text-xs underline" href={`#fact-${by.id}`}>{say("timeline.superseded")}</a> : <span className="text-xs text-muted">{say("timeline.superseded")}</span>)}
          {milestone.corrects && (of ? <a className="text-xs underline" href={`#fact-${of.id}`}>{say("timeline.correction")}</a> : <span className="text-xs text-muted">{say("timeline.correction")}</span>)}
          {decided && <span className="text-xs font-medium text-accent">{say("timeline.decides")}</span>}
          {where && <bdi>{where}</bdi>}
        </p>
        {milestone.reason && <p className="text-muted"><bdi>{milestone.reason}</bdi></p>}
        {full && <Source milestone={milestone} />}
      </div>
    </li>
  );
}

/** Where a fact comes from: the carrier's own code, when it was told and recorded, and the bytes that say it. */
function Source({ milestone }: { milestone: Milestone }) {
  const { say, word } = useSay();
  const raw = [milestone.raw, milestone.raw_reason].filter((code) => code !== null && code !== undefined);
  return (
    <dl className="mt-1 grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-0.5 text-xs">
      {raw.map((code) => (
        <div key={`${code.list} ${code.code}`} className="contents">
          <dt className="text-muted"><code>{code.list}</code></dt>
          <dd><code className="font-semibold">{code.code}</code> {code.text && <bdi>{code.text}</bdi>}</dd>
        </div>
      ))}
      <dt className="text-muted">{say("timeline.happened")}</dt><dd><Moment at={milestone.at} /> ({say("timeline.zone")}: {word("zone", milestone.zone_source)})</dd>
      <dt className="text-muted">{say("timeline.recorded")}</dt><dd><Moment at={milestone.recorded_at} /></dd>
      <dt className="text-muted">{say("timeline.source")}</dt>
      <dd>
        <Link className="underline" to="/messages/$id" params={{ id: milestone.document }}
          search={milestone.start === null || milestone.start === undefined ? {} : { from: String(milestone.start), to: String(milestone.end ?? milestone.start) }}>
          {say("timeline.bytes", { document: milestone.document.slice(0, 12) })}
        </Link>
      </dd>
    </dl>
  );
}
