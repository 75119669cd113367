// The company's connections, each with how it stands.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useSay } from "../../i18n";
import { Ago, Empty, Loading, Problem } from "../../ui/parts";
import { connectionsQuery } from "./CataloguePage";
import { ConnectionTabs } from "./ConnectionTabs";
import { Health } from "./Health";

export default function ConnectionsPage() {
  const { say, word } = useSay();
  const query = useQuery(connectionsQuery);
  const items = query.data?.items ?? [];
  return (
    <>
      <h1 className="mb-2 text-xl font-semibold">{say("nav.connections")}</h1>
      <ConnectionTabs />
      {query.error && <Problem error={query.error} retry={() => void query.refetch()} />}
      {query.isPending && !query.error && <Loading />}
      {query.data && items.length === 0 && <Empty title={say("connections.empty")}>{say("connections.emptyHow")}<p className="mt-3"><Link className="button-main" to="/catalogue" search={{}}>{say("catalogue.title")}</Link></p></Empty>}
      <ul className="grid gap-3 md:grid-cols-2">
        {items.map((one) => (
          <li key={one.id} className="card relative grid content-start gap-1 p-4 hover:border-accent">
            <h2 className="flex items-baseline justify-between gap-2 font-semibold"><Link className="after:absolute after:inset-0 hover:underline" to="/connections/$id" params={{ id: one.id }}><bdi>{one.name}</bdi></Link><span className="text-xs font-normal text-muted">{word("environment", one.environment)}</span></h2>
            <p className="text-xs text-muted"><bdi>{one.party}</bdi> · {say("connections.changed")} <Ago at={one.updated_ms} /></p>
            <Health connection={one} />
          </li>
        ))}
      </ul>
    </>
  );
}
