// What can be done with a webhook: try it, put it to rest or wake it, give it a new secret, recover what it missed, remove it.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { client, ok, ProblemError, type Schemas } from "../../api/client";
import { useSay } from "../../i18n";
import { Problem } from "../../ui/parts";

export function HookActs({ hook, etag, onRotate }: { hook: Schemas["Webhook"]; etag: string; onRotate: () => void }) {
  const { say, word } = useSay();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [since, setSince] = useState("");
  const [sure, setSure] = useState(false);
  const path = { id: hook.id };
  const refresh = () => queries.invalidateQueries({ predicate: (one) => ["hooks", "deliveries", "delivery"].includes(String(one.queryKey[0])) });
  const test = useMutation({ mutationFn: () => ok(client.POST("/v1/webhooks/{id}/test", { params: { path } })) });
  const change = useMutation({
    mutationFn: (status: string) => ok(client.PATCH("/v1/webhooks/{id}", { params: { path, header: { "if-match": etag } }, body: { status } })),
    onSettled: refresh,
  });
  const recover = useMutation({
    mutationFn: () => ok(client.POST("/v1/webhooks/{id}/recover", { params: { path }, body: { since: new Date(since).toISOString() } })),
    onSuccess: refresh,
  });
  const remove = useMutation({
    mutationFn: () => ok(client.DELETE("/v1/webhooks/{id}", { params: { path, header: { "if-match": etag } } })),
    onSuccess: async () => {
      await navigate({ to: "/settings/webhooks" });
      await refresh();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    recover.mutate();
  };
  const enabled = hook.status === "enabled";
  const failed = [test, change, recover, remove].find((one) => one.error)?.error;
  return (
    <section aria-label={say("orders.next")} className="card grid gap-3 p-4">
      <div className="flex flex-wrap gap-2">
        <button type="button" className="button" disabled={test.isPending} onClick={() => test.mutate()}>{say("hooks.test")}</button>
        <button type="button" className="button" disabled={change.isPending} onClick={() => change.mutate(enabled ? "disabled" : "enabled")}>{say(enabled ? "hooks.disable" : "hooks.enable")}</button>
        <button type="button" className="button" onClick={onRotate}>{say("hooks.rotate")}</button>
        {sure
          ? <><button type="button" className="button border-bad text-bad" disabled={remove.isPending} onClick={() => remove.mutate()}>{say("hooks.removeSure")}</button><button type="button" className="button" onClick={() => setSure(false)}>{say("cancel")}</button></>
          : <button type="button" className="button" onClick={() => setSure(true)}>{say("hooks.remove")}</button>}
      </div>
      {test.data && (
        <p role="status" data-test={test.data.outcome} className={`rounded-md p-2 ${test.data.outcome === "delivered" ? "bg-good-bg text-good" : "bg-warn-bg text-warn"}`}>
          {word("try", test.data.outcome)}{test.data.status ? ` (${test.data.status})` : ""}, {test.data.duration_ms} ms <bdi className="block text-xs text-ink [overflow-wrap:anywhere]">{test.data.response}</bdi>
        </p>
      )}
      <form onSubmit={submit} className="flex flex-wrap items-end gap-2">
        <label className="grid gap-1"><span className="label">{say("hooks.since")}</span><input className="field" type="datetime-local" required value={since} onChange={(event) => setSince(event.target.value)} /></label>
        <button type="submit" className="button" disabled={recover.isPending || !enabled}>{say("hooks.recover")}</button>
        {recover.data && <span role="status" className="text-good">{say("hooks.recovered", { n: recover.data.deliveries })}{recover.data.more && <> {say("hooks.recoverMore")}</>}</span>}
      </form>
      {failed instanceof ProblemError && failed.status === 412 ? <p role="alert" className="rounded-md bg-warn-bg p-2 text-warn">{say("conflict.title")}</p> : failed && <Problem error={failed} />}
    </section>
  );
}
