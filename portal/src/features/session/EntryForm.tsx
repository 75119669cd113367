// Coming in by an address that was handed over: an invitation is accepted, or a forgotten password set anew.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { client, ok } from "../../api/client";
import { useSay } from "../../i18n";
import { Problem } from "../../ui/parts";
import type { Entry } from "./entry";
import { standing } from "./session";

const PASSWORD_CHARS_MIN = 12;

export function EntryForm({ entry, onDone }: { entry: Entry; onDone: () => void }) {
  const { say } = useSay();
  const queries = useQueryClient();
  const [password, setPassword] = useState("");
  const mutation = useMutation({
    mutationFn: async () => {
      const body = { token: entry.token, password };
      if (entry.kind === "invitation") return ok(client.POST("/v1/invitations/accept", { body }));
      await ok(client.POST("/v1/password-resets/complete", { body }));
      return undefined;
    },
    onSuccess: (me) => {
      // It is used up: a reload must not offer it again.
      history.replaceState(null, "", "/");
      if (me) {
        queries.setQueryData(["me"], me);
        standing.set("in");
      }
      onDone();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    mutation.mutate();
  };
  return (
    <form onSubmit={submit} className="grid gap-3">
      <p className="text-muted">{say(`entry.${entry.kind}How`, { n: PASSWORD_CHARS_MIN })}</p>
      {mutation.error && <Problem error={mutation.error} />}
      <label className="grid gap-1">
        <span className="label">{say("session.password")}</span>
        <input className="field h-9" type="password" name="password" autoComplete="new-password" required autoFocus minLength={PASSWORD_CHARS_MIN} value={password} onChange={(event) => setPassword(event.target.value)} />
      </label>
      <button type="submit" className="button-main mt-1 h-9" disabled={mutation.isPending}>{say(`entry.${entry.kind}Do`)}</button>
    </form>
  );
}
