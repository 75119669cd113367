// How a connection stands: at rest and why, its last test, and when something came by it last.
import { useQuery } from "@tanstack/react-query";
import { client, ok, type Schemas } from "../../api/client";
import { useSay } from "../../i18n";
import { Ago, Badge } from "../../ui/parts";
import { useMay } from "../session/me";

export function Health({ connection }: { connection: Schemas["Connection"] }) {
  const { say } = useSay();
  const may = useMay("documents:read");
  const last = useQuery({
    queryKey: ["documents", "last", connection.id],
    queryFn: () => ok(client.GET("/v1/documents", { params: { query: { connection: connection.id, limit: 1 } } })),
    enabled: may,
  });
  const document = last.data?.items[0];
  return (
    <div className="grid gap-1 text-xs">
      {connection.paused
        ? <p className="text-bad">✕ {say(connection.paused.class === "disabled" ? "connections.disabled" : "connections.paused")}: {connection.paused.class === "disabled" ? <bdi>{connection.paused.reason}</bdi> : <span lang="en">{connection.paused.reason}</span>}</p>
        : <p className="text-good">✓ {say("connections.active")}</p>}
      <p className={connection.tested ? (connection.tested.ok ? "text-good" : "text-bad") : "text-warn"}>
        {connection.tested ? <>{connection.tested.ok ? "✓" : "✕"} {say("connections.tested")} <Ago at={connection.tested.at_ms} /></> : <>! {say("connections.untested")}</>}
      </p>
      {may && <p className="text-muted">{document ? <>{say("connections.lastMessage")} <Ago at={document.received_ms} /> <Badge group="state" value={document.status} /></> : last.data && say("connections.noMessage")}</p>}
    </div>
  );
}
