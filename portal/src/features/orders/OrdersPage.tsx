// The orders: from indent to closing, filtered by status and words.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { client, ok } from "../../api/client";
import { usePages } from "../../api/pages";
import { useSay } from "../../i18n";
import { Choice } from "../../ui/Choice";
import { LongTable } from "../../ui/LongTable";
import { Badge, Empty, Loading, Moment, Problem } from "../../ui/parts";
import { useMay } from "../session/me";
import { DraftList } from "./DraftList";

const route = getRouteApi("/orders");
const STATUSES = ["indent", "approved", "assigned", "tendered", "accepted", "dispatched", "in-transit", "delivered", "closed", "cancelled", "on-hold"];

export default function OrdersPage() {
  const { say, word } = useSay();
  const navigate = useNavigate();
  const { status, q } = route.useSearch();
  const [words, setWords] = useState(q ?? "");
  const { pages, rows, renew } = usePages(["orders", { status, q }], (cursor) => ok(client.GET("/v1/orders", { params: { query: { status, q, limit: 100, cursor } } })));
  const counts = new Map(pages.data?.pages[0]?.counts?.map((row) => [row.status, row.orders]));
  const filter = (change: Partial<{ status: string; q: string }>) => void navigate({ to: "/orders", search: { status, q, ...change }, replace: true });
  const find = (event: FormEvent) => {
    event.preventDefault();
    filter({ q: words.trim() || undefined });
  };
  const city = (place: { city?: string | null; country?: string | null } | null | undefined) => place?.city ?? place?.country ?? "–";

  return (
    <>
      <div className="mb-4 flex flex-wrap items-center justify-between gap-2">
        <h1 className="text-xl font-semibold">{say("nav.orders")}</h1>
        <Make last={rows[0]?.id} />
      </div>
      <DraftList />
      <div className="mb-3 flex flex-wrap items-end gap-3">
        <form onSubmit={find} role="search" className="flex items-end gap-2">
          <label className="grid gap-1">
            <span className="label">{say("orders.find")}</span>
            <input data-search className="field w-60" maxLength={200} value={words} onChange={(event) => setWords(event.target.value)} />
          </label>
          <button type="submit" className="button">{say("orders.search")}</button>
        </form>
        <Choice label={say("shipments.status")} value={status} onChange={(value) => filter({ status: value })}
          options={STATUSES.map((value) => [value, counts.has(value) ? `${word("status", value)} (${counts.get(value)})` : word("status", value)])} />
        <p className="label hidden md:block">{say("table.keys")}</p>
      </div>
      {pages.error && <div className="mb-3"><Problem error={pages.error} retry={() => void pages.refetch()} /></div>}
      {pages.isPending && !pages.error && <Loading />}
      {pages.data && rows.length === 0 && (
        status || q
          ? <Empty title={say("table.nothing")}><button type="button" className="button mt-2" onClick={() => { setWords(""); filter({ status: undefined, q: undefined }); }}>{say("table.clear")}</button></Empty>
          : <Empty title={say("orders.empty")}>{say("orders.emptyHow")} <Link className="underline" to="/imports">{say("imports.title")}</Link></Empty>
      )}
      {rows.length > 0 && (
        <LongTable
          label={say("nav.orders")}
          rows={rows}
          id={(row) => row.id}
          more={pages.hasNextPage}
          loading={pages.isFetchingNextPage}
          onEnd={() => void pages.fetchNextPage()}
          renew={renew}
          onOpen={(row) => void navigate({ to: "/orders/$id", params: { id: row.id } })}
          href={(row) => `/orders/${row.id}`}
          columns={[
            { title: say("shipments.number"), cell: (row) => row.number, main: true },
            { title: say("shipments.status"), cell: (row) => <><Badge group="status" value={row.status} />{row.conflicts > 0 && <span className="ml-1 text-bad">⚠ {row.conflicts}</span>}</> },
            { title: say("orders.lane"), cell: (row) => <bdi>{city(row.lane?.origin)} → {city(row.lane?.destination)}</bdi> },
            { title: say("orders.carrier"), cell: (row) => <bdi>{row.carrier ?? "–"}</bdi>, wide: true },
            { title: say("orders.pickup"), cell: (row) => <Moment at={row.planned_pickup?.earliest} />, wide: true },
            { title: say("orders.delivery"), cell: (row) => <Moment at={row.planned_delivery?.latest} />, wide: true },
          ]}
        />
      )}
    </>
  );
}

/** Making an order: a new one, or another like the last. */
function Make({ last }: { last: string | undefined }) {
  const { say } = useSay();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const may = useMay("orders:write");
  const copy = useMutation({
    mutationFn: (id: string) => ok(client.POST("/v1/orders/{id}/duplicate", { params: { path: { id } }, body: {} })),
    onSuccess: async (made) => {
      await queries.invalidateQueries({ queryKey: ["orders"] });
      await navigate({ to: "/orders/$id/edit", params: { id: made.id } });
    },
  });
  if (!may) return null;
  return (
    <div className="grid gap-2">
      <span className="flex flex-wrap gap-2">
        <Link className="button-main" to="/orders/new" search={{}}>{say("orders.new")}</Link>
        {last && <button type="button" className="button" disabled={copy.isPending} onClick={() => copy.mutate(last)}>{say("orders.duplicateLast")}</button>}
      </span>
      {copy.error && <Problem error={copy.error} />}
    </div>
  );
}
