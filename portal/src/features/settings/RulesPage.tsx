// What is decided without a person: which clean bills are approved by themselves.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { client, ok, ProblemError, type Schemas, type Tagged, tagged } from "../../api/client";
import { useSay } from "../../i18n";
import { money } from "../../ui/money";
import { Loading, Problem } from "../../ui/parts";
import { useMay } from "../session/me";
import { SettingsHead } from "./SettingsTabs";

type Rule = Schemas["ApprovalRule"];
const CHOICES = ["off", "matched", "within-tolerance"] as const;

export default function RulesPage() {
  const { say } = useSay();
  const query = useQuery({ queryKey: ["approval-rule"], queryFn: () => tagged(client.GET("/v1/freight-invoices/approval-rule")) });
  return (
    <>
      <SettingsHead />
      {query.error && <Problem error={query.error} retry={() => void query.refetch()} />}
      {query.isPending && !query.error && <Loading />}
      <section aria-labelledby="approval" className="card max-w-2xl p-4">
        <h2 id="approval" className="font-semibold">{say("rules.approval")}</h2>
        <p className="mb-3 text-muted">{say("rules.approvalHow")}</p>
        {query.data && <ApprovalRule now={query.data} />}
      </section>
    </>
  );
}

/** What is typed, over the version that it was begun on: a newer one that comes meanwhile takes nothing of it away. */
interface Draft {
  approve: Rule["approve"];
  upTo: string;
  currency: string;
  on: Tagged<Rule>;
}

const draftOf = (on: Tagged<Rule>): Draft => ({ approve: on.body.approve, upTo: on.body.up_to ?? "", currency: on.body.currency ?? "INR", on });

function ApprovalRule({ now }: { now: Tagged<Rule> }) {
  const { say, word, language } = useSay();
  const queries = useQueryClient();
  const may = useMay("settlement:approve");
  const [typed, setTyped] = useState<Draft>();
  const draft = typed ?? draftOf(now);
  const refresh = () => queries.invalidateQueries({ predicate: (one) => one.queryKey[0] === "approval-rule" });
  const mutation = useMutation({
    mutationFn: () => {
      const limit = draft.approve !== "off" && draft.upTo.trim() !== "" ? { up_to: draft.upTo.trim(), currency: draft.currency.trim().toUpperCase() } : {};
      return ok(client.PUT("/v1/freight-invoices/approval-rule", { params: { header: { "if-match": draft.on.etag } }, body: { approve: draft.approve, ...limit } }));
    },
    onSuccess: async () => {
      await refresh();
      setTyped(undefined);
    },
  });
  const conflict = mutation.error instanceof ProblemError && mutation.error.status === 412 ? (mutation.error.current as Rule | undefined) : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    mutation.mutate();
  };
  const reload = async () => {
    await refresh();
    setTyped(undefined);
    mutation.reset();
  };
  const told = (one: Rule) => `${word("rule", one.approve)}${one.up_to && one.currency ? `, ${say("rules.upTo")} ${money(language, one.up_to, one.currency)}` : ""}`;
  if (!may) return <p>{told(now.body)}</p>;
  return (
    <form onSubmit={submit} className="grid gap-3">
      <fieldset className="grid gap-2">
        <legend className="sr-only">{say("rules.approval")}</legend>
        {CHOICES.map((choice) => <label key={choice} className="flex items-center gap-2"><input type="radio" name="approve" className="size-6" checked={draft.approve === choice} onChange={() => setTyped({ ...draft, approve: choice })} />{word("rule", choice)}</label>)}
      </fieldset>
      {draft.approve !== "off" && (
        <div className="flex gap-3">
          <label className="grid gap-1"><span className="label">{say("rules.upTo")}</span><input className="field w-40" inputMode="decimal" pattern="[0-9]+([.][0-9]+)?" placeholder={say("rules.any")} value={draft.upTo} onChange={(event) => setTyped({ ...draft, upTo: event.target.value })} /></label>
          <label className="grid gap-1"><span className="label">{say("rules.currency")}</span><input className="field w-20 uppercase" pattern="[A-Za-z]{3}" maxLength={3} value={draft.currency} onChange={(event) => setTyped({ ...draft, currency: event.target.value })} /></label>
        </div>
      )}
      {conflict && (
        <div role="alert" className="rounded-md bg-warn-bg p-3 text-warn">
          <p className="font-medium">{say("conflict.title")}</p>
          <p>{say("conflict.seen")}: {told(draft.on.body)} · {say("conflict.now")}: {told(conflict)}</p>
          <button type="button" className="button mt-2" onClick={() => void reload()}>{say("orders.reload")}</button>
        </div>
      )}
      {mutation.error && !conflict && <Problem error={mutation.error} />}
      {mutation.isSuccess && !typed && <p role="status" className="rounded-md bg-good-bg p-2 text-good">{say("rules.saved")}</p>}
      <button type="submit" className="button-main justify-self-start" disabled={mutation.isPending}>{say("rules.save")}</button>
    </form>
  );
}
