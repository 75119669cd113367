// The disputes of a bill: what was said by either side, with its evidence; the reply, and the end.
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useAttempt } from "../../api/attempt";
import { client, ok, type Schemas } from "../../api/client";
import { useSay } from "../../i18n";
import { money } from "../../ui/money";
import { Ago, Badge, Problem } from "../../ui/parts";
import { useMay } from "../session/me";
import { Who } from "../session/Who";
import type { Bill } from "./bills";
import { useBillChanged } from "./Decide";
import { Evidence } from "./Evidence";

type Dispute = Schemas["Dispute"];

export function Disputes({ bill }: { bill: Bill }) {
  const { say, word, language } = useSay();
  if (bill.disputes.length === 0) return null;
  return (
    <section aria-labelledby="disputes">
      <h2 id="disputes" className="mb-2 font-semibold">{say("disputes.title")}</h2>
      <div className="grid gap-4">
        {[...bill.disputes].reverse().map((dispute) => (
          <article key={dispute.id} className="card p-4" aria-label={word("variance", dispute.reason)}>
            <h3 className="flex flex-wrap items-center gap-2 font-medium">
              <Badge group="dispute" value={dispute.status} />{word("variance", dispute.reason)} <span className="tabular-nums">{money(language, dispute.amount, dispute.currency)}</span>
              <span className="text-xs font-normal text-muted"><Who principal={dispute.opened_by} /> · <Ago at={dispute.opened_at} /></span>
            </h3>
            <ol className="mt-3 grid gap-2">
              {dispute.messages.map((message) => <Said key={message.number} message={message} />)}
            </ol>
            {dispute.resolution && <p className="mt-3 rounded-md bg-good-bg p-2 text-good">{say("disputes.resolved")}: <bdi>{dispute.resolution}</bdi> <span className="block text-xs">{dispute.resolved_by && <><Who principal={dispute.resolved_by} /> · </>}<Ago at={dispute.resolved_at} /></span></p>}
            {dispute.status === "open" && <Answer dispute={dispute} />}
          </article>
        ))}
      </div>
    </section>
  );
}

function Said({ message }: { message: Dispute["messages"][number] }) {
  const { say } = useSay();
  const theirs = message.side === "carrier";
  return (
    <li className={`max-w-[85%] rounded-lg border border-line p-2 ${theirs ? "justify-self-start bg-sunken" : "justify-self-end bg-mark"}`}>
      <p className="text-xs text-muted">{say(theirs ? "disputes.carrier" : "disputes.ours")} · <Who principal={message.by} /> · <Ago at={message.at} /></p>
      <p className="whitespace-pre-wrap"><bdi>{message.text}</bdi></p>
      {message.evidence.length > 0 && (
        <p className="mt-1 flex flex-wrap gap-2 text-xs">
          {message.evidence.map((id) => <Link key={id} className="underline" to="/messages/$id" params={{ id }} search={{}}>{say("disputes.document")} <code>{id.slice(0, 12)}</code></Link>)}
        </p>
      )}
    </li>
  );
}

/** A reply of ours or of the carrier, as it was received by mail or phone; and the resolution. */
function Answer({ dispute }: { dispute: Dispute }) {
  const { say } = useSay();
  const mayReply = useMay("settlement:write");
  const mayResolve = useMay("settlement:approve");
  const [side, setSide] = useState<"ours" | "carrier">("carrier");
  const [text, setText] = useState("");
  const [evidence, setEvidence] = useState<string[]>([]);
  const [resolution, setResolution] = useState("");
  const attempt = useAttempt();
  const changed = useBillChanged();
  const path = { id: dispute.id };
  const reply = useMutation({
    mutationFn: () => {
      const body = { side, text, evidence };
      return ok(client.POST("/v1/disputes/{id}/messages", { params: { path }, headers: { "idempotency-key": attempt.keyOf(body) }, body }));
    },
    onSuccess: async () => {
      attempt.done();
      setText("");
      setEvidence([]);
      await changed();
    },
  });
  const resolve = useMutation({
    mutationFn: () => ok(client.POST("/v1/disputes/{id}/resolve", { params: { path }, headers: { "idempotency-key": attempt.keyOf(resolution) }, body: { resolution } })),
    onSuccess: changed,
  });
  const on = (run: () => void) => (event: FormEvent) => {
    event.preventDefault();
    run();
  };
  return (
    <div className="no-print mt-4 grid gap-4 border-t border-line pt-3 md:grid-cols-2">
      {mayReply && (
        <form onSubmit={on(() => reply.mutate())} className="grid content-start gap-2" aria-label={say("disputes.reply")}>
          <fieldset className="flex flex-wrap gap-4">
            <legend className="label mb-1">{say("disputes.whose")}</legend>
            {(["carrier", "ours"] as const).map((one) => (
              <label key={one} className="flex items-center gap-2"><input type="radio" name={`side-${dispute.id}`} className="size-6" checked={side === one} onChange={() => setSide(one)} />{say(`disputes.${one}`)}</label>
            ))}
          </fieldset>
          <label className="grid gap-1"><span className="label">{say("act.text")}</span><textarea className="field" rows={3} required maxLength={5000} value={text} onChange={(event) => setText(event.target.value)} /></label>
          <Evidence offered={[]} chosen={evidence} onChange={setEvidence} />
          {reply.error && <Problem error={reply.error} />}
          <button type="submit" className="button justify-self-start" disabled={reply.isPending || text.trim() === ""}>{say("disputes.reply")}</button>
        </form>
      )}
      {mayResolve && (
        <form onSubmit={on(() => resolve.mutate())} className="grid content-start gap-2" aria-label={say("disputes.resolve")}>
          <label className="grid gap-1"><span className="label">{say("disputes.agreed")}</span><textarea className="field" rows={3} required maxLength={5000} value={resolution} onChange={(event) => setResolution(event.target.value)} /></label>
          <p className="text-xs text-muted">{say("disputes.then")}</p>
          {resolve.error && <Problem error={resolve.error} />}
          <button type="submit" className="button justify-self-start" disabled={resolve.isPending || resolution.trim() === ""}>{say("disputes.resolve")}</button>
        </form>
      )}
    </div>
  );
}
