// One person: role and status to change, sessions to end; what the person's keys still do is said.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, ok, ProblemError, type Schemas, tagged } from "../../api/client";
import { useSay } from "../../i18n";
import { Ago, Badge, Loading, Moment, Problem } from "../../ui/parts";
import { Secret } from "../../ui/Secret";
import { entryAddress } from "../session/entry";
import { useMay } from "../session/me";
import { rolesQuery } from "./PeoplePage";

type Change = Schemas["UserPatch"];

export function Person({ id, onClose }: { id: string; onClose: () => void }) {
  const { say, word } = useSay();
  const queries = useQueryClient();
  const may = useMay("users:write");
  const roles = useQuery(rolesQuery);
  const query = useQuery({ queryKey: ["people", "one", id], queryFn: () => tagged(client.GET("/v1/users/{id}", { params: { path: { id } } })) });
  const mayRevoke = useMay("keys:write");
  const [role, setRole] = useState<string>();
  const [revoke, setRevoke] = useState(false);
  const refresh = () => queries.invalidateQueries({ predicate: (one) => ["people", "users", "keys"].includes(String(one.queryKey[0])) });
  const change = useMutation({
    mutationFn: ({ change, etag }: { change: Change; etag: string }) => ok(client.PATCH("/v1/users/{id}", { params: { path: { id }, header: { "if-match": etag } }, body: change })),
    onSuccess: async () => {
      setRole(undefined);
      await refresh();
    },
  });
  const end = useMutation({ mutationFn: () => ok(client.DELETE("/v1/users/{id}/sessions", { params: { path: { id } } })) });
  const reset = useMutation({ mutationFn: () => ok(client.POST("/v1/users/{id}/password-reset", { params: { path: { id } } })) });
  if (query.error) return <Problem error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Loading />;
  const { body: person, etag } = query.data;
  const conflict = change.error instanceof ProblemError && change.error.status === 412 ? (change.error.current as Schemas["UserOut"] | undefined) : undefined;
  const told = (one: Schemas["UserOut"]) => `${word("role", one.role)}, ${word("person", one.status)}`;
  const apply = (patch: Change) => change.mutate({ change: patch, etag });

  return (
    <section aria-labelledby="person" className="card grid min-w-0 grid-cols-1 content-start gap-3 p-4">
      <div className="flex items-start justify-between gap-2">
        <h2 id="person" className="min-w-0 font-semibold"><bdi>{person.name}</bdi></h2>
        <button type="button" className="button" onClick={onClose}>{say("close")}</button>
      </div>
      <p><bdi>{person.email}</bdi></p>
      <p><Badge group="person" value={person.status} /> {word("role", person.role)}</p>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 text-xs">
        <dt className="text-muted">{say("people.since")}</dt><dd><Moment at={person.created_at} /></dd>
        <dt className="text-muted">{say("people.seen")}</dt><dd><Ago at={person.last_seen_at} /></dd>
      </dl>
      {may ? (
        <>
          <div className="flex flex-wrap items-end gap-2">
            <label className="grid gap-1">
              <span className="label">{say("session.role")}</span>
              <select className="field w-auto" value={role ?? person.role} onChange={(event) => setRole(event.target.value)}>
                {(roles.data?.roles ?? []).map((one) => <option key={one.name} value={one.name}>{word("role", one.name)}</option>)}
              </select>
            </label>
            <button type="button" className="button" disabled={change.isPending || role === undefined || role === person.role} onClick={() => apply({ role, revoke_keys: false })}>{say("people.setRole")}</button>
          </div>
          <p className="text-xs text-muted">{word("roleMeans", role ?? person.role)}</p>
          <div className="flex flex-wrap gap-2">
            {person.status === "disabled"
              ? <button type="button" className="button" disabled={change.isPending} onClick={() => apply({ status: "active", revoke_keys: false })}>{say("people.enable")}</button>
              : <button type="button" className="button" disabled={change.isPending} onClick={() => apply({ status: "disabled", revoke_keys: revoke })}>{say("people.disable")}</button>}
            <button type="button" className="button" disabled={end.isPending} onClick={() => end.mutate()}>{say("people.endSessions")}</button>
            {person.status === "active" && <button type="button" className="button" disabled={reset.isPending} onClick={() => reset.mutate()}>{say("people.reset")}</button>}
          </div>
          {mayRevoke && person.status !== "disabled" && <label className="flex items-center gap-2 text-xs"><input type="checkbox" className="size-6 shrink-0" checked={revoke} onChange={(event) => setRevoke(event.target.checked)} />{say("people.revoke")}</label>}
        </>
      ) : <p className="text-muted">{say("exceptions.mayNot")}</p>}
      {conflict && (
        <div role="alert" className="rounded-md bg-warn-bg p-3 text-warn">
          <p className="font-medium">{say("conflict.title")}</p>
          <p>{say("conflict.seen")}: {told(person)} · {say("conflict.now")}: {told(conflict)}</p>
          <button type="button" className="button mt-2" onClick={() => { change.reset(); void refresh(); }}>{say("orders.reload")}</button>
        </div>
      )}
      {change.error && !conflict && <Problem error={change.error} />}
      {end.error && <Problem error={end.error} />}
      {reset.error && <Problem error={reset.error} />}
      {reset.data && <Secret title={say("people.resetFor", { email: reset.data.email })} value={entryAddress(location.origin, "reset", reset.data.token)} hint={say("people.handOver")} onClose={() => reset.reset()} />}
      {end.isSuccess && <p role="status" className="rounded-md bg-good-bg p-2 text-good">{say("people.ended")}</p>}
      {change.data && (change.data.keys?.length ?? 0) > 0 && <p role="status" className="rounded-md bg-warn-bg p-2 text-warn">{say("people.keysGoOn")} {change.data.keys.map((key) => <code key={key} className="mr-2">{key}</code>)}</p>}
    </section>
  );
}
