// The steps that the order allows now and the caller's scopes open: one is chosen, and asks for what it needs. What is typed stays when somebody else was first.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type HTMLInputTypeAttribute, useState } from "react";
import { client, ok, ProblemError, type Schemas } from "../../api/client";
import { useSay } from "../../i18n";
import { Problem } from "../../ui/parts";
import { useMe } from "../session/me";
import { Carriers } from "./Carriers";
import { answerOf, assignOf, deliverOf, dispatchOf, isReady, needsReason, reasonOf, SAID, type Said, tenderOf, type Verb, verbsOf } from "./steps";

type Order = Schemas["OrderOut"];
/** Minutes that a carrier may be given to answer. */
const WITHIN = ["30", "60", "120", "240", "1440"];

function take(verb: Verb, order: Order, said: Said) {
  const params = { path: { id: order.id }, header: { "if-match": `"${order.version}"` } };
  const missing = () => {
    throw new Error(`${verb} lacks a word`);
  };
  switch (verb) {
    case "assign":
      return ok(client.POST("/v1/orders/{id}/assign", { params, body: assignOf(said) }));
    case "tender":
      return ok(client.POST("/v1/orders/{id}/tender", { params, body: tenderOf(said) }));
    case "accept":
    case "decline":
      return ok(client.POST("/v1/orders/{id}/answer", { params, body: answerOf(verb, said) ?? missing() }));
    case "dispatch":
      return ok(client.POST("/v1/orders/{id}/dispatch", { params, body: dispatchOf(said) ?? missing() }));
    case "deliver":
      return ok(client.POST("/v1/orders/{id}/deliver", { params, body: deliverOf(said) }));
    default:
      return ok(client.POST(`/v1/orders/{id}/${verb}`, { params, body: reasonOf(verb, said) ?? missing() }));
  }
}

export function Steps({ order, onReload }: { order: Order; onReload: () => void }) {
  const { say, word } = useSay();
  const queries = useQueryClient();
  const me = useMe();
  const verbs = verbsOf(order.allowed, me?.scopes ?? []);
  const [asked, setVerb] = useState<Verb>();
  const [said, setSaid] = useState(SAID);
  const verb = asked && verbs.includes(asked) ? asked : verbs[0];
  const mutation = useMutation({
    mutationFn: ({ which, seen }: { which: Verb; seen: Order }) => take(which, seen, said),
    onSuccess: async () => {
      setSaid(SAID);
      setVerb(undefined);
      await queries.invalidateQueries({ queryKey: ["orders"] });
    },
  });
  if (!verb) return null;
  const conflict = mutation.error instanceof ProblemError && mutation.error.status === 412 ? mutation.error : undefined;
  const now = conflict?.current as Order | undefined;
  // The live stream may have brought the other's version meanwhile.
  const seen = mutation.variables?.seen ?? order;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady(verb, said)) mutation.mutate({ which: verb, seen: order });
  };
  return (
    <section className="card p-4" aria-labelledby="next">
      <h2 id="next" className="mb-2 font-semibold">{say("orders.next")}</h2>
      <form onSubmit={submit} className="grid gap-3">
        <fieldset className="flex flex-wrap gap-1">
          <legend className="sr-only">{say("act.what")}</legend>
          {verbs.map((one) => (
            <button key={one} type="button" className={one === verb ? "button border-accent font-semibold" : "button"} aria-pressed={one === verb} onClick={() => setVerb(one)}>{say(`order.${one}`)}</button>
          ))}
        </fieldset>
        <Asked verb={verb} order={order} said={said} onSay={(change) => setSaid({ ...said, ...change })} />
        <button type="submit" className="button-main justify-self-start" disabled={mutation.isPending || !isReady(verb, said)}>{say("orders.do", { what: say(`order.${verb}`) })}</button>
      </form>
      {conflict && (
        <div role="alert" className="mt-3 rounded-md bg-warn-bg p-3 text-warn">
          <p className="font-medium">{say("conflict.title")}</p>
          <p>{say("conflict.seen")}: {word("status", seen.status)} · {say("conflict.now")}: {word("status", now?.status ?? "unknown")}{now?.carrier ? ` · ${now.carrier}` : ""}</p>
          <button type="button" className="button mt-2" onClick={() => { mutation.reset(); onReload(); }}>{say("orders.reload")}</button>
        </div>
      )}
      {mutation.error && !conflict && <div className="mt-3"><Problem error={mutation.error} /></div>}
    </section>
  );
}

/** What a step asks for. */
function Asked({ verb, order, said, onSay }: { verb: Verb; order: Order; said: Said; onSay: (change: Partial<Said>) => void }) {
  const { say } = useSay();
  const text = (name: keyof Said, label: string, rest: { required?: boolean; type?: HTMLInputTypeAttribute; maxLength?: number } = {}) => (
    <label key={name} className="grid gap-1">
      <span className="label">{label}</span>
      <input className="field" maxLength={100} autoComplete="off" {...rest} value={said[name]} onChange={(event) => onSay({ [name]: event.target.value })} />
    </label>
  );
  const reason = text("reason", needsReason(verb) ? say("act.reason") : say("orders.reasonMay"), { maxLength: 500, required: needsReason(verb) });
  switch (verb) {
    case "assign":
      return <><Carriers order={order} carrier={said.carrier} onCarrier={(carrier) => onSay({ carrier })} />{reason}</>;
    case "tender":
      return (
        <label className="grid gap-1">
          <span className="label">{say("orders.within")}</span>
          <select className="field w-auto justify-self-start" value={said.within} onChange={(event) => onSay({ within: event.target.value })}>
            {WITHIN.map((minutes) => <option key={minutes} value={minutes}>{Number(minutes) < 60 ? say("orders.minutes", { n: Number(minutes) }) : say("orders.hours", { n: Number(minutes) / 60 })}</option>)}
          </select>
        </label>
      );
    case "accept":
      return text("reference", say("orders.carrierReference"));
    case "dispatch":
      return (
        <div className="grid gap-3 sm:grid-cols-2">
          {text("lr", say("orders.lr"), { required: true })}
          {text("vehicle", say("orders.vehicle"), { required: true })}
          {text("driver", say("orders.driver"))}
          {text("phone", say("orders.driverPhone"), { type: "tel", maxLength: 24 })}
          {text("pro", say("orders.pro"))}
          {text("awb", say("orders.awb"))}
          {text("at", say("orders.leftAt"), { type: "datetime-local" })}
        </div>
      );
    case "deliver":
      return <div className="grid gap-3 sm:grid-cols-2">{text("at", say("orders.arrivedAt"), { type: "datetime-local" })}{text("pod", say("orders.pod"))}{reason}</div>;
    default:
      return reason;
  }
}
