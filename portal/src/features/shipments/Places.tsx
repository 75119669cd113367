// Where the shipment was: a table of its stays, and a map of those whose position somebody told. The map is loaded when there is one.
import { lazy, Suspense } from "react";
import { useSay } from "../../i18n";
import { Badge, Loading, Moment } from "../../ui/parts";
import { staysOf, written } from "./places";
import type { Milestone } from "./zoom";

const RouteMap = lazy(() => import("./RouteMap"));

export function Places({ milestones }: { milestones: Milestone[] }) {
  const { say } = useSay();
  const stays = staysOf(milestones);
  if (stays.length === 0) return null;
  const placed = stays.filter((stay) => stay.position).length;
  return (
    <section aria-labelledby="places" className="mt-6">
      <h2 id="places" className="mb-2 font-semibold">{say("places.title")}</h2>
      {placed > 0 && <Suspense fallback={<Loading />}><RouteMap stays={stays} /></Suspense>}
      {placed < stays.length && <p className="mb-2 text-muted">{placed === 0 ? say("places.noPosition") : say("places.somePosition", { n: stays.length - placed })}</p>}
      <div role="region" aria-labelledby="places" tabIndex={0} className="card overflow-x-auto">
        <table className="w-full text-left" data-places={stays.length}>
          <thead className="bg-sunken text-xs text-muted">
            <tr>
              <th scope="col" className="px-3 py-2 font-medium">{say("places.number")}</th>
              <th scope="col" className="px-3 py-2 font-medium">{say("places.place")}</th>
              <th scope="col" className="px-3 py-2 font-medium">{say("places.position")}</th>
              <th scope="col" className="px-3 py-2 font-medium">{say("places.time")}</th>
              <th scope="col" className="px-3 py-2 font-medium">{say("places.lastStatus")}</th>
            </tr>
          </thead>
          <tbody>
            {stays.map((stay, index) => (
              <tr key={index} id={`place-${index + 1}`} className="target:bg-mark border-t border-line">
                <td className="px-3 py-2 tabular-nums">{index + 1}</td>
                <th scope="row" className="px-3 py-2 font-normal"><bdi>{stay.name || "–"}</bdi></th>
                <td className="px-3 py-2 tabular-nums">{stay.position ? written(stay.position) : <span className="text-muted">{say("places.notTold")}</span>}</td>
                <td className="px-3 py-2"><Moment at={stay.first} />{stay.last !== stay.first && <> – <Moment at={stay.last} /></>}</td>
                <td className="px-3 py-2"><Badge group="status" value={stay.status} /></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
