// A carrier's credit or debit note, booked on a bill.
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useAttempt } from "../../api/attempt";
import { client, ok } from "../../api/client";
import { useSay } from "../../i18n";
import { Problem } from "../../ui/parts";
import type { Bill } from "./bills";
import { useBillChanged } from "./Decide";

export function NoteForm({ bill, onDone }: { bill: Bill; onDone: () => void }) {
  const { say } = useSay();
  const [note, setNote] = useState({ kind: "credit", number: "", amount: "", reason: "" });
  const attempt = useAttempt();
  const changed = useBillChanged();
  const mutation = useMutation({
    mutationFn: () => ok(client.POST("/v1/freight-invoices/{id}/notes", { params: { path: { id: bill.id } }, headers: { "idempotency-key": attempt.keyOf(note) }, body: note })),
    onSuccess: async () => {
      attempt.done();
      await changed();
      onDone();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    mutation.mutate();
  };
  const field = (name: "number" | "amount" | "reason") => (
    <label className="grid gap-1">
      <span className="label">{name === "amount" ? say("note.amount", { currency: bill.currency }) : say(`note.${name}`)}</span>
      <input className="field" required maxLength={1000} inputMode={name === "amount" ? "decimal" : undefined} pattern={name === "amount" ? "[0-9]+([.][0-9]+)?" : undefined} value={note[name]} onChange={(event) => setNote({ ...note, [name]: event.target.value })} />
    </label>
  );
  return (
    <form onSubmit={submit} className="mt-3 grid gap-3" aria-label={say("bill.do.note")}>
      <fieldset className="flex flex-wrap gap-4">
        <legend className="sr-only">{say("note.kind")}</legend>
        {(["credit", "debit"] as const).map((kind) => (
          <label key={kind} className="flex items-center gap-2"><input type="radio" name="kind" className="size-6" checked={note.kind === kind} onChange={() => setNote({ ...note, kind })} />{say(`note.${kind}`)}</label>
        ))}
      </fieldset>
      {field("number")}
      {field("amount")}
      {field("reason")}
      {mutation.error && <Problem error={mutation.error} />}
      <button type="submit" className="button-main justify-self-start" disabled={mutation.isPending}>{say("note.book")}</button>
    </form>
  );
}
