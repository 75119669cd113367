// The form of an action: for one exception, or for many at once.
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { client, ok } from "../../api/client";
import { useSay } from "../../i18n";
import { useMay, useMe } from "../session/me";
import { type Act, actOf, EMPTY, type Verb } from "./act";

export function ActForm({ verbs, busy, onAct, children }: { verbs: Verb[]; busy: boolean; onAct: (act: Act, done: () => void) => void; children?: ReactNode }) {
  const { say } = useSay();
  const me = useMe();
  const [asked, setVerb] = useState<Verb>("comment");
  const [draft, setDraft] = useState(EMPTY);
  const verb = verbs.includes(asked) ? asked : (verbs[0] ?? "comment");
  const people = useQuery({ queryKey: ["users"], queryFn: () => ok(client.GET("/v1/users", { params: { query: { limit: 200 } } })), enabled: useMay("users:read"), staleTime: 300_000 });
  const owners = people.data?.items.map((user) => [user.email, user.name] as const) ?? (me?.user ? [[me.user.email, me.user.name] as const] : []);
  // Whoever takes it is oneself, unless another is chosen.
  const owner = draft.owner || me?.user?.email || "";
  const act = actOf(verb, { ...draft, owner });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (act) onAct(act, () => setDraft(EMPTY));
  };
  const needed = verb === "resolve" || verb === "reopen" || verb === "comment";

  return (
    <form onSubmit={submit} className="grid gap-2">
      <fieldset className="flex flex-wrap gap-1">
        <legend className="sr-only">{say("act.what")}</legend>
        {verbs.map((one) => (
          <button key={one} type="button" className={one === verb ? "button border-accent font-semibold" : "button"} aria-pressed={one === verb} onClick={() => setVerb(one)}>{say(`act.${one}`)}</button>
        ))}
      </fieldset>
      {verb === "assign" && (
        <label className="grid gap-1">
          <span className="label">{say("act.owner")}</span>
          <select className="field" value={owner} onChange={(event) => setDraft({ ...draft, owner: event.target.value })}>
            {owners.map(([email, name]) => <option key={email} value={email} lang="">{name} ({email})</option>)}
          </select>
        </label>
      )}
      {verb === "snooze" && (
        <label className="grid gap-1">
          <span className="label">{say("act.until")}</span>
          <input className="field" type="datetime-local" required value={draft.until} onChange={(event) => setDraft({ ...draft, until: event.target.value })} />
        </label>
      )}
      {verb !== "assign" && (
        <label className="grid gap-1">
          <span className="label">{say(verb === "comment" ? "act.text" : "act.reason")}</span>
          <textarea className="field" rows={2} maxLength={1000} required={needed} value={draft.text} onChange={(event) => setDraft({ ...draft, text: event.target.value })} />
        </label>
      )}
      {children}
      <button type="submit" className="button-main justify-self-start" disabled={busy || !act}>{say(`act.${verb}`)}</button>
    </form>
  );
}
