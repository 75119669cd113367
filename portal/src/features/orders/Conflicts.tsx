// What could not be done to an order: what happened, what was asked for, and who says how it was resolved.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { client, ok, type Schemas } from "../../api/client";
import { useSay } from "../../i18n";
import { Ago, Problem, Told } from "../../ui/parts";
import { useMay } from "../session/me";
import { Who } from "../session/Who";

type Conflict = NonNullable<Schemas["OrderOut"]["conflicts"]>[number];

export function Conflicts({ order }: { order: Schemas["OrderOut"] }) {
  const conflicts = order.conflicts ?? [];
  return conflicts.map((conflict) => (conflict.resolved_at ? <Resolved key={conflict.id} conflict={conflict} /> : <Open key={conflict.id} order={order} conflict={conflict} />));
}

function Open({ order, conflict }: { order: Schemas["OrderOut"]; conflict: Conflict }) {
  const { say, word } = useSay();
  const queries = useQueryClient();
  const may = useMay("orders:write");
  const [reason, setReason] = useState("");
  const mutation = useMutation({
    mutationFn: () => ok(client.POST("/v1/orders/{id}/conflicts/{conflict}/resolve", { params: { path: { id: order.id, conflict: conflict.id } }, body: { reason: reason.trim() } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["orders"] }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (reason.trim()) mutation.mutate();
  };
  return (
    <section aria-label={word("conflict", conflict.kind)} data-open-conflict className="mb-3 rounded-md border border-warn/40 bg-warn-bg p-3 text-warn">
      <p className="font-medium">{word("conflict", conflict.kind)}</p>
      <p><bdi><Told code={`conflict.${conflict.kind}`} detail={conflict.detail} /></bdi> <Ago at={conflict.at} /></p>
      {conflict.wanted && (
        <details className="mt-1">
          <summary className="cursor-pointer">{say("orders.wanted")}</summary>
          <pre tabIndex={0} className="mt-1 max-h-64 overflow-auto rounded bg-card p-2 text-xs text-ink">{JSON.stringify(conflict.wanted, null, 2)}</pre>
        </details>
      )}
      {may && (
        <form onSubmit={submit} className="mt-2 flex flex-wrap items-end gap-2 text-ink">
          <label className="grid min-w-60 flex-1 gap-1"><span className="text-xs">{say("orders.resolution")}</span><input className="field" maxLength={500} required value={reason} onChange={(event) => setReason(event.target.value)} /></label>
          <button type="submit" className="button" disabled={mutation.isPending || reason.trim() === ""}>{say("orders.resolve")}</button>
        </form>
      )}
      {mutation.error && <div className="mt-2"><Problem error={mutation.error} /></div>}
    </section>
  );
}

function Resolved({ conflict }: { conflict: Conflict }) {
  const { word } = useSay();
  return (
    <p className="mb-3 rounded-md bg-good-bg p-3 text-good"><span aria-hidden="true">✓ </span><span className="font-medium">{word("conflict", conflict.kind)}</span>: <bdi>{conflict.resolution}</bdi> <span className="text-xs"><Who principal={conflict.resolved_by ?? "system"} /> · <Ago at={conflict.resolved_at} /></span></p>
  );
}
