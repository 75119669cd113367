// A dispute to open: what is contested, why, and the documents that show it.
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useAttempt } from "../../api/attempt";
import { client, ok } from "../../api/client";
import { useSay } from "../../i18n";
import { Problem } from "../../ui/parts";
import { type Bill, foremost, shipmentsOf } from "./bills";
import { useBillChanged } from "./Decide";
import { Evidence } from "./Evidence";
import { proofQuery } from "./Proof";

const REASONS = ["rate", "fuel", "weight", "accessorial", "accessorial-unlisted", "duplicate", "tax", "service", "total"];

export function DisputeForm({ bill, etag }: { bill: Bill; etag: string }) {
  const { say, word } = useSay();
  const off = foremost(bill.match.lines ?? [])?.reason;
  const [reason, setReason] = useState(bill.outcome === "duplicate" ? "duplicate" : off && REASONS.includes(off) ? off : "rate");
  const [amount, setAmount] = useState("");
  const [text, setText] = useState("");
  const [evidence, setEvidence] = useState<string[]>([]);
  const proof = useQuery(proofQuery(shipmentsOf(bill)));
  const attempt = useAttempt();
  const changed = useBillChanged();
  const mutation = useMutation({
    mutationFn: () => {
      const body = { reason, amount: amount.trim() || null, text, evidence };
      const headers = { "idempotency-key": attempt.keyOf([body, etag]) };
      return ok(client.POST("/v1/freight-invoices/{id}/dispute", { params: { path: { id: bill.id }, header: { "if-match": etag } }, headers, body }));
    },
    onSuccess: async () => {
      attempt.done();
      await changed();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    mutation.mutate();
  };
  const bills = bill.versions.flatMap((version) => (version.document ? [{ id: version.document, what: say("evidence.bill", { version: version.version }) }] : []));
  const milestones = proof.data?.shipment.milestones ?? [];
  const facts = [...new Set(milestones.map((milestone) => milestone.document))].map((id) => {
    const told = milestones.filter((milestone) => milestone.document === id).map((milestone) => word("status", milestone.status));
    return { id, what: say("evidence.fact", { status: [...new Set(told)].join(", ") }) };
  });

  return (
    <form onSubmit={submit} className="mt-3 grid gap-3" aria-label={say("bill.do.dispute")}>
      <label className="grid gap-1">
        <span className="label">{say("dispute.about")}</span>
        <select className="field" value={reason} onChange={(event) => setReason(event.target.value)}>
          {REASONS.map((one) => <option key={one} value={one}>{word("variance", one)}</option>)}
        </select>
      </label>
      <label className="grid gap-1">
        <span className="label">{say("dispute.amount", { currency: bill.currency })}</span>
        <input className="field" inputMode="decimal" pattern="-?[0-9]+([.][0-9]+)?" placeholder={bill.variance ?? bill.total} value={amount} onChange={(event) => setAmount(event.target.value)} />
      </label>
      <label className="grid gap-1">
        <span className="label">{say("dispute.text")}</span>
        <textarea className="field" rows={3} required maxLength={5000} value={text} onChange={(event) => setText(event.target.value)} />
      </label>
      <Evidence offered={[...bills, ...facts]} chosen={evidence} onChange={setEvidence} />
      {mutation.error && <Problem error={mutation.error} />}
      <button type="submit" className="button-main justify-self-start" disabled={mutation.isPending || text.trim() === ""}>{say("dispute.send")}</button>
    </form>
  );
}
