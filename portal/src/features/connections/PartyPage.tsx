// One party of the catalogue: what its connector does and exchanges, how far that was verified, and the way to connect it.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { client, ok } from "../../api/client";
import { useSay } from "../../i18n";
import { Loading, Problem } from "../../ui/parts";
import { useMay } from "../session/me";
import { connectionsQuery } from "./CataloguePage";
import { Verified } from "./Verified";

const route = getRouteApi("/catalogue/$party");

export const partyQuery = (party: string) => ({ queryKey: ["parties", party], queryFn: () => ok(client.GET("/v1/parties/{party}", { params: { path: { party } } })), staleTime: 300_000 });

export default function PartyPage() {
  const { say, word } = useSay();
  const { party: id } = route.useParams();
  const may = useMay("connections:write");
  const query = useQuery(partyQuery(id));
  const connections = useQuery(connectionsQuery);
  const party = query.data;
  const heading = <h1 className="text-xl font-semibold"><Link to="/catalogue" className="text-sm font-normal text-muted underline">{say("catalogue.title")}</Link> <bdi className="block">{party?.name ?? id}</bdi></h1>;
  if (query.error) return <>{heading}<Problem error={query.error} retry={() => void query.refetch()} /></>;
  if (!party) return <>{heading}<Loading /></>;
  const own = connections.data?.items.filter((one) => one.party === id) ?? [];
  return (
    <>
      {heading}
      <p className="mb-4 mt-1 flex flex-wrap items-center gap-3 text-muted"><Verified level={party.verification} /><span>{word("verifiedMeans", party.verification)}</span></p>
      {party.description && <p className="mb-4 max-w-prose" lang="en">{party.description}</p>}
      <dl className="card mb-4 grid max-w-2xl grid-cols-[auto_1fr] gap-x-6 gap-y-2 p-4">
        <dt className="text-muted">{say("catalogue.mode")}</dt><dd>{party.modes.map((one) => word("mode", one)).join(", ")}</dd>
        <dt className="text-muted">{say("catalogue.does")}</dt><dd>{party.operations.map((one) => word("operation", one)).join(", ")}</dd>
        <dt className="text-muted">{say("catalogue.speaks")}</dt><dd><code>{party.component}</code></dd>
        <dt className="text-muted">{say("catalogue.messages")}</dt><dd className="flex flex-wrap gap-x-3">{party.messages.map((one) => <code key={one}>{one}</code>)}</dd>
        {party.scac && <><dt className="text-muted">SCAC</dt><dd><code>{party.scac}</code></dd></>}
      </dl>
      {own.length > 0 && <h2 className="mb-1 font-semibold">{say("connections.own")}</h2>}
      {own.length > 0 && <ul className="mb-4 grid max-w-2xl gap-1">{own.map((one) => <li key={one.id}><Link className="underline" to="/connections/$id" params={{ id: one.id }}><bdi>{one.name}</bdi></Link> <span className="text-xs text-muted">{word("environment", one.environment)}</span></li>)}</ul>}
      {may && <Link className="button-main" to="/connections/new/$party" params={{ party: id }}>{say("catalogue.connect")}</Link>}
    </>
  );
}
