// One connection: how it stands, its last messages, what it is asked about; tested, changed, put to rest and woken.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { client, ok, type Schemas, tagged } from "../../api/client";
import { useSay } from "../../i18n";
import { Loading, Problem } from "../../ui/parts";
import { Secret } from "../../ui/Secret";
import { useMay } from "../session/me";
import { Editor } from "./Editor";
import { Health } from "./Health";
import { partyQuery } from "./PartyPage";
import { Steps } from "./Steps";

const route = getRouteApi("/connections/$id");

export default function ConnectionPage() {
  const { say, word } = useSay();
  const { id } = route.useParams();
  const may = useMay("connections:write");
  const query = useQuery({ queryKey: ["connections", id], queryFn: () => tagged(client.GET("/v1/connections/{connection}", { params: { path: { connection: id } } })) });
  const connection = query.data?.body;
  const party = useQuery({ ...partyQuery(connection?.party ?? ""), enabled: connection !== undefined });
  const [saved, setSaved] = useState<Schemas["ConnectionSaved"]>();
  const heading = <h1 className="text-xl font-semibold"><Link to="/connections" className="text-sm font-normal text-muted underline">{say("connections.own")}</Link> <bdi className="block">{connection?.name ?? id}</bdi></h1>;
  if (query.error) return <>{heading}<Problem error={query.error} retry={() => void query.refetch()} /></>;
  if (!connection || !query.data) return <>{heading}<Loading /></>;
  return (
    <>
      {heading}
      <p className="mb-4 mt-1 text-muted"><Link className="underline" to="/catalogue/$party" params={{ party: connection.party }}><bdi>{party.data?.name ?? connection.party}</bdi></Link> · {word("environment", connection.environment)}</p>
      {saved?.webhook_path && <Secret title={say("connect.hook")} value={`${location.origin}${saved.webhook_path}`} hint={say("connect.hookHow")} onClose={() => setSaved(undefined)} />}
      <div className="mb-6 grid gap-4 md:grid-cols-2">
        <section className="card grid content-start gap-3 p-4" aria-labelledby="health">
          <h2 id="health" className="font-semibold">{say("connections.health")}</h2>
          <Health connection={connection} />
          {connection.sftp && <p className="text-xs text-muted">SFTP <code>{connection.sftp.user}</code></p>}
          {connection.webhook && <p className="text-xs text-muted">{say("connections.hooked")}</p>}
          <p><Link className="underline" to="/messages" search={{ connection: connection.name }}>{say("connections.messages")}</Link></p>
        </section>
        {may && <Acts connection={connection} operations={party.data?.operations ?? []} />}
      </div>
      {may && party.data && (
        <details>
          <summary className="cursor-pointer py-1 font-semibold">{say("connections.change")}</summary>
          <div className="mt-3"><Editor key={query.data.etag} party={party.data} stored={connection} etag={query.data.etag} onSaved={setSaved} /></div>
        </details>
      )}
      {party.error && <Problem error={party.error} />}
    </>
  );
}

function Acts({ connection, operations }: { connection: Schemas["Connection"]; operations: string[] }) {
  const { say } = useSay();
  const queries = useQueryClient();
  const [reason, setReason] = useState("");
  const [numbers, setNumbers] = useState("");
  const path = { connection: connection.id };
  const refresh = () => queries.invalidateQueries({ predicate: (one) => one.queryKey[0] === "connections" });
  const test = useMutation({ mutationFn: () => ok(client.POST("/v1/connections/{connection}/test", { params: { path }, body: { sample: null } })), onSuccess: refresh });
  const rest = useMutation({
    mutationFn: (): Promise<unknown> => connection.paused
      ? ok(client.POST("/v1/connections/{connection}/enable", { params: { path } }))
      : ok(client.POST("/v1/connections/{connection}/disable", { params: { path }, body: { reason } })),
    onSuccess: async () => {
      setReason("");
      await refresh();
    },
  });
  const references = numbers.split(/[\s,;]+/).filter(Boolean);
  const watch = useMutation({ mutationFn: () => ok(client.POST("/v1/connections/{connection}/watch", { params: { path }, body: { references } })), onSuccess: () => setNumbers("") });
  const failed = [test, rest, watch].find((one) => one.error)?.error;
  const on = (run: () => void) => (event: FormEvent) => {
    event.preventDefault();
    run();
  };
  return (
    <section className="card grid content-start gap-4 p-4" aria-labelledby="acts">
      <h2 id="acts" className="font-semibold">{say("orders.next")}</h2>
      <p><button type="button" className="button" disabled={test.isPending} onClick={() => test.mutate()}>{say(test.isPending ? "connect.testing" : "connect.test")}</button></p>
      {test.data && <Steps trial={test.data} party={connection.party} environment={connection.environment} />}
      <form onSubmit={on(() => rest.mutate())} className="flex flex-wrap items-end gap-2">
        {!connection.paused && <label className="grid min-w-40 grow gap-1"><span className="label">{say("act.reason")}</span><input className="field" required maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} /></label>}
        <button type="submit" className="button" disabled={rest.isPending || (!connection.paused && reason.trim() === "")}>{say(connection.paused ? "connections.enable" : "connections.disable")}</button>
      </form>
      {operations.includes("tracking") && (
        <form onSubmit={on(() => watch.mutate())} className="grid gap-2">
          <label className="grid gap-1"><span className="label">{say("connections.watch")}</span><textarea className="field font-mono text-xs" rows={2} value={numbers} onChange={(event) => setNumbers(event.target.value)} /></label>
          <p className="flex flex-wrap items-center gap-2"><button type="submit" className="button" disabled={watch.isPending || references.length === 0}>{say("connections.watchDo", { n: references.length })}</button>{watch.data && <span role="status" className="text-good">{say("connections.watched", { n: watch.data.watched })}</span>}</p>
        </form>
      )}
      {failed && <Problem error={failed} />}
    </section>
  );
}
