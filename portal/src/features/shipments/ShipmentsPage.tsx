// The shipments: a table that reads on while one scrolls. Filters, order and columns are in the address, so that a view can be saved and shared.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { type ClipboardEvent, type FormEvent, useState } from "react";
import { client, ok, type Schemas } from "../../api/client";
import { usePages } from "../../api/pages";
import { type Key, useSay } from "../../i18n";
import { Choice } from "../../ui/Choice";
import { type Column, LongTable } from "../../ui/LongTable";
import { Ago, Badge, Empty, Loading, Moment, Problem } from "../../ui/parts";
import { Views } from "../../ui/Views";
import { useMay } from "../session/me";
import { chosen, countOf, shown, sought } from "./find";
import { CAUSES, STATUSES } from "./words";

const route = getRouteApi("/shipments");
const SORTS = ["-heard", "heard", "promised", "-promised", "-created", "created"];

type Row = Schemas["ShipmentListOut"]["items"][number];
type Field = Omit<Column<Row>, "title"> & { id: string; text: Key; usual: boolean };

/** Every column that there is, in its order; `usual` ones are shown unless the address names others. */
const FIELDS: Field[] = [
  { id: "number", text: "shipments.number", usual: true, main: true, cell: (row) => row.reference },
  { id: "status", text: "shipments.status", usual: true, cell: (row) => <Badge group="status" value={row.status} /> },
  { id: "since", text: "shipments.since", usual: true, wide: true, cell: (row) => <Moment at={row.status_since} /> },
  { id: "carrier", text: "shipments.carrier", usual: true, wide: true, cell: (row) => <bdi>{row.carrier ?? "–"}</bdi> },
  { id: "promised", text: "shipments.promised", usual: true, wide: true, cell: (row) => <Moment at={row.promised_by} /> },
  { id: "heard", text: "shipments.heard", usual: true, cell: (row) => <Ago at={row.updated_at} /> },
  { id: "expected", text: "shipments.expected", usual: false, wide: true, cell: (row) => <Moment at={row.expected_at} /> },
  { id: "mode", text: "shipments.mode", usual: false, wide: true, cell: (row) => <Mode mode={row.mode} /> },
  { id: "facts", text: "shipments.facts", usual: false, wide: true, cell: (row) => row.milestones },
  { id: "created", text: "shipments.created", usual: false, wide: true, cell: (row) => <Ago at={row.created_at} /> },
];

export default function ShipmentsPage() {
  const { say, word } = useSay();
  const navigate = useNavigate();
  const search = route.useSearch();
  const { columns: asked, ...filters } = search;
  const { pages, rows, renew } = usePages(["shipments", filters], (cursor) => ok(client.GET("/v1/shipments", { params: { query: { ...filters, limit: 100, cursor } } })));
  const unknown = pages.data?.pages[0]?.unknown_numbers ?? [];
  const filter = (change: Partial<typeof search>) => void navigate({ to: "/shipments", search: { ...search, ...change }, replace: true });
  const clear = () => void navigate({ to: "/shipments", search: asked ? { columns: asked } : {}, replace: true });

  return (
    <>
      <h1 className="mb-4 text-xl font-semibold">{say("shipments.title")}</h1>
      <div className="mb-3 flex flex-wrap items-end gap-3">
        <Find key={filters.q ?? ""} q={filters.q} onFind={(found) => filter({ q: undefined, numbers: undefined, ...found })} />
        <Choice label={say("shipments.status")} value={filters.status} onChange={(value) => filter({ status: value })}
          options={STATUSES.map((value) => [value, word("status", value)])} />
        <Choice label={say("shipments.exception")} value={filters.exception} onChange={(value) => filter({ exception: value })}
          options={[["any", say("shipments.anyException")], ...CAUSES.map((value): [string, string] => [value, word("cause", value)])]} />
        <Carrier value={filters.carrier} onChange={(value) => filter({ carrier: value })} />
        <label className="grid gap-1">
          <span className="label">{say("table.sort")}</span>
          <select className="field w-auto" value={filters.sort ?? "-heard"} onChange={(event) => filter({ sort: event.target.value === "-heard" ? undefined : event.target.value })}>
            {SORTS.map((sort) => <option key={sort} value={sort}>{word("sort", sort)}</option>)}
          </select>
        </label>
      </div>
      <Views screen="shipments"><Columns asked={asked} onChange={(columns) => filter({ columns })} /></Views>
      {filters.numbers && (
        <p role="status" className="mb-3 flex flex-wrap items-center gap-2">
          <span className="inline-flex items-center rounded-md bg-mark pl-2.5">{say("shipments.numbers", { n: countOf(filters.numbers) })}
            <button type="button" className="size-7" aria-label={say("shipments.numbersDrop")} onClick={() => filter({ numbers: undefined })}>✕</button></span>
          {unknown.length > 0 && <span className="text-warn">{say("shipments.unknown", { n: unknown.length })} <bdi className="font-mono text-xs">{unknown.slice(0, 20).join(", ")}{unknown.length > 20 ? " …" : ""}</bdi></span>}
        </p>
      )}
      {pages.error && <div className="mb-3"><Problem error={pages.error} retry={() => void pages.refetch()} /></div>}
      {pages.isPending && !pages.error && <Loading />}
      {pages.data && rows.length === 0 && (
        Object.values(filters).some(Boolean)
          ? <Empty title={say("table.nothing")}><button type="button" className="button mt-2" onClick={clear}>{say("table.clear")}</button></Empty>
          : <Empty title={say("home.empty")}>{say("home.emptyHow")}</Empty>
      )}
      {rows.length > 0 && (
        <>
          <LongTable
            label={say("shipments.title")}
            rows={rows}
            id={(row) => row.reference}
            more={pages.hasNextPage}
            loading={pages.isFetchingNextPage}
            onEnd={() => void pages.fetchNextPage()}
            renew={renew}
            onOpen={(row) => void navigate({ to: "/shipments/$reference", params: { reference: row.reference } })}
            href={(row) => `/shipments/${encodeURIComponent(row.reference)}`}
            columns={shown(FIELDS, asked).map(({ text, ...column }) => ({ ...column, title: say(text) }))}
          />
          <p className="label mt-1 hidden md:block">{say("table.keys")}</p>
        </>
      )}
    </>
  );
}

function Mode({ mode }: { mode: string | null | undefined }) {
  const { word } = useSay();
  return <>{mode ? word("mode", mode) : "–"}</>;
}

/** Numbers or words; a list that is pasted is sought at once, as a field of one line would run it together. */
function Find({ q, onFind }: { q: string | undefined; onFind: (found: ReturnType<typeof sought>) => void }) {
  const { say } = useSay();
  const [text, setText] = useState(q ?? "");
  const go = (event: FormEvent) => {
    event.preventDefault();
    onFind(sought(text));
  };
  const onPaste = (event: ClipboardEvent) => {
    const found = sought(event.clipboardData.getData("text/plain"));
    if (!found.numbers) return;
    event.preventDefault();
    onFind(found);
  };
  return (
    <form onSubmit={go} role="search" className="flex items-end gap-2">
      <label className="grid gap-1">
        <span className="label">{say("shipments.search")}</span>
        <input data-search className="field w-60" maxLength={8000} value={text} onChange={(event) => setText(event.target.value)} onPaste={onPaste} placeholder={say("shipments.searchHint")} />
      </label>
      <button type="submit" className="button">{say("shipments.find.go")}</button>
    </form>
  );
}

/** The carriers of the catalogue, for whoever may see it; any other code stands in the address. */
function Carrier({ value, onChange }: { value: string | undefined; onChange: (value: string | undefined) => void }) {
  const { say } = useSay();
  const may = useMay("parties:read");
  const parties = useQuery({ queryKey: ["parties"], queryFn: () => ok(client.GET("/v1/parties")), enabled: may, staleTime: 600_000 });
  const carriers = parties.data?.items.filter((party) => !party.modes.includes("erp")) ?? [];
  return <Choice label={say("shipments.carrier")} value={value} onChange={onChange} options={carriers.map((party) => [party.id, party.name])} data />;
}

function Columns({ asked, onChange }: { asked: string | undefined; onChange: (columns: string | undefined) => void }) {
  const { say } = useSay();
  const ids = shown(FIELDS, asked).map((field) => field.id);
  return (
    <details className="relative">
      <summary className="button list-none">{say("table.columns")}</summary>
      <fieldset className="card absolute z-20 mt-1 grid min-w-48 gap-1 p-3 shadow-lg">
        <legend className="sr-only">{say("table.columns")}</legend>
        {FIELDS.map((field) => (
          <label key={field.id} className="flex min-h-6 items-center gap-2">
            <input type="checkbox" className="size-4" checked={ids.includes(field.id)} disabled={field.main}
              onChange={(event) => onChange(chosen(FIELDS, event.target.checked ? [...ids, field.id] : ids.filter((id) => id !== field.id)))} />
            {say(field.text)}
          </label>
        ))}
      </fieldset>
    </details>
  );
}
