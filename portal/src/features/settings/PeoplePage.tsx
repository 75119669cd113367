// The company's people with their roles: invited by an address that is handed over, changed, disabled.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { client, ok } from "../../api/client";
import { usePages } from "../../api/pages";
import { useSay } from "../../i18n";
import { Ago, Badge, Loading, More, Problem } from "../../ui/parts";
import { Secret } from "../../ui/Secret";
import { entryAddress } from "../session/entry";
import { useMay } from "../session/me";
import { Person } from "./Person";
import { SettingsHead } from "./SettingsTabs";

const route = getRouteApi("/settings/people");

export const rolesQuery = { queryKey: ["roles"], queryFn: () => ok(client.GET("/v1/roles")), staleTime: Number.POSITIVE_INFINITY };

export default function PeoplePage() {
  const { word } = useSay();
  const navigate = useNavigate();
  const { id } = route.useSearch();
  const may = useMay("users:write");
  const { pages, rows: people } = usePages(["people"], (cursor) => ok(client.GET("/v1/users", { params: { query: { limit: 200, cursor } } })));
  const open = (one: string | undefined) => void navigate({ to: "/settings/people", search: { id: one }, replace: true });

  return (
    <>
      <SettingsHead />
      {may && <Invite />}
      {pages.error && <Problem error={pages.error} retry={() => void pages.refetch()} />}
      {pages.isPending && !pages.error && <Loading />}
      <div className="grid grid-cols-1 gap-4 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <div>
          <ul className="card divide-y divide-line">
            {people.map((person) => (
              <li key={person.id} className={person.id === id ? "bg-mark" : ""}>
                <button type="button" aria-current={person.id === id || undefined} className="grid w-full items-center gap-x-4 gap-y-1 px-3 py-2 text-left hover:bg-sunken sm:grid-cols-[minmax(0,1fr)_8rem_7rem_8rem]" onClick={() => open(person.id)}>
                  <span className="min-w-0"><bdi className="block truncate font-medium">{person.name}</bdi><bdi className="block truncate text-xs text-muted">{person.email}</bdi></span>
                  <span>{word("role", person.role)}</span>
                  <span><Badge group="person" value={person.status} /></span>
                  <span className="text-xs text-muted"><Ago at={person.last_seen_at} /></span>
                </button>
              </li>
            ))}
          </ul>
          <More pages={pages} />
        </div>
        {id && <Person key={id} id={id} onClose={() => open(undefined)} />}
      </div>
    </>
  );
}

function Invite() {
  const { say, word } = useSay();
  const queries = useQueryClient();
  const roles = useQuery(rolesQuery);
  const [person, setPerson] = useState({ email: "", name: "", role: "viewer" });
  const mutation = useMutation({
    mutationFn: () => ok(client.POST("/v1/users", { body: person })),
    onSuccess: async () => {
      setPerson({ email: "", name: "", role: person.role });
      await queries.invalidateQueries({ predicate: (one) => one.queryKey[0] === "people" });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    mutation.mutate();
  };
  return (
    <>
      <details className="card mb-4 p-4">
        <summary className="cursor-pointer font-medium">{say("people.invite")}</summary>
        <form onSubmit={submit} className="mt-3 flex flex-wrap items-end gap-3">
          <label className="grid gap-1"><span className="label">{say("people.name")}</span><input className="field w-52" required maxLength={200} value={person.name} onChange={(event) => setPerson({ ...person, name: event.target.value })} /></label>
          <label className="grid gap-1"><span className="label">{say("session.email")}</span><input className="field w-60" type="email" required maxLength={254} value={person.email} onChange={(event) => setPerson({ ...person, email: event.target.value })} /></label>
          <label className="grid gap-1">
            <span className="label">{say("session.role")}</span>
            <select className="field w-auto" value={person.role} onChange={(event) => setPerson({ ...person, role: event.target.value })}>
              {(roles.data?.roles ?? []).map((role) => <option key={role.name} value={role.name}>{word("role", role.name)}</option>)}
            </select>
          </label>
          <button type="submit" className="button-main" disabled={mutation.isPending}>{say("people.invite")}</button>
        </form>
        <p className="mt-2 text-xs text-muted">{word("roleMeans", person.role)}</p>
        {mutation.error && <div className="mt-3"><Problem error={mutation.error} /></div>}
      </details>
      {mutation.data && <Secret title={say("people.invited", { name: mutation.data.user.name })} value={entryAddress(location.origin, "invitation", mutation.data.token)} hint={say("people.handOver")} onClose={() => mutation.reset()} />}
    </>
  );
}
