// The rate contracts by carrier, each with its versions; and drafts from a workbook, tried before they are made.
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { client, ok } from "../../api/client";
import { usePages } from "../../api/pages";
import { useSay } from "../../i18n";
import { Badge, Empty, Loading, More, Problem } from "../../ui/parts";
import { useMay } from "../session/me";
import { ContractImport } from "./ContractImport";
import { SettlementTabs } from "./SettlementTabs";

const route = getRouteApi("/settlement/contracts");

export default function ContractsPage() {
  const { say } = useSay();
  const navigate = useNavigate();
  const { carrier } = route.useSearch();
  const may = useMay("settlement:write");
  const { pages, rows: items } = usePages(["contracts", carrier], (cursor) => ok(client.GET("/v1/rate-contracts", { params: { query: { carrier, limit: 100, cursor } } })));

  return (
    <>
      <h1 className="mb-2 text-xl font-semibold">{say("nav.settlement")}</h1>
      <SettlementTabs />
      {may && <ContractImport />}
      <label className="mb-3 grid w-48 gap-1">
        <span className="label">{say("contracts.ofCarrier")}</span>
        <input data-search className="field" maxLength={35} defaultValue={carrier ?? ""} onChange={(event) => void navigate({ to: "/settlement/contracts", search: { carrier: event.target.value.trim() || undefined }, replace: true })} />
      </label>
      {pages.error && <Problem error={pages.error} retry={() => void pages.refetch()} />}
      {pages.isPending && !pages.error && <Loading />}
      {pages.data && items.length === 0 && <Empty title={say(carrier ? "table.nothing" : "contracts.empty")}>{!carrier && say("contracts.emptyHow")}</Empty>}
      <ul className="grid gap-3 md:grid-cols-2">
        {items.map((contract) => (
          <li key={contract.id} className="card p-4">
            <h2 className="font-semibold"><bdi>{contract.carrier}</bdi> · <bdi>{contract.name}</bdi></h2>
            <ul className="mt-2 grid gap-1">
              {[...contract.versions].reverse().map((version) => (
                <li key={version.version} className="flex flex-wrap items-center gap-x-3">
                  <Link className="font-medium underline" to="/settlement/contracts/$id" params={{ id: contract.id }} search={{ version: String(version.version) }}>{say("bills.version", { version: version.version })}</Link>
                  <Badge group="contract" value={version.status} />
                  <span className="text-xs text-muted">{version.currency} · {version.valid_from} – {version.valid_to ?? "…"}</span>
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
      <More pages={pages} />
    </>
  );
}
