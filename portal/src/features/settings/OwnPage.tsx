// One's own settings: how the portal looks and reads in this browser, the password, and the sessions.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { client, ok } from "../../api/client";
import { type Key, language as spoken, speak, useSay } from "../../i18n";
import { density } from "../../ui/density";
import { Ago, Problem } from "../../ui/parts";
import { type Store, useStore } from "../../ui/store";
import { theme } from "../../ui/theme";
import { useMe } from "../session/me";
import { standing } from "../session/session";
import { keys } from "../shell/typing";
import { SettingsHead } from "./SettingsTabs";

const PASSWORD_CHARS_MIN = 12;

export default function OwnPage() {
  const { say, word } = useSay();
  const me = useMe();
  return (
    <>
      <SettingsHead />
      <div className="grid gap-6 lg:grid-cols-2">
        <section className="card grid min-w-0 grid-cols-1 content-start gap-4 p-4" aria-labelledby="look">
          <h2 id="look" className="font-semibold">{say("own.look")}</h2>
          <Options label="shell.language" store={{ ...spoken, set: speak }} options={[["en", "English"], ["hi", "हिन्दी"]]} />
          <Options label="own.theme" store={theme} options={[["light", say("own.light")], ["dark", say("own.dark")]]} />
          <Options label="own.density" store={density} options={[["comfortable", say("own.comfortable")], ["compact", say("own.compact")]]} />
          <Options label="own.keys" store={keys} options={[["on", say("own.on")], ["off", say("own.off")]]} />
          <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-xs">
            {(["j k", "Enter", "/", "Ctrl K"] as const).map((key) => <div key={key} className="contents"><dt><kbd className="rounded border border-line bg-sunken px-1.5">{key}</kbd></dt><dd className="text-muted">{say(`own.key.${key}`)}</dd></div>)}
          </dl>
          <p className="text-xs text-muted">{say("own.lookWhere")}</p>
        </section>
        {me?.user && (
          <section className="card grid min-w-0 grid-cols-1 content-start gap-4 p-4" aria-labelledby="account">
            <h2 id="account" className="font-semibold">{say("own.account")}</h2>
            <p><bdi>{me.user.name}</bdi> <span className="text-muted"><bdi>{me.user.email}</bdi> · {me.role && word("role", me.role)}</span></p>
            <Password />
            <Sessions />
          </section>
        )}
      </div>
    </>
  );
}

function Options<T extends string>({ label, store, options }: { label: Key; store: Store<T>; options: [T, string][] }) {
  const { say } = useSay();
  const now = useStore(store);
  return (
    <fieldset className="flex flex-wrap items-center gap-2">
      <legend className="label mb-1">{say(label)}</legend>
      {options.map(([value, text]) => (
        <button key={value} type="button" lang={label === "shell.language" ? value : undefined} className="button aria-pressed:border-accent aria-pressed:font-semibold" aria-pressed={now === value} onClick={() => store.set(value)}>{text}</button>
      ))}
    </fieldset>
  );
}

/** A change of password ends all sessions and begins this one anew. */
function Password() {
  const { say } = useSay();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const mutation = useMutation({
    mutationFn: () => ok(client.PUT("/v1/me/password", { body: { current, new: next } })),
    onSuccess: () => {
      setCurrent("");
      setNext("");
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    mutation.mutate();
  };
  return (
    <form onSubmit={submit} className="grid gap-2" aria-label={say("own.password")}>
      <h3 className="font-medium">{say("own.password")}</h3>
      <label className="grid gap-1"><span className="label">{say("own.current")}</span><input className="field" type="password" autoComplete="current-password" required value={current} onChange={(event) => setCurrent(event.target.value)} /></label>
      <label className="grid gap-1"><span className="label">{say("own.new", { n: PASSWORD_CHARS_MIN })}</span><input className="field" type="password" autoComplete="new-password" required minLength={PASSWORD_CHARS_MIN} value={next} onChange={(event) => setNext(event.target.value)} /></label>
      {mutation.error && <Problem error={mutation.error} />}
      {mutation.isSuccess && <p role="status" className="rounded-md bg-good-bg p-2 text-good">{say("own.changed")}</p>}
      <button type="submit" className="button justify-self-start" disabled={mutation.isPending}>{say("own.change")}</button>
    </form>
  );
}

/** Where one is signed in: one session is ended alone, or all of them. */
function Sessions() {
  const { say } = useSay();
  const queries = useQueryClient();
  const query = useQuery({ queryKey: ["own-sessions"], queryFn: () => ok(client.GET("/v1/me/sessions", { params: { query: { limit: 50 } } })) });
  const end = useMutation({
    mutationFn: (id: string) => ok(client.DELETE("/v1/me/sessions/{id}", { params: { path: { id } } })),
    onSuccess: () => queries.invalidateQueries({ predicate: (one) => one.queryKey[0] === "own-sessions" }),
  });
  const all = useMutation({
    mutationFn: () => ok(client.DELETE("/v1/me/sessions")),
    onSuccess: () => {
      queries.clear();
      standing.set("out");
    },
  });
  const error = query.error ?? end.error ?? all.error;
  return (
    <section className="grid grid-cols-1 gap-2 border-t border-line pt-3" aria-labelledby="sessions">
      <h3 id="sessions" className="font-medium">{say("own.sessions")}</h3>
      <ul className="divide-y divide-line">
        {query.data?.items.map((session) => (
          <li key={session.id} className="flex items-center gap-3 py-2 text-xs">
            <span className="min-w-0 grow">
              <bdi className="block truncate">{session.agent ?? "–"}</bdi>
              <span className="text-muted"><bdi>{session.address}</bdi> · {say("people.seen")} <Ago at={session.last_seen_at} /></span>
            </span>
            {session.current ? <span className="shrink-0 text-good">✓ {say("own.thisOne")}</span> : <button type="button" className="button shrink-0" disabled={end.isPending} onClick={() => end.mutate(session.id)}>{say("own.end")}</button>}
          </li>
        ))}
      </ul>
      <p className="text-muted">{say("own.sessionsHow")}</p>
      {error && <Problem error={error} />}
      <button type="button" className="button justify-self-start" disabled={all.isPending} onClick={() => all.mutate()}>{say("own.endAll")}</button>
    </section>
  );
}
