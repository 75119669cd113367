// Signing in by the company's own login: its short name leads to the identity providers that it has.
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { client, ok } from "../../api/client";
import { useSay } from "../../i18n";
import { Problem } from "../../ui/parts";

export function Ways() {
  const { say } = useSay();
  const [tenant, setTenant] = useState("");
  const mutation = useMutation({ mutationFn: () => ok(client.GET("/v1/session/providers", { params: { query: { tenant: tenant.trim() } } })) });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    mutation.mutate();
  };
  const back = `?return_to=${encodeURIComponent(location.pathname + location.search)}`;
  return (
    <details className="mt-4">
      <summary className="cursor-pointer text-muted">{say("ways.title")}</summary>
      <form onSubmit={submit} className="mt-2 flex items-end gap-2">
        <label className="grid grow gap-1"><span className="label">{say("ways.tenant")}</span><input className="field h-9" required maxLength={100} autoCapitalize="none" autoComplete="organization" value={tenant} onChange={(event) => setTenant(event.target.value)} /></label>
        <button type="submit" className="button h-9" disabled={mutation.isPending}>{say("ways.show")}</button>
      </form>
      {mutation.error && <div className="mt-2"><Problem error={mutation.error} /></div>}
      {mutation.data && (
        <ul role="status" className="mt-2 grid gap-2">
          {mutation.data.providers.map((way) => <li key={way.login_path}><a className="button w-full" href={`${way.login_path}${back}`}>{way.name}</a></li>)}
          {mutation.data.providers.length === 0 && <li className="text-muted">{say("ways.none")}</li>}
        </ul>
      )}
    </details>
  );
}
