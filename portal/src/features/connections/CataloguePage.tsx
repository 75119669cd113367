// The catalogue: every party that can be spoken with, by what it does and how far that was verified.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { client, ok, type Schemas } from "../../api/client";
import { useSay } from "../../i18n";
import { Choice } from "../../ui/Choice";
import { Empty, Loading, Problem } from "../../ui/parts";
import { ConnectionTabs } from "./ConnectionTabs";
import { Verified } from "./Verified";

const route = getRouteApi("/catalogue");
type Party = Schemas["PartyListed"];

export const catalogueQuery = { queryKey: ["parties"], queryFn: () => ok(client.GET("/v1/parties")), staleTime: 300_000 };
export const connectionsQuery = { queryKey: ["connections"], queryFn: () => ok(client.GET("/v1/connections")) };

/** Whether a party is meant by the words: its names, its code, what it exchanges. */
export function meant(party: Pick<Party, "id" | "name" | "scac" | "messages" | "modes" | "operations">, words: string): boolean {
  const text = [party.id, party.name, party.scac ?? "", ...party.messages, ...party.modes, ...party.operations].join(" ").toLowerCase();
  return words.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

export default function CataloguePage() {
  const { say, word } = useSay();
  const navigate = useNavigate();
  const search = route.useSearch();
  const { q = "", mode, verification } = search;
  const query = useQuery(catalogueQuery);
  const connections = useQuery(connectionsQuery);
  const all = query.data?.items ?? [];
  const modes = [...new Set(all.flatMap((party) => party.modes))].sort();
  const shown = all.filter((party) => meant(party, q) && (!mode || party.modes.includes(mode)) && (!verification || party.verification === verification));
  const go = (change: Partial<typeof search>) => void navigate({ to: "/catalogue", search: { ...search, ...change }, replace: true });
  const connected = new Set(connections.data?.items.map((one) => one.party));

  return (
    <>
      <h1 className="mb-2 text-xl font-semibold">{say("nav.connections")}</h1>
      <ConnectionTabs />
      <div role="search" className="mb-4 flex flex-wrap items-end gap-3">
        <label className="grid gap-1"><span className="label">{say("catalogue.find")}</span><input data-search className="field w-60" maxLength={200} value={q} onChange={(event) => go({ q: event.target.value || undefined })} /></label>
        <Choice label={say("catalogue.mode")} value={mode} onChange={(value) => go({ mode: value })} options={modes.map((one) => [one, word("mode", one)])} />
        <Choice label={say("catalogue.verified")} value={verification} onChange={(value) => go({ verification: value })} options={["spec", "sandbox", "production"].map((one) => [one, word("verified", one)])} />
      </div>
      {query.error && <Problem error={query.error} retry={() => void query.refetch()} />}
      {query.isPending && !query.error && <Loading />}
      {query.data && shown.length === 0 && <Empty title={say("table.nothing")}><button type="button" className="button mt-2" onClick={() => go({ q: undefined, mode: undefined, verification: undefined })}>{say("table.clear")}</button></Empty>}
      <p role="status" className="sr-only">{say("catalogue.count", { n: shown.length })}</p>
      <ul className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
        {shown.map((party) => (
          <li key={party.id} className="card relative grid content-start gap-2 p-4 hover:border-accent">
            <h2 className="flex items-baseline justify-between gap-2 font-semibold">
              <Link to="/catalogue/$party" params={{ party: party.id }} className="after:absolute after:inset-0 hover:underline"><bdi>{party.name}</bdi></Link>
              {connected.has(party.id) && <span className="text-xs font-normal text-good">✓ {say("catalogue.connected")}</span>}
            </h2>
            <p className="text-xs text-muted">{party.modes.map((one) => word("mode", one)).join(", ")}{party.scac && <> · <code>{party.scac}</code></>} · <code>{party.component}</code></p>
            <ul className="flex flex-wrap gap-1">{party.operations.map((operation) => <li key={operation} className="rounded bg-sunken px-1.5 py-0.5 text-xs">{word("operation", operation)}</li>)}</ul>
            <p><Verified level={party.verification} /></p>
          </li>
        ))}
      </ul>
    </>
  );
}
