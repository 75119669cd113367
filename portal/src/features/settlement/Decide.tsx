// What can be decided about a bill now. What is typed stays when somebody else was first; the bill is then shown as it is.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useAttempt } from "../../api/attempt";
import { client, ok, ProblemError } from "../../api/client";
import { useSay } from "../../i18n";
import { money } from "../../ui/money";
import { Badge, Problem } from "../../ui/parts";
import { useMay } from "../session/me";
import { approval, type Bill, type Row } from "./bills";
import { DisputeForm } from "./DisputeForm";
import { NoteForm } from "./NoteForm";

type Step = "approve" | "reopen" | "cancel" | "examine";

/** Reads anew whatever a decision about a bill may have changed. */
export function useBillChanged(): () => Promise<void> {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ predicate: (one) => ["bill", "bills", "bill-counts", "ledger"].includes(String(one.queryKey[0])) });
}

export function Decide({ bill, etag }: { bill: Bill; etag: string }) {
  const { say, word, language } = useSay();
  const mayWrite = useMay("settlement:write");
  const mayApprove = useMay("settlement:approve");
  const [reason, setReason] = useState("");
  const [open, setOpen] = useState<"dispute" | "note">();
  const attempt = useAttempt();
  const changed = useBillChanged();
  const mutation = useMutation({
    mutationFn: (step: Step) => {
      const path = { id: bill.id };
      const words = reason.trim();
      const headers = { "idempotency-key": attempt.keyOf([step, words, etag]) };
      const params = { path, header: { "if-match": etag } };
      switch (step) {
        case "approve": return ok(client.POST("/v1/freight-invoices/{id}/approve", { params, headers, body: words ? { reason: words } : null }));
        case "reopen": return ok(client.POST("/v1/freight-invoices/{id}/reopen", { params, headers, body: { reason: words } }));
        case "cancel": return ok(client.POST("/v1/freight-invoices/{id}/cancel", { params, headers, body: { reason: words } }));
        case "examine": return ok(client.POST("/v1/freight-invoices/{id}/examine", { params: { path }, headers }));
      }
    },
    onSuccess: async () => {
      attempt.done();
      setReason("");
      await changed();
    },
  });
  const conflict = mutation.error instanceof ProblemError && mutation.error.status === 412 ? mutation.error : undefined;
  const now = conflict?.current as Row | undefined;
  const how = approval(bill);
  const given = reason.trim() !== "";
  const button = (step: Step, off: boolean, main = false) => (
    <button key={step} type="button" className={main ? "button-main" : "button"} disabled={mutation.isPending || off} onClick={() => mutation.mutate(step)}>{say(`bill.do.${step}`)}</button>
  );
  const steps = [
    mayApprove && how !== "never" && button("approve", how === "reasoned" && !given, true),
    mayApprove && bill.status === "approved" && button("reopen", !given),
    mayWrite && bill.status === "open" && button("cancel", !given),
    mayWrite && bill.status === "open" && button("examine", false),
  ].filter(Boolean);

  return (
    <section className="card p-4 xl:sticky xl:top-4" aria-labelledby="decide">
      <h2 id="decide" className="mb-2 font-semibold">{say("orders.next")}</h2>
      {bill.status === "open" && <p className="mb-2 text-muted">{say(`bill.advice.${how}`)}</p>}
      {bill.status === "disputed" && <p className="mb-2 text-muted">{say("bill.advice.disputed")}</p>}
      {bill.status === "approved" && <p className="mb-2 text-muted">{say("bill.advice.approved")}</p>}
      {bill.status === "settled" && <p className="mb-2 text-muted">{say("bill.advice.settled")}</p>}
      {!mayWrite && !mayApprove && <p className="text-muted">{say("exceptions.mayNot")}</p>}
      {steps.length > 0 && (
        <>
          <label className="grid gap-1">
            <span className="label">{say("act.reason")}</span>
            <textarea className="field" rows={2} maxLength={1000} value={reason} onChange={(event) => setReason(event.target.value)} />
          </label>
          <div className="mt-2 flex flex-wrap gap-2">{steps}</div>
        </>
      )}
      {conflict && now && (
        <div role="alert" data-conflict className="mt-3 rounded-md bg-warn-bg p-3 text-warn">
          <p className="font-medium">{say("conflict.title")}</p>
          <dl className="mt-1 grid grid-cols-[auto_1fr] gap-x-3 gap-y-1">
            {([["conflict.seen", bill], ["conflict.now", now]] as const).map(([key, version]) => (
              <div key={key} className="contents"><dt>{say(key)}</dt><dd><Badge group="bill" value={version.status} /> <span className="tabular-nums">{money(language, version.total, version.currency)}</span> · {word("outcome", version.outcome)}</dd></div>
            ))}
          </dl>
          <button type="button" className="button mt-2" onClick={() => { mutation.reset(); void changed(); }}>{say("orders.reload")}</button>
        </div>
      )}
      {mutation.error && !conflict && <div className="mt-3"><Problem error={mutation.error} /></div>}
      <div className="mt-3 flex flex-wrap gap-2 border-t border-line pt-3 empty:hidden">
        {mayWrite && bill.status === "open" && <button type="button" className="button" aria-expanded={open === "dispute"} onClick={() => setOpen(open === "dispute" ? undefined : "dispute")}>{say("bill.do.dispute")}</button>}
        {mayApprove && (bill.status === "approved" || bill.status === "settled") && <button type="button" className="button" aria-expanded={open === "note"} onClick={() => setOpen(open === "note" ? undefined : "note")}>{say("bill.do.note")}</button>}
      </div>
      {open === "dispute" && <DisputeForm bill={bill} etag={etag} />}
      {open === "note" && <NoteForm bill={bill} onDone={() => setOpen(undefined)} />}
    </section>
  );
}
