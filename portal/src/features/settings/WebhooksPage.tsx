// Outgoing webhooks: the addresses that events are brought to, and how each stands.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useAttempt } from "../../api/attempt";
import { client, ok } from "../../api/client";
import { usePages } from "../../api/pages";
import { useSay } from "../../i18n";
import { Ago, Badge, Empty, Loading, More, Problem } from "../../ui/parts";
import { Secret } from "../../ui/Secret";
import { useMay } from "../session/me";
import { Kinds } from "./Kinds";
import { SettingsHead } from "./SettingsTabs";

export default function WebhooksPage() {
  const { say, word } = useSay();
  const may = useMay("webhooks:write");
  const { pages, rows: items } = usePages(["hooks"], (cursor) => ok(client.GET("/v1/webhooks", { params: { query: { limit: 100, cursor } } })));
  return (
    <>
      <SettingsHead />
      {may && <Make />}
      {pages.error && <Problem error={pages.error} retry={() => void pages.refetch()} />}
      {pages.isPending && !pages.error && <Loading />}
      {pages.data && items.length === 0 && <Empty title={say("hooks.empty")}>{say("hooks.emptyHow")}</Empty>}
      {items.length > 0 && (
        <ul className="card divide-y divide-line">
          {items.map((hook) => (
            <li key={hook.id} className="px-3 py-2">
              <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
                <Link className="min-w-0 grow font-medium hover:underline" to="/settings/webhooks/$id" params={{ id: hook.id }} search={{}}><bdi>{hook.name}</bdi></Link>
                <Badge group="hook" value={hook.status} />
              </div>
              <p className="text-xs text-muted [overflow-wrap:anywhere]"><bdi>{hook.url}</bdi> · {say("hooks.kindCount", { n: hook.kinds.length })}</p>
              {hook.disabled && <p className="text-xs text-bad">{word("rest", hook.disabled.reason)} · <Ago at={hook.disabled.at} /></p>}
              {hook.failing_since && <p className="text-xs text-warn">{say("hooks.failingSince")} <Ago at={hook.failing_since} /></p>}
            </li>
          ))}
        </ul>
      )}
      <More pages={pages} />
    </>
  );
}

function Make() {
  const { say } = useSay();
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [url, setUrl] = useState("https://");
  const [kinds, setKinds] = useState<ReadonlySet<string>>(new Set());
  const attempt = useAttempt();
  const mutation = useMutation({
    mutationFn: () => {
      const body = { name, url, kinds: kinds.size > 0 ? [...kinds] : null };
      return ok(client.POST("/v1/webhooks", { headers: { "idempotency-key": attempt.keyOf(body) }, body }));
    },
    onSuccess: async () => {
      attempt.done();
      setName("");
      setUrl("https://");
      setKinds(new Set());
      await queries.invalidateQueries({ predicate: (one) => one.queryKey[0] === "hooks" });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    mutation.mutate();
  };
  return (
    <>
      <details className="card mb-4 p-4">
        <summary className="cursor-pointer font-medium">{say("hooks.make")}</summary>
        <form onSubmit={submit} className="mt-3 grid gap-3">
          <div className="flex flex-wrap gap-3">
            <label className="grid gap-1"><span className="label">{say("people.name")}</span><input className="field w-52" required maxLength={100} value={name} onChange={(event) => setName(event.target.value)} /></label>
            <label className="grid min-w-60 grow gap-1"><span className="label">{say("hooks.url")}</span><input className="field" type="url" required maxLength={2000} value={url} onChange={(event) => setUrl(event.target.value)} /></label>
          </div>
          <Kinds chosen={kinds} onChange={setKinds} />
          <p className="text-xs text-muted">{say("hooks.allKinds")}</p>
          {mutation.error && <Problem error={mutation.error} />}
          <button type="submit" className="button-main justify-self-start" disabled={mutation.isPending}>{say("hooks.make")}</button>
        </form>
      </details>
      {mutation.data?.secret && <Secret title={say("hooks.made", { name: mutation.data.name })} value={mutation.data.secret} hint={say("hooks.secret")} onClose={() => mutation.reset()} />}
    </>
  );
}
