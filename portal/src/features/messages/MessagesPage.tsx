// The messages: every document that came in, with what became of it.
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { client, ok } from "../../api/client";
import { usePages } from "../../api/pages";
import { useSay } from "../../i18n";
import { Choice } from "../../ui/Choice";
import { LongTable } from "../../ui/LongTable";
import { Ago, Badge, Empty, Loading, Moment, Problem } from "../../ui/parts";
import { bytes } from "./raw";
import { idOf } from "./raws";

const route = getRouteApi("/messages");
const STATES = ["received", "processing", "done", "rejected", "quarantined"];

/** A moment of the address in milliseconds; one that is none narrows nothing. */
const momentOf = (text: string | undefined): number | undefined => {
  const at = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
};

export default function MessagesPage() {
  const { say, word, language } = useSay();
  const navigate = useNavigate();
  const search = route.useSearch();
  const { status, q, party, connection, from, to } = search;
  const [words, setWords] = useState(q ?? "");
  const span = { from_ms: momentOf(from), to_ms: momentOf(to) };
  const { pages, rows, renew } = usePages(["documents", { status, q, party, connection, ...span }], (cursor) => ok(client.GET("/v1/documents", { params: { query: { status, q, party, connection, ...span, limit: 100, cursor } } })));
  const go = (change: Partial<typeof search>) => void navigate({ to: "/messages", search: { ...search, ...change }, replace: true });
  const clear = () => {
    setWords("");
    void navigate({ to: "/messages", search: {}, replace: true });
  };
  const filtered = Boolean(status || q || party || connection || from || to);
  const find = (event: FormEvent) => {
    event.preventDefault();
    go({ q: words.trim() || undefined });
  };

  return (
    <>
      <h1 className="mb-4 text-xl font-semibold">{say("messages.title")}</h1>
      <div className="mb-3 flex flex-wrap items-end gap-3">
        <Find />
        <form onSubmit={find} className="flex items-end gap-2">
          <label className="grid gap-1"><span className="label">{say("messages.words")}</span><input className="field w-52" maxLength={200} value={words} onChange={(event) => setWords(event.target.value)} /></label>
          <button type="submit" className="button">{say("orders.search")}</button>
        </form>
        <Choice label={say("messages.state")} value={status} onChange={(value) => go({ status: value })} options={STATES.map((value) => [value, word("state", value)])} />
        <p className="label hidden md:block">{say("table.keys")}</p>
      </div>
      {filtered && (
        <p className="mb-3 flex flex-wrap items-center gap-x-3 gap-y-1" data-filters>
          {party && <span>{say("messages.party")}: <bdi>{party}</bdi></span>}
          {connection && <span>{say("messages.connection")}: <bdi>{connection}</bdi></span>}
          {(from || to) && <span>{say("messages.received")}: <Moment at={from} /> – <Moment at={to} /></span>}
          <button type="button" className="button" onClick={clear}>{say("table.clear")}</button>
        </p>
      )}
      {pages.error && <div className="mb-3"><Problem error={pages.error} retry={() => void pages.refetch()} /></div>}
      {pages.isPending && !pages.error && <Loading />}
      {pages.data && rows.length === 0 && (
        filtered
          ? <Empty title={say("table.nothing")} />
          : <Empty title={say("messages.empty")}>{say("home.emptyHow")}</Empty>
      )}
      {rows.length > 0 && (
        <LongTable
          label={say("messages.title")}
          rows={rows}
          id={idOf}
          more={pages.hasNextPage}
          loading={pages.isFetchingNextPage}
          onEnd={() => void pages.fetchNextPage()}
          renew={renew}
          onOpen={(row) => void navigate({ to: "/messages/$id", params: { id: idOf(row) } })}
          href={(row) => `/messages/${idOf(row)}`}
          columns={[
            { title: say("messages.name"), cell: (row) => row.name || row.id.slice(0, 12), main: true },
            { title: say("messages.party"), cell: (row) => <bdi>{row.party}</bdi> },
            { title: say("messages.door"), cell: (row) => word("door", row.door), wide: true },
            { title: say("messages.state"), cell: (row) => <Badge group="state" value={row.status} /> },
            { title: say("messages.read"), cell: (row) => `${row.records} / ${row.rejects}`, wide: true },
            { title: say("messages.size"), cell: (row) => bytes(language, row.size_bytes), wide: true },
            { title: say("messages.received"), cell: (row) => <Ago at={row.received_ms} />, wide: true },
          ]}
        />
      )}
    </>
  );
}

/** Opens a message by the first digits of its id. */
function Find() {
  const { say } = useSay();
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const go = (event: FormEvent) => {
    event.preventDefault();
    const id = text.trim().toLowerCase();
    if (id) void navigate({ to: "/messages/$id", params: { id } });
  };
  return (
    <form onSubmit={go} role="search" className="flex items-end gap-2">
      <label className="grid gap-1">
        <span className="label">{say("messages.find")}</span>
        <input data-search className="field w-60 font-mono" maxLength={64} minLength={4} pattern="\s*[0-9a-fA-F]{4,64}\s*" value={text} onChange={(event) => setText(event.target.value)} placeholder="3eff6ff9…" />
      </label>
      <button type="submit" className="button">{say("shipments.open")}</button>
    </form>
  );
}
