// Signing in: the whole page at first, a dialog over the page in use when a session ends.
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { client, ok, ProblemError } from "../../api/client";
import { useSay } from "../../i18n";
import { Problem } from "../../ui/parts";
import { standing } from "./session";

export function SignInForm() {
  const { say } = useSay();
  const queries = useQueryClient();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      const me = await ok(client.POST("/v1/session", { body: { email, password } }));
      queries.setQueryData(["me"], me);
      standing.set("in");
      // All that was refused meanwhile is asked for anew; what is typed in open forms stays.
      await queries.invalidateQueries({ predicate: (query) => query.queryKey[0] !== "me" });
    } catch (failure) {
      setError(failure);
      setPassword("");
    } finally {
      setBusy(false);
    }
  };

  return (
    <form onSubmit={submit} className="grid gap-3">
      {error instanceof ProblemError && error.code === "login-failed" ? (
        <p role="alert" className="rounded-md bg-bad-bg p-2 text-bad">{say("session.wrong")}</p>
      ) : (
        error !== undefined && <Problem error={error} />
      )}
      <label className="grid gap-1">
        <span className="label">{say("session.email")}</span>
        <input className="field h-9" type="email" name="email" autoComplete="username" required autoFocus value={email} onChange={(event) => setEmail(event.target.value)} />
      </label>
      <label className="grid gap-1">
        <span className="label">{say("session.password")}</span>
        <input className="field h-9" type="password" name="password" autoComplete="current-password" required value={password} onChange={(event) => setPassword(event.target.value)} />
      </label>
      <button type="submit" className="button-main mt-1 h-9" disabled={busy}>
        {say(busy ? "session.signingIn" : "session.signIn")}
      </button>
    </form>
  );
}
