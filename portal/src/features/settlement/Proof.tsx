// The proof: whether and when the goods were delivered, by whose word, and the bytes that say so.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { client, ok, ProblemError } from "../../api/client";
import { useSay } from "../../i18n";
import { Badge, Loading, Moment, Problem } from "../../ui/parts";
import { useMay } from "../session/me";
import { type Bill, shipmentsOf } from "./bills";

/** The timeline of the first number that one is known by; the last number's problem when there is none. */
async function timelineOf(references: string[]) {
  let problem: unknown = new ProblemError("timeline-not-found", "", 404);
  for (const reference of references) {
    try {
      return { reference, shipment: await ok(client.GET("/v1/shipments/{reference}/timeline", { params: { path: { reference } } })) };
    } catch (error) {
      if (!(error instanceof ProblemError && error.status === 404)) throw error;
      problem = error;
    }
  }
  throw problem;
}

export const proofQuery = (references: string[]) => ({ queryKey: ["timeline", "of", references], queryFn: () => timelineOf(references), enabled: references.length > 0 });

export function Proof({ bill }: { bill: Bill }) {
  const { say } = useSay();
  const references = shipmentsOf(bill);
  const may = useMay("shipments:read");
  const query = useQuery({ ...proofQuery(references), enabled: may && references.length > 0 });
  const order = bill.shipment_id && <Link className="underline" to="/orders/$id" params={{ id: bill.shipment_id }}>{say("proof.order")}</Link>;
  if (references.length === 0) return <p className="text-muted">{say("proof.noNumber")}</p>;
  if (!may) return <p className="text-muted">{say("proof.mayNot")}</p>;
  if (query.error) {
    const none = query.error instanceof ProblemError && query.error.status === 404;
    return none ? <p className="text-muted">{say("proof.nothing", { reference: references.join(", ") })} {order}</p> : <Problem error={query.error} />;
  }
  if (!query.data) return <Loading />;
  const { reference, shipment } = query.data;
  const said = shipment.milestones.filter((milestone) => milestone.status === "delivered" && milestone.classifier === "actual" && !milestone.superseded);
  return (
    <div className="grid gap-2">
      <p><Badge group="status" value={shipment.status ?? "unknown"} /></p>
      {said.length === 0 && <p className="text-muted">{say("proof.notDelivered")}</p>}
      {said.map((milestone) => (
        <div key={milestone.id}>
          <p>{say("timeline.delivered")} <Moment at={milestone.at} /></p>
          {milestone.raw && <p className="text-xs text-muted"><code>{milestone.raw.code}</code> {milestone.raw.list}</p>}
          <Link className="text-xs underline" to="/messages/$id" params={{ id: milestone.document }}
            search={milestone.start === null || milestone.start === undefined ? {} : { from: String(milestone.start), to: String(milestone.end ?? milestone.start) }}>
            {say("timeline.bytes", { document: milestone.document.slice(0, 12) })}
          </Link>
        </div>
      ))}
      <p className="flex flex-wrap gap-3"><Link className="underline" to="/shipments/$reference" params={{ reference }}>{say("orders.shipment")} <bdi className="font-mono text-xs">{reference}</bdi></Link>{order}</p>
    </div>
  );
}
