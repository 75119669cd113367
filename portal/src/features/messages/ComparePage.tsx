// Two messages beside each other, or one beside what it would give now: their canonical records, and their bytes part by part.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { client, ok, type Schemas } from "../../api/client";
import { useSay } from "../../i18n";
import { Badge, Loading, Moment, Problem } from "../../ui/parts";
import { moment } from "../../ui/time";
import { RawDiff } from "./RawDiff";
import { RecordsDiff } from "./RecordsDiff";
import { idOf, rawQuery } from "./raws";

const route = getRouteApi("/messages/$id/compare");
/** Larger ones are downloaded, not compared. */
const COMPARED_BYTES_MAX = 2_000_000;
/** Messages of the connection that are offered. */
const OFFERED = 50;

type Message = Schemas["Document"];
const documentQuery = (id: string) => ({ queryKey: ["documents", id], queryFn: () => ok(client.GET("/v1/documents/{id}", { params: { path: { id } } })) });
const nameOf = (message: Message) => message.name || message.id.slice(0, 12);

export default function ComparePage() {
  const { say } = useSay();
  const { id } = route.useParams();
  const other = route.useSearch().with;
  const left = useQuery(documentQuery(id));
  const right = useQuery({ ...documentQuery(other ?? ""), enabled: other !== undefined });
  const diff = useQuery({
    queryKey: ["documents", id, "diff", other ?? ""],
    queryFn: () => ok(client.GET("/v1/documents/{id}/diff", { params: { path: { id }, query: other === undefined ? {} : { with: other } } })),
  });
  const small = [left.data, right.data].every((one) => one !== undefined && one.size_bytes <= COMPARED_BYTES_MAX);
  const ours = useQuery(rawQuery(left.data?.id, small));
  const theirs = useQuery(rawQuery(right.data?.id, small));

  const failed = left.error ?? right.error ?? diff.error;
  const rawFailed = ours.error ?? theirs.error;
  return (
    <>
      <h1 className="mb-1 text-xl font-semibold">{say("compare.title")} <bdi>{left.data ? nameOf(left.data) : id.slice(0, 12)}</bdi></h1>
      <p className="mb-3"><Link className="underline" to="/messages/$id" params={{ id }}>{say("compare.back")}</Link></p>
      {left.data && <Choose message={left.data} other={right.data} />}
      {failed && <Problem error={failed} retry={() => { void left.refetch(); void diff.refetch(); }} />}
      {left.data && (
        <div className="mb-4 grid gap-3 sm:grid-cols-2">
          <Side title={say("compare.left")} message={left.data} />
          {other === undefined ? <section aria-label={say("compare.rightNow")} className="card p-3"><h2 className="label">{say("compare.rightNow")}</h2></section> : right.data && <Side title={say("compare.right")} message={right.data} />}
        </div>
      )}
      {diff.isPending && !failed && <Loading />}
      {diff.data && <RecordsDiff diff={diff.data} now={other === undefined} />}
      {other !== undefined && left.data && right.data && (
        <section aria-labelledby="raw" className="mt-6">
          <h2 id="raw" className="mb-1 font-semibold">{say("compare.raw")}</h2>
          {!small && <p className="card p-4 text-muted">{say("compare.tooLarge")}</p>}
          {rawFailed && <Problem error={rawFailed} retry={() => { void ours.refetch(); void theirs.refetch(); }} />}
          {small && !rawFailed && !(ours.data && theirs.data) && <Loading />}
          {ours.data && theirs.data && <RawDiff left={{ id: left.data.id, bytes: ours.data }} right={{ id: right.data.id, bytes: theirs.data }} />}
        </section>
      )}
    </>
  );
}

function Side({ title, message }: { title: string; message: Message }) {
  return (
    <section aria-label={title} className="card min-w-0 p-3">
      <h2 className="label">{title}</h2>
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Link className="font-medium underline" to="/messages/$id" params={{ id: idOf(message) }}><bdi>{nameOf(message)}</bdi></Link>
        <Badge group="state" value={message.status} /><span className="text-muted"><Moment at={message.received_ms} /></span>
      </p>
    </section>
  );
}

/** What to compare with: another message of the connection, any by its id, or what this one would give now. */
function Choose({ message, other }: { message: Message; other: Message | undefined }) {
  const { say, language } = useSay();
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const connection = message.connection;
  const offered = useQuery({
    queryKey: ["documents", "of", connection],
    queryFn: () => ok(client.GET("/v1/documents", { params: { query: { connection, limit: OFFERED } } })),
  });
  const go = (to: string) => void navigate({ to: "/messages/$id/compare", params: { id: idOf(message) }, search: to === "" ? {} : { with: to }, replace: true });
  const choices = (offered.data?.items ?? []).filter((one) => one.id !== message.id);
  if (other && !choices.some((one) => one.id === other.id)) choices.unshift(other);
  const find = (event: FormEvent) => {
    event.preventDefault();
    const id = text.trim().toLowerCase();
    if (id !== "") go(id);
    setText("");
  };
  return (
    <div className="no-print mb-4 flex flex-wrap items-end gap-3">
      <label className="grid min-w-0 gap-1">
        <span className="label">{say("compare.with")}</span>
        <select className="field max-w-80" value={other?.id ?? ""} onChange={(event) => go(event.target.value)}>
          <option value="">{say("compare.now")}</option>
          {choices.map((one) => <option key={one.id} value={one.id} lang="">{`${nameOf(one)} · ${moment(language, new Date(one.received_ms))} · ${one.id.slice(0, 8)}`}</option>)}
        </select>
      </label>
      <form onSubmit={find} className="flex items-end gap-2">
        <label className="grid gap-1">
          <span className="label">{say("compare.id")}</span>
          <input className="field w-60 font-mono" maxLength={64} minLength={4} pattern="\s*[0-9a-fA-F]{4,64}\s*" value={text} onChange={(event) => setText(event.target.value)} />
        </label>
        <button type="submit" className="button">{say("compare.go")}</button>
      </form>
    </div>
  );
}
