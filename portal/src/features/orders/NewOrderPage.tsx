// A new order: typed into a draft that is kept with every letter; placed when there is a network, and waiting for one until then.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Navigate, useNavigate } from "@tanstack/react-router";
import { ProblemError } from "../../api/client";
import { useSay } from "../../i18n";
import { Ago, Told } from "../../ui/parts";
import { fresh, toSend } from "./content";
import { newId, place } from "./drafts";
import { OrderForm } from "./OrderForm";
import { useDraft } from "./useDraft";

const route = getRouteApi("/orders/new");

export default function NewOrderPage() {
  const { draft } = route.useSearch();
  // The draft is named in the address: a reload, or the way back, finds it.
  if (!draft) return <Navigate to="/orders/new" search={{ draft: newId() }} replace />;
  return <NewOrder key={draft} id={draft} />;
}

function NewOrder({ id }: { id: string }) {
  const { say } = useSay();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { draft, full, isSent, keep, change, forget, isWorth } = useDraft(id, () => ({ content: fresh() }));
  const mutation = useMutation({
    mutationFn: place,
    onSuccess: async (made) => {
      forget();
      await queries.invalidateQueries({ queryKey: ["orders"] });
      await navigate({ to: "/orders/$id", params: { id: made.id } });
    },
    onError: (error) => {
      if (error instanceof ProblemError && error.code === "offline") keep({ ...draft, content: toSend(draft.content), state: "waiting", at: Date.now() });
    },
  });
  const waits = draft.state === "waiting";
  const submit = () => {
    // The form shows what is sent, so that what is said of it is said of these fields.
    const content = toSend(draft.content);
    const next = { ...draft, content, at: Date.now(), state: "open" as const };
    keep(next);
    mutation.mutate(next);
  };

  if (isSent) return <Navigate to="/orders" search={{}} replace />;
  return (
    <>
      <h1 className="mb-1 text-xl font-semibold">{say("orders.new")}</h1>
      <p role="status" className={`mb-4 ${full ? "text-bad" : "text-muted"}`}>
        {full ? say("orders.draftFull") : isWorth ? <>{say("orders.draftKept")} <Ago at={draft.at} /></> : say("orders.newHow")}
      </p>
      {waits && <p role="alert" className="mb-3 rounded-md bg-warn-bg p-3 text-warn">{say("orders.draftWaits")}</p>}
      {draft.problem && draft.state === "refused" && <p role="alert" className="mb-3 rounded-md bg-bad-bg p-3 text-bad"><Told code={draft.code ?? ""} detail={draft.problem} /></p>}
      <OrderForm content={draft.content} onChange={(content) => { if (mutation.error) mutation.reset(); change(content); }} onSubmit={submit} busy={mutation.isPending} fixedNumber={false}
        error={waits ? undefined : mutation.error} submit={say("orders.place")}>
        {isWorth && <button type="button" className="button" onClick={() => { forget(); void navigate({ to: "/orders", search: {} }); }}>{say("orders.draftDiscard")}</button>}
      </OrderForm>
    </>
  );
}
