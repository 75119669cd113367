// API keys: made with chosen scopes and shown once, revoked at once.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { client, ok, type Schemas } from "../../api/client";
import { usePages } from "../../api/pages";
import { useSay } from "../../i18n";
import { Ago, Badge, Empty, Loading, Moment, More, Problem, Said } from "../../ui/parts";
import { Secret } from "../../ui/Secret";
import { useMay, useMe } from "../session/me";
import { Who } from "../session/Who";
import { rolesQuery } from "./PeoplePage";
import { SettingsHead } from "./SettingsTabs";

type ApiKey = Schemas["KeyOut"];

/** What a key is now. */
export function standingOf(key: Pick<ApiKey, "revoked_at" | "expires_at">, now: Date): "valid" | "revoked" | "expired" {
  if (key.revoked_at) return "revoked";
  return key.expires_at && new Date(key.expires_at) <= now ? "expired" : "valid";
}

export default function KeysPage() {
  const { say } = useSay();
  const may = useMay("keys:write");
  const { pages, rows: items } = usePages(["keys"], (cursor) => ok(client.GET("/v1/keys", { params: { query: { limit: 100, cursor } } })));
  return (
    <>
      <SettingsHead />
      {may && <Make />}
      {pages.error && <Problem error={pages.error} retry={() => void pages.refetch()} />}
      {pages.isPending && !pages.error && <Loading />}
      {pages.data && items.length === 0 && <Empty title={say("keys.empty")}>{say("keys.emptyHow")}</Empty>}
      {items.length > 0 && <ul className="card divide-y divide-line">{items.map((key) => <Line key={key.id} apiKey={key} may={may} />)}</ul>}
      <More pages={pages} />
    </>
  );
}

function Line({ apiKey, may }: { apiKey: ApiKey; may: boolean }) {
  const { say } = useSay();
  const queries = useQueryClient();
  const [sure, setSure] = useState(false);
  const standing = standingOf(apiKey, new Date());
  const revoke = useMutation({
    mutationFn: () => ok(client.DELETE("/v1/keys/{id}", { params: { path: { id: apiKey.id } } })),
    onSuccess: () => queries.invalidateQueries({ predicate: (one) => one.queryKey[0] === "keys" }),
  });
  return (
    <li className="px-3 py-2">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <span className="min-w-0 grow"><bdi className="font-medium">{apiKey.name}</bdi> <code className="text-xs text-muted">{apiKey.id}</code></span>
        <Badge group="key" value={standing} />
        <span className="text-xs text-muted">{say("keys.used")} <Ago at={apiKey.last_used_at} /></span>
        {may && standing === "valid" && (sure
          ? <span className="flex gap-2"><button type="button" className="button border-bad text-bad" disabled={revoke.isPending} onClick={() => revoke.mutate()}>{say("keys.sure")}</button><button type="button" className="button" onClick={() => setSure(false)}>{say("cancel")}</button></span>
          : <button type="button" className="button" onClick={() => setSure(true)}>{say("keys.revoke")}<span lang="" className="sr-only"> {apiKey.name}</span></button>)}
      </div>
      <p className="text-xs text-muted"><code>{apiKey.scopes.join(", ")}</code>{apiKey.networks.length > 0 && <> · {say("keys.from")} <code>{apiKey.networks.join(", ")}</code></>}</p>
      <p className="text-xs text-muted"><Who principal={apiKey.created_by} /> · <Moment at={apiKey.created_at} />{apiKey.expires_at && <> · {say("keys.until")} <Moment at={apiKey.expires_at} /></>}</p>
      {revoke.error && <Problem error={revoke.error} />}
    </li>
  );
}

function Make() {
  const { say } = useSay();
  const queries = useQueryClient();
  const me = useMe();
  const roles = useQuery(rolesQuery);
  const [name, setName] = useState("");
  const [until, setUntil] = useState("");
  const [networks, setNetworks] = useState("");
  const [scopes, setScopes] = useState<ReadonlySet<string>>(new Set());
  const own = me?.scopes ?? [];
  // Nobody grants more than it has.
  const offered = (roles.data?.scopes ?? []).filter((scope) => own.includes("*") || own.includes(scope.name));
  const mutation = useMutation({
    mutationFn: () => {
      const from = networks.split(/[\s,]+/).filter(Boolean);
      return ok(client.POST("/v1/keys", { body: { name, scopes: [...scopes], expires_at: until ? new Date(`${until}T23:59:59Z`).toISOString() : null, networks: from.length > 0 ? from : null } }));
    },
    onSuccess: async () => {
      setName("");
      setUntil("");
      setNetworks("");
      setScopes(new Set());
      await queries.invalidateQueries({ predicate: (one) => one.queryKey[0] === "keys" });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    mutation.mutate();
  };
  const turn = (scope: string) => {
    const next = new Set(scopes);
    if (!next.delete(scope)) next.add(scope);
    setScopes(next);
  };
  return (
    <>
      <details className="card mb-4 p-4">
        <summary className="cursor-pointer font-medium">{say("keys.make")}</summary>
        <form onSubmit={submit} className="mt-3 grid gap-3">
          <div className="flex flex-wrap gap-3">
            <label className="grid gap-1"><span className="label">{say("keys.name")}</span><input className="field w-60" required maxLength={100} placeholder={say("keys.example")} value={name} onChange={(event) => setName(event.target.value)} /></label>
            <label className="grid gap-1"><span className="label">{say("keys.until")}</span><input className="field w-44" type="date" value={until} onChange={(event) => setUntil(event.target.value)} /></label>
            <label className="grid gap-1"><span className="label">{say("keys.networks")}</span><input className="field w-60" maxLength={1000} placeholder="203.0.113.0/24" value={networks} onChange={(event) => setNetworks(event.target.value)} /></label>
          </div>
          <fieldset>
            <legend className="label mb-1">{say("keys.scopes")}</legend>
            <ul className="grid gap-x-4 gap-y-1 sm:grid-cols-2">
              {offered.map((scope) => (
                <li key={scope.name}>
                  <label className="flex items-start gap-2"><input type="checkbox" className="mt-0.5 size-6 shrink-0" checked={scopes.has(scope.name)} onChange={() => turn(scope.name)} /><span><code>{scope.name}</code><span className="block text-xs text-muted"><Said by={`scope.${scope.name}`} text={scope.meaning} /></span></span></label>
                </li>
              ))}
            </ul>
          </fieldset>
          {mutation.error && <Problem error={mutation.error} />}
          <button type="submit" className="button-main justify-self-start" disabled={mutation.isPending || scopes.size === 0}>{say("keys.make")}</button>
        </form>
      </details>
      {mutation.data && <Secret title={say("keys.made", { name: mutation.data.name })} value={mutation.data.key} hint={say("keys.once", { command: `curl -H "Authorization: Bearer $KEY" ${location.origin}/v1/me` })} onClose={() => mutation.reset()} />}
    </>
  );
}
