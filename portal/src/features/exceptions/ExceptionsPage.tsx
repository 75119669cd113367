// The exceptions, grouped by cause, oldest trouble in view: open one to act, or mark many and act on all.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useAttempt } from "../../api/attempt";
import { client, ok } from "../../api/client";
import { usePages } from "../../api/pages";
import { useSay } from "../../i18n";
import { Choice } from "../../ui/Choice";
import { Ago, Badge, Empty, Loading, More, Problem, Told } from "../../ui/parts";
import { ownerOf, useMay, useMe } from "../session/me";
import { Who } from "../session/Who";
import { CAUSES } from "../shipments/words";
import { type Act, type Exception, grouped, verbsOf } from "./act";
import { ActForm } from "./ActForm";
import { CommentList } from "./CommentList";
import { commentsOf, OLD, type Said, tellAll } from "./comments";
import { Detail } from "./Detail";

const route = getRouteApi("/exceptions");
const isLeft = (result: Said) => !result.done && !result.waits;
/** The most that one call changes. */
const BULK_MAX = 200;

export default function ExceptionsPage() {
  const { say, word } = useSay();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const search = route.useSearch();
  const { status = "open", cause, owner, id } = search;
  const me = useMe();
  const may = useMay("shipments:write");
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const asked = status === "all" ? undefined : status;
  const { pages, rows: items } = usePages(["exceptions", { status, cause, owner }], (cursor) => ok(client.GET("/v1/exceptions", { params: { query: { status: asked, cause, owner, limit: 100, cursor } } })));
  const chosen = items.filter((item) => marked.has(item.id)).slice(0, BULK_MAX);
  const attempt = useAttempt();
  const bulk = useMutation({
    mutationFn: async (act: Act): Promise<Said[]> => {
      // A comment is one on each exception, that waits for itself without a network.
      const about = chosen.map((item) => ({ exception: item.id, reference: item.reference }));
      if (act.action === "comment") return tellAll(about, act.text, attempt.keyOf(act.text), me && commentsOf(ownerOf(me)));
      const { results } = await ok(client.POST("/v1/exceptions/bulk", { body: { ids: chosen.map((item) => item.id), act } }));
      return results.map((result) => ({ id: result.id, done: result.done, code: result.code ?? "", detail: result.detail ?? "" }));
    },
    onSuccess: async (results) => {
      const left = results.filter(isLeft);
      if (left.length === 0) attempt.done();
      // What failed stays marked, with its reason.
      setMarked(new Set(left.map((result) => result.id)));
      if (results.some((result) => result.done)) await queries.invalidateQueries({ predicate: (one) => OLD.some((old) => old === one.queryKey[0]) });
    },
  });
  const go = (change: Partial<typeof search>) => void navigate({ to: "/exceptions", search: { ...search, ...change }, replace: true });
  const mark = (ids: string[], on: boolean) => {
    const next = new Set(marked);
    for (const one of ids) {
      if (on) next.add(one);
      else next.delete(one);
    }
    setMarked(next);
  };
  const failed = bulk.data?.filter(isLeft) ?? [];
  const waits = bulk.data?.filter((result) => result.waits).length ?? 0;

  return (
    <>
      <h1 className="mb-4 text-xl font-semibold">{say("nav.exceptions")}</h1>
      <div className="mb-3 flex flex-wrap items-end gap-3">
        <label className="grid gap-1">
          <span className="label">{say("messages.state")}</span>
          <select className="field w-auto" value={status} onChange={(event) => go({ status: event.target.value, id: undefined })}>
            {["open", "snoozed", "resolved"].map((value) => <option key={value} value={value}>{word("state", value)}</option>)}
            <option value="all">{say("table.all")}</option>
          </select>
        </label>
        <Choice label={say("exceptions.cause")} value={cause} onChange={(value) => go({ cause: value, id: undefined })} options={CAUSES.map((value) => [value, word("cause", value)])} />
        {me?.user && <Choice label={say("exceptions.owner")} value={owner} onChange={(value) => go({ owner: value, id: undefined })} options={[[me.user.email, say("exceptions.mine")]]} />}
      </div>
      <CommentList />
      {pages.error && <div className="mb-3"><Problem error={pages.error} retry={() => void pages.refetch()} /></div>}
      <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_24rem]">
        <div className="min-w-0">
          {pages.isPending && !pages.error && <Loading />}
          {pages.data && items.length === 0 && <Empty title={say("exceptions.empty")}>{say("exceptions.emptyHow")}</Empty>}
          {grouped(items).map(([name, group]) => (
            <Group key={name} name={name} group={group} open={id} marked={marked} may={may} onMark={mark} onOpen={(one) => go({ id: one })} />
          ))}
          <More pages={pages} />
        </div>
        <div className="grid content-start gap-4 lg:sticky lg:top-4 lg:max-h-[calc(100dvh-2rem)] lg:overflow-auto">
          {chosen.length > 0 && (
            <section aria-labelledby="bulk" className="card border-accent p-4">
              <h2 id="bulk" className="mb-2 font-semibold">{say("exceptions.marked", { n: chosen.length })}</h2>
              <ActForm verbs={verbsOf(chosen.every((item) => item.status === "resolved") ? "resolved" : "open")} busy={bulk.isPending} onAct={(act, done) => bulk.mutate(act, { onSuccess: done })} />
              {bulk.error && <div className="mt-3"><Problem error={bulk.error} /></div>}
            </section>
          )}
          {bulk.data && (
            <p role="status" data-bulk className={`rounded-md p-2 ${failed.length > 0 ? "bg-warn-bg text-warn" : "bg-good-bg text-good"}`}>
              {say("exceptions.done", { n: bulk.data.length - failed.length - waits })}
              {waits > 0 && <span className="block">{say("comments.waiting", { n: waits })}</span>}
              {failed.map((result) => <span key={result.id} className="block text-xs"><Told code={result.code ?? ""} detail={result.detail} /></span>)}
            </p>
          )}
          {id && <Detail key={id} id={id} onClose={() => go({ id: undefined })} />}
        </div>
      </div>
    </>
  );
}

function Group({ name, group, open, marked, may, onMark, onOpen }: {
  name: string;
  group: Exception[];
  open: string | undefined;
  marked: ReadonlySet<string>;
  may: boolean;
  onMark: (ids: string[], on: boolean) => void;
  onOpen: (id: string) => void;
}) {
  const { say, word, meaning } = useSay();
  const all = group.every((item) => marked.has(item.id));
  return (
    <section aria-label={word("cause", name)} className="mb-4">
      <div className="mb-1 flex items-center gap-2">
        {may && <input type="checkbox" className="size-6" checked={all} aria-label={say("exceptions.markAll", { cause: word("cause", name) })} onChange={() => onMark(group.map((item) => item.id), !all)} />}
        <h2 className="font-semibold">{word("cause", name)}</h2><span className="text-muted tabular-nums">{group.length}</span>
      </div>
      <ul className="card divide-y divide-line">
        {group.map((item) => (
          <li key={item.id} className={`flex items-center gap-2 px-3 py-2 ${item.id === open ? "bg-mark" : ""}`}>
            {may && <input type="checkbox" className="size-6 shrink-0" checked={marked.has(item.id)} aria-label={say("exceptions.mark", { reference: item.reference })} onChange={() => onMark([item.id], !marked.has(item.id))} />}
            <button type="button" aria-current={item.id === open || undefined} className="grid min-w-0 grow gap-0.5 text-left hover:underline sm:grid-cols-[minmax(0,12rem)_minmax(0,1fr)_auto] sm:gap-3" onClick={() => onOpen(item.id)}>
              <bdi className="truncate font-mono text-xs leading-5">{item.reference}</bdi>
              <span className="truncate">{meaning(item.rule) ?? item.detail}</span>
              <span className="flex items-center gap-2 text-xs">
                {item.status !== "open" && <Badge group="state" value={item.status} />}
                {item.owner && <span className="max-w-32 truncate"><Who principal={item.owner} /></span>}
                <Ago at={item.since} />
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
