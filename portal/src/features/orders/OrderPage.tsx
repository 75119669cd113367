// One order: where it stands and what is next, its journey and papers, tenders and their answers, conflicts, and its life with who and when.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { client, ok, type Schemas } from "../../api/client";
import { useSay } from "../../i18n";
import { money } from "../../ui/money";
import { Ago, Badge, Loading, Moment, Problem, Said, Told } from "../../ui/parts";
import { useMay } from "../session/me";
import { Who } from "../session/Who";
import { Conflicts } from "./Conflicts";
import { useNameOf } from "./Fields";
import { Steps } from "./Steps";

const route = getRouteApi("/orders/$id");
type Order = Schemas["OrderOut"];

export default function OrderPage() {
  const { say, word, language } = useSay();
  const { id } = route.useParams();
  const query = useQuery({ queryKey: ["orders", "one", id], queryFn: () => ok(client.GET("/v1/orders/{id}", { params: { path: { id } } })) });
  const order = query.data;
  const heading = <h1 className="text-xl font-semibold"><bdi className="font-mono">{order?.number ?? id.slice(0, 40)}</bdi></h1>;
  if (query.error) return <>{heading}<Problem error={query.error} retry={() => void query.refetch()} /></>;
  if (!order) return <>{heading}<Loading /></>;

  return (
    <>
      <div className="flex flex-wrap items-start justify-between gap-2">{heading}<Change order={order} /></div>
      <p className="mb-4 mt-1 flex flex-wrap items-center gap-3 text-muted">
        <Badge group="status" value={order.status} />
        {order.carrier && <bdi>{order.carrier}</bdi>}
        {order.assignment?.price && <span className="tabular-nums">{money(language, order.assignment.price.amount, order.assignment.price.currency)}</span>}
        {order.tender?.carrier_reference && <Link className="underline" to="/shipments/$reference" params={{ reference: order.tender.carrier_reference }}>{say("orders.shipment")}</Link>}
      </p>
      <Conflicts order={order} />
      <Gaps order={order} />
      <div className="grid gap-6 lg:grid-cols-2">
        <div className="grid content-start gap-4">
          <Steps order={order} onReload={() => void query.refetch()} />
          <Tenders order={order} />
          <Papers order={order} />
          <Journey order={order} />
        </div>
        <section aria-labelledby="history">
          <h2 id="history" className="mb-2 font-semibold">{say("exceptions.history")}</h2>
          <ol className="card divide-y divide-line">
            {[...(order.history ?? [])].reverse().map((line) => (
              <li key={line.version} className="px-3 py-2">
                <span className="flex flex-wrap items-center gap-2"><span className="font-medium">{word("did", line.action)}</span><Badge group="status" value={line.to} /><span className="text-xs text-muted"><Who principal={line.actor} /> · <Ago at={line.at} /></span></span>
                {line.reason && <span className="block"><Reason line={line} text={line.reason} /></span>}
                {line.document && <Link className="text-xs underline" to="/messages/$id" params={{ id: line.document }} search={{}}>{say("timeline.bytes", { document: line.document.slice(0, 12) })}</Link>}
              </li>
            ))}
          </ol>
        </section>
      </div>
    </>
  );
}

/** Why a line was written: somebody's own words, or ours in the reader's language. */
function Reason({ line, text }: { line: Schemas["HistoryOut"]; text: string }) {
  if (!line.reason_kind) return <bdi>{text}</bdi>;
  if (line.action === "conflict") return <Told code={`conflict.${line.reason_kind}`} detail={text} />;
  return <Said by={`because.${line.reason_kind}`} values={line.reason_values} text={text} />;
}

/** Changing it, as long as its state allows that, and making another like it. */
function Change({ order }: { order: Order }) {
  const { say } = useSay();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const may = useMay("orders:write");
  const copy = useMutation({
    mutationFn: () => ok(client.POST("/v1/orders/{id}/duplicate", { params: { path: { id: order.id } }, body: {} })),
    onSuccess: async (made) => {
      await queries.invalidateQueries({ queryKey: ["orders"] });
      await navigate({ to: "/orders/$id/edit", params: { id: made.id } });
    },
  });
  if (!may) return null;
  return (
    <div className="grid gap-2">
      <span className="flex gap-2">
        {order.allowed.includes("edit") && <Link className="button" to="/orders/$id/edit" params={{ id: order.id }}>{say("orders.change")}</Link>}
        <button type="button" className="button" disabled={copy.isPending} onClick={() => copy.mutate()}>{say("orders.duplicate")}</button>
      </span>
      {copy.error && <Problem error={copy.error} />}
    </div>
  );
}

/** What keeps it from being approved, and what asks for a reason at its approval. */
function Gaps({ order }: { order: Order }) {
  const { say } = useSay();
  const nameOf = useNameOf();
  const doubts = order.status === "indent" ? order.doubts : undefined;
  const of = (found: Order["issues"], id: "gaps" | "doubts") =>
    found && found.length > 0 && (
      <section aria-labelledby={id} className="mb-3 rounded-md bg-warn-bg p-3 text-warn">
        <h2 id={id} className="font-medium">{say(`orders.${id}`)}</h2>
        <ul>{found.map((issue) => <li key={`${issue.pointer} ${issue.code}`}>{nameOf(issue.pointer)}: <Told code={`order.${issue.code}`} detail={issue.message} /></li>)}</ul>
      </section>
    );
  return <>{of(order.issues, "gaps")}{of(doubts, "doubts")}</>;
}

function Tenders({ order }: { order: Order }) {
  const { say } = useSay();
  if (!order.tenders || order.tenders.length === 0) return null;
  return (
    <section className="card p-4" aria-labelledby="tenders">
      <h2 id="tenders" className="mb-2 font-semibold">{say("orders.tenders")}</h2>
      <ol className="grid gap-2">
        {[...order.tenders].reverse().map((tender) => (
          <li key={tender.number} data-tender={tender.answer}>
            <span className="flex flex-wrap items-center gap-2"><bdi className="font-medium">{tender.carrier}</bdi><Badge group="answer" value={tender.answer} />{tender.carrier_reference && <bdi className="font-mono text-xs">{tender.carrier_reference}</bdi>}</span>
            {tender.reason && <span className="block"><bdi>{tender.answer === "silent" ? <Said by="because.silent" values={{ carrier: tender.carrier }} text={tender.reason} /> : tender.reason}</bdi></span>}
            <span className="block text-xs text-muted">
              {say("orders.tenderedAt")} <Moment at={tender.tendered_at} /> · {tender.answered_at ? <>{say("orders.answeredAt")} <Moment at={tender.answered_at} /></> : <>{say("orders.respondBy")} <Moment at={tender.respond_by} /> (<Ago at={tender.respond_by} />)</>}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Papers({ order }: { order: Order }) {
  const { say } = useSay();
  const { dispatch, delivery } = order;
  if (!dispatch && !delivery) return null;
  const row = (label: string, value: React.ReactNode) => (value ? <><dt className="text-muted">{label}</dt><dd>{value}</dd></> : null);
  const driver = [dispatch?.driver.name, dispatch?.driver.phone].filter(Boolean).join(", ");
  return (
    <section className="card p-4" aria-labelledby="papers">
      <h2 id="papers" className="mb-2 font-semibold">{say("orders.papers")}</h2>
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1">
        {row(say("orders.lr"), dispatch && <bdi className="font-mono">{dispatch.lr_number}</bdi>)}
        {row(say("orders.vehicle"), dispatch && <bdi>{dispatch.vehicle}</bdi>)}
        {row(say("orders.driver"), driver && <bdi>{driver}</bdi>)}
        {row(say("orders.pro"), dispatch?.pro && <bdi className="font-mono">{dispatch.pro}</bdi>)}
        {row(say("orders.awb"), dispatch?.awb && <bdi className="font-mono">{dispatch.awb}</bdi>)}
        {row(say("orders.leftAt"), dispatch && <Moment at={dispatch.at} />)}
        {row(say("orders.arrivedAt"), delivery && <Moment at={delivery.at} />)}
        {row(say("orders.pod"), delivery?.pod && <bdi className="font-mono">{delivery.pod}</bdi>)}
      </dl>
    </section>
  );
}

function Journey({ order }: { order: Order }) {
  const { say, word } = useSay();
  const { stops, lines, gross_weight, packages, references } = order.content;
  return (
    <section className="card p-4" aria-labelledby="stops">
      <h2 id="stops" className="mb-2 font-semibold">{say("orders.stops")}</h2>
      <ol className="grid gap-2">
        {stops?.map((stop, index) => (
          <li key={index}>
            <span className="text-muted">{word("stop", stop.kind)}</span> <bdi>{[stop.name, stop.place?.city, stop.place?.postal_code].filter(Boolean).join(", ")}</bdi>
            {(stop.earliest || stop.latest) && <span className="block text-xs text-muted"><Moment at={stop.earliest} /> – <Moment at={stop.latest} /></span>}
          </li>
        ))}
      </ol>
      <p className="mt-3 flex flex-wrap gap-x-4 gap-y-1 border-t border-line pt-2 text-muted">
        {gross_weight && <span className="tabular-nums">{gross_weight.value} {gross_weight.unit}</span>}
        {packages && <span>{say("orders.packagesOf", { n: packages })}</span>}
        {lines?.map((line) => <bdi key={line.number}>{[line.description ?? line.material, line.quantity && `${line.quantity.value} ${line.quantity.unit}`].filter(Boolean).join(" ")}</bdi>)}
        {references?.map((one) => <span key={`${one.kind} ${one.value}`}>{word("number", one.kind)} <bdi className="font-mono text-xs">{one.value}</bdi></span>)}
      </p>
    </section>
  );
}
