// Changing an order: on a draft of its own; when somebody else was first, both versions stand side by side, field by field.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Navigate, useNavigate } from "@tanstack/react-router";
import { client, ok, ProblemError, type Schemas } from "../../api/client";
import { useSay } from "../../i18n";
import { Ago, Loading, Problem, Told } from "../../ui/parts";
import { Versions } from "../../ui/Versions";
import { type Content, differences, merged, toSend } from "./content";
import { useNameOf } from "./Fields";
import { alter, type Alteration } from "./drafts";
import { OrderForm } from "./OrderForm";
import { useDraft } from "./useDraft";

const route = getRouteApi("/orders/$id/edit");

export default function EditOrderPage() {
  const { say } = useSay();
  const { id } = route.useParams();
  const query = useQuery({ queryKey: ["orders", "one", id], queryFn: () => ok(client.GET("/v1/orders/{id}", { params: { path: { id } } })) });
  const heading = <h1 className="mb-1 text-xl font-semibold">{say("orders.edit")} <bdi className="font-mono">{query.data?.number ?? ""}</bdi></h1>;
  if (query.error && !query.data) return <>{heading}<Problem error={query.error} retry={() => void query.refetch()} /></>;
  if (!query.data) return <>{heading}<Loading /></>;
  return <>{heading}<Edit order={query.data} /></>;
}

function Edit({ order }: { order: Schemas["OrderOut"] }) {
  const { say } = useSay();
  const nameOf = useNameOf();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { draft, full, isSent, keep, change, forget } = useDraft(`edit-${order.id}`, () => ({ content: order.content, of: { id: order.id, version: order.version, content: order.content } }));
  const base = draft.of ?? { id: order.id, version: order.version, content: order.content };
  const back = () => void navigate({ to: "/orders/$id", params: { id: order.id } });
  const mutation = useMutation({
    mutationFn: alter,
    onSuccess: async () => {
      forget();
      await queries.invalidateQueries({ queryKey: ["orders"] });
      back();
    },
    onError: (error, sent) => {
      if (error instanceof ProblemError && error.code === "offline") keep({ ...draft, ...sent, state: "waiting" });
    },
  });
  const waits = draft.state === "waiting";
  const conflict = mutation.error instanceof ProblemError && mutation.error.status === 412 ? (mutation.error.current as Schemas["OrderOut"] | undefined) : undefined;
  const found = conflict ? differences(toSend(base.content), toSend(draft.content), toSend(conflict.content)) : [];
  /** Keeps `content` as a change of an order that was read so, and gives what is kept. */
  const onto = ({ id, version, content: read }: Alteration["of"], content: Content) => {
    const next = { ...draft, content, at: Date.now(), state: "open" as const, of: { id, version, content: read } };
    keep(next);
    return next;
  };
  const submit = () => mutation.mutate(onto(base, toSend(draft.content)));

  if (isSent) return <Navigate to="/orders/$id" params={{ id: order.id }} replace />;
  return (
    <>
      <p role="status" className={`mb-4 ${full ? "text-bad" : "text-muted"}`}>{full ? say("orders.draftFull") : draft.at > 0 ? <>{say("orders.draftKept")} <Ago at={draft.at} /></> : say("orders.editHow")}</p>
      {waits && <p role="alert" className="mb-3 rounded-md bg-warn-bg p-3 text-warn">{say("orders.editWaits")}</p>}
      {draft.problem && draft.state === "refused" && !conflict && <p role="alert" className="mb-3 rounded-md bg-bad-bg p-3 text-bad"><Told code={draft.code ?? ""} detail={draft.problem} /></p>}
      {conflict && (
        <div className="mb-4"><Versions found={found} nameOf={nameOf}
          onBoth={() => {
            mutation.mutate(onto(conflict, toSend(merged(conflict.content, found))));
          }}
          onTheirs={() => { onto(conflict, conflict.content); mutation.reset(); }} /></div>
      )}
      <OrderForm content={draft.content} onChange={(content) => { if (mutation.error) mutation.reset(); change(content); }} onSubmit={submit} busy={mutation.isPending} fixedNumber
        error={conflict || waits ? undefined : mutation.error} submit={say("orders.save")}>
        <button type="button" className="button" onClick={() => { forget(); back(); }}>{say("orders.editLeave")}</button>
      </OrderForm>
    </>
  );
}
