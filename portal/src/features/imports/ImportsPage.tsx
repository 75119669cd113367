// The imports: a place to drop a file, and what became of the files before it.
import { useNavigate } from "@tanstack/react-router";
import { client, ok } from "../../api/client";
import { usePages } from "../../api/pages";
import { useSay } from "../../i18n";
import { LongTable } from "../../ui/LongTable";
import { Ago, Badge, Empty, Loading, Problem } from "../../ui/parts";
import { useMay } from "../session/me";
import { Who } from "../session/Who";
import { percent } from "./choices";
import { Upload } from "./Upload";
import { runs } from "./useImport";

export default function ImportsPage() {
  const { say, number } = useSay();
  const navigate = useNavigate();
  const may = useMay("orders:write");
  const { pages, rows } = usePages(
    ["imports", "list"],
    (cursor) => ok(client.GET("/v1/orders/imports", { params: { query: { limit: 50, cursor } } })),
    (items) => (items.some((item) => runs(item.status)) ? 1_500 : false),
  );

  return (
    <>
      <h1 className="mb-4 text-xl font-semibold">{say("imports.title")}</h1>
      {may && <Upload />}
      {pages.error && <div className="mb-3"><Problem error={pages.error} retry={() => void pages.refetch()} /></div>}
      {pages.isPending && !pages.error && <Loading />}
      {pages.data && rows.length === 0 && <Empty title={say("imports.empty")}>{say("imports.emptyHow")}</Empty>}
      {rows.length > 0 && (
        <LongTable
          label={say("imports.title")}
          rows={rows}
          id={(row) => row.id}
          more={pages.hasNextPage}
          loading={pages.isFetchingNextPage}
          onEnd={() => void pages.fetchNextPage()}
          onOpen={(row) => void navigate({ to: "/imports/$id", params: { id: row.id }, search: {} })}
          href={(row) => `/imports/${row.id}`}
          columns={[
            { title: say("imports.file"), cell: (row) => row.file_name, main: true },
            { title: say("messages.state"), cell: (row) => <><Badge group="import" value={row.status} />{runs(row.status) && <span className="ml-1 tabular-nums text-muted">{percent(row.progress)} %</span>}</> },
            { title: say("imports.orders"), cell: (row) => <span className="tabular-nums">{number(row.orders)}</span> },
            { title: say("imports.rejected"), cell: (row) => <span className="tabular-nums">{number(row.rejected_rows)}</span>, wide: true },
            { title: say("imports.by"), cell: (row) => <Who principal={row.created_by} />, wide: true },
            { title: say("imports.when"), cell: (row) => <Ago at={row.created_at} />, wide: true },
          ]}
        />
      )}
    </>
  );
}
