// The message explorer: the bytes as they came beside what was read from them, either showing where the other is, and what was answered.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { client, ok } from "../../api/client";
import { useSay } from "../../i18n";
import { Ago, Badge, Loading, Moment, Problem, Told } from "../../ui/parts";
import { useMay } from "../session/me";
import { Answers } from "./Answers";
import { Raw } from "./Raw";
import { bytes, withLinked } from "./raw";
import { Record, Reject } from "./Read";
import { Replay } from "./Replay";
import { idOf, rawQuery } from "./raws";
import { SaveFixture } from "./SaveFixture";

const route = getRouteApi("/messages/$id");
/** A larger one is downloaded, not shown. */
const RAW_BYTES_MAX = 8_000_000;

export default function MessagePage() {
  const { say, word, language } = useSay();
  const { id } = route.useParams();
  const { from, to } = route.useSearch();
  const [chosen, setChosen] = useState<number>();
  const [pinned, setPinned] = useState<number>();
  const [open, setOpen] = useState<"replay" | "fixture">();
  const mayReplay = useMay("documents:write");
  const list = useRef<HTMLUListElement>(null);
  const query = useQuery({
    queryKey: ["documents", id],
    queryFn: () => ok(client.GET("/v1/documents/{id}", { params: { path: { id } } })),
  });
  const message = query.data;
  const small = message !== undefined && message.size_bytes <= RAW_BYTES_MAX;
  const raw = useQuery(rawQuery(message?.id, small));

  const records = message?.shown_records ?? [];
  const rejects = message?.shown_rejects ?? [];
  // A link from a timeline or a bill names bytes, which are chosen at first.
  const { spans, linked } = withLinked([...records, ...rejects].map(({ start, end }) => ({ start, end })), from, to);
  const read = message !== undefined;
  useEffect(() => {
    if (read && linked !== undefined) setPinned(linked);
  }, [read, linked]);
  const shown = chosen ?? pinned;
  const fromBytes = (index: number | undefined) => {
    setPinned(index);
    if (index !== undefined) list.current?.querySelector(`[data-index="${index}"]`)?.scrollIntoView({ block: "nearest" });
  };

  const heading = <h1 className="text-xl font-semibold"><span className="sr-only">{say("message.title")} </span><bdi>{message?.name || id.slice(0, 12)}</bdi></h1>;
  if (query.error) return <>{heading}<Problem error={query.error} retry={() => void query.refetch()} /></>;
  if (!message) return <>{heading}<Loading /></>;
  const entry = (index: number) => ({
    index,
    on: shown === index,
    onHover: (over: boolean) => setChosen(over ? index : undefined),
    onPin: () => setPinned(pinned === index ? undefined : index),
  });

  return (
    <>
      <div className="mb-4 flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0">
          {heading}
          <p className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-1 text-muted">
            <Badge group="state" value={message.status} />
            <bdi>{message.party}</bdi><span>{word("door", message.door)}</span><span>{bytes(language, message.size_bytes)}</span><Moment at={message.received_ms} />
            <code className="select-all text-xs" title={message.id}>{message.id.slice(0, 12)}</code>
          </p>
        </div>
        <div className="flex flex-wrap gap-2">
          <a className="button" href={`/v1/documents/${message.id}/raw`} download={`${message.id.slice(0, 12)}.bin`}>{say("message.download")}</a>
          <Link className="button" to="/messages/$id/compare" params={{ id: idOf(message) }}>{say("message.compare")}</Link>
          <button type="button" className="button" onClick={() => setOpen("fixture")}>{say("message.fixture")}</button>
          {mayReplay && <button type="button" className="button" onClick={() => setOpen("replay")}>{say("message.replay")}</button>}
        </div>
      </div>
      {message.failure_text && (
        <div role="note" className="mb-4 rounded-lg border border-bad/40 bg-bad-bg p-3 text-bad">
          <p className="font-medium">{say("message.stopped")} <code>{message.failure_code ?? message.failure_class}</code></p>
          <p><Told code={`reject.${message.failure_code}`} detail={message.failure_text} /></p>
          <p className="mt-1 text-xs">{say("problem.trace")} <code className="select-all">{message.trace_id}</code></p>
        </div>
      )}
      {message.elsewhere.length > 0 && (
        <p className="mb-3 flex flex-wrap gap-x-3 gap-y-1 text-muted" data-elsewhere>
          {say("message.elsewhere")}
          {message.elsewhere.map((other) => <span key={other.connection}><Link className="underline" to="/messages/$id" params={{ id: `${message.id}@${other.connection}` }} search={{}}><bdi>{other.name}</bdi></Link> (<Ago at={other.received_ms} />)</span>)}
        </p>
      )}
      <Steps steps={message.steps} />
      <div className="mt-4 grid items-start gap-4 lg:grid-cols-2 2xl:grid-cols-3">
        <section aria-labelledby="raw" className="min-w-0">
          <h2 id="raw" className="mb-2 font-semibold">{say("message.raw")}</h2>
          {!small && <p className="card p-4 text-muted">{say("message.tooLarge")}</p>}
          {raw.error && <Problem error={raw.error} retry={() => void raw.refetch()} />}
          {small && raw.isPending && !raw.error && <Loading />}
          {raw.data && <Raw bytes={raw.data} spans={spans} shown={shown} scrollTo={pinned} onHover={setChosen} onPin={fromBytes} />}
        </section>
        <section aria-labelledby="read" className="min-w-0">
          <h2 id="read" className="mb-2 font-semibold">
            {say("message.records", { n: records.length })}, {say("message.rejects", { n: rejects.length })}
          </h2>
          {records.length + rejects.length === 0 ? <p className="card p-4 text-muted">{say("message.nothingRead")}</p> : (
            <ul ref={list} className="grid max-h-[70dvh] gap-2 overflow-auto p-0.5" tabIndex={0} aria-labelledby="read">
              {rejects.map((reject, index) => <Reject key={`reject ${index}`} reject={reject} {...entry(records.length + index)} />)}
              {records.map((record, index) => <Record key={record.id} record={record} {...entry(index)} />)}
            </ul>
          )}
        </section>
        <Answers message={idOf(message)} answers={message.answers} />
      </div>
      {open === "replay" && <Replay id={idOf(message)} onClose={() => setOpen(undefined)} />}
      {open === "fixture" && <SaveFixture id={idOf(message)} onClose={() => setOpen(undefined)} />}
    </>
  );
}

/** What was done with it, in order, each with its time. */
function Steps({ steps }: { steps: { attempt: number; step: string; started_ms: number; duration_us: number; detail: string }[] }) {
  const { say, word, language } = useSay();
  if (steps.length === 0) return null;
  const ms = new Intl.NumberFormat(language === "hi" ? "hi-IN-u-nu-latn" : "en-IN", { maximumFractionDigits: 1 });
  return (
    <section aria-labelledby="steps">
      <h2 id="steps" className="sr-only">{say("message.steps")}</h2>
      <ol className="flex flex-wrap gap-2">
        {steps.map((step) => (
          <li key={`${step.attempt} ${step.step} ${step.started_ms}`} className="card min-w-28 px-3 py-1.5">
            <span className="flex items-baseline justify-between gap-3"><span className="font-medium">{word("doing", step.step)}</span><span className="text-xs tabular-nums text-muted">{ms.format(step.duration_us / 1000)} ms</span></span>
            <span className="block text-xs text-muted">{step.attempt > 1 && `${say("message.attempt", { n: step.attempt })} · `}<span lang="en">{step.detail}</span></span>
          </li>
        ))}
      </ol>
    </section>
  );
}
