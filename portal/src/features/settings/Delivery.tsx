// One delivery: every try with what came back, what is sent, and sending it again.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { client, ok } from "../../api/client";
import { useSay } from "../../i18n";
import { Ago, Badge, Loading, Moment, Problem } from "../../ui/parts";
import { useMay } from "../session/me";

export function Delivery({ hook, id, onClose }: { hook: string; id: string; onClose: () => void }) {
  const { say, word } = useSay();
  const queries = useQueryClient();
  const may = useMay("webhooks:write");
  const path = { id: hook, delivery: id };
  const query = useQuery({ queryKey: ["delivery", id], queryFn: () => ok(client.GET("/v1/webhooks/{id}/deliveries/{delivery}", { params: { path } })), refetchInterval: (now) => (now.state.data?.status === "pending" ? 2_000 : false) });
  const resend = useMutation({
    mutationFn: () => ok(client.POST("/v1/webhooks/{id}/deliveries/{delivery}/resend", { params: { path } })),
    onSuccess: () => queries.invalidateQueries({ predicate: (one) => ["deliveries", "delivery", "hooks"].includes(String(one.queryKey[0])) }),
  });
  if (query.error) return <Problem error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Loading />;
  const found = query.data;
  return (
    <section aria-labelledby="delivery" className="card grid min-w-0 grid-cols-1 content-start gap-3 p-4">
      <div className="flex items-start justify-between gap-2">
        <h2 id="delivery" className="min-w-0 font-semibold"><code className="text-sm">{found.kind}</code></h2>
        <button type="button" className="button" onClick={onClose}>{say("close")}</button>
      </div>
      <p className="flex flex-wrap items-center gap-2"><Badge group="delivery" value={found.status} /><code className="select-all text-xs text-muted">{found.event_id}</code></p>
      {found.next_attempt_at && <p>{say("hooks.nextTry")} <Ago at={found.next_attempt_at} /></p>}
      <ol className="grid grid-cols-1 gap-2">
        {found.tries.map((one) => (
          <li key={one.number} className="rounded-md border border-line p-2">
            <p className="flex flex-wrap items-center gap-2 text-xs"><span className="text-muted">{one.number}.</span><span className="font-medium">{word("try", one.outcome)}</span>{one.status && <code>{one.status}</code>}{one.duration_ms !== null && one.duration_ms !== undefined && <span>{one.duration_ms} ms</span>}<span className="text-muted"><Moment at={one.at} /></span></p>
            {one.response && <pre className="mt-1 max-h-32 overflow-auto whitespace-pre-wrap text-xs [overflow-wrap:anywhere]" tabIndex={0}>{one.response}</pre>}
          </li>
        ))}
      </ol>
      {found.body !== undefined && found.body !== null && (
        <details>
          <summary className="cursor-pointer">{say("hooks.body")}</summary>
          <pre className="mt-1 max-h-96 overflow-auto rounded bg-sunken p-2 text-xs" tabIndex={0}>{JSON.stringify(found.body, undefined, 2)}</pre>
        </details>
      )}
      {resend.error && <Problem error={resend.error} />}
      {may && <><p className="text-xs text-muted">{say("hooks.resendHow")}</p><button type="button" className="button justify-self-start" disabled={resend.isPending} onClick={() => resend.mutate()}>{say("hooks.resend")}</button></>}
    </section>
  );
}
