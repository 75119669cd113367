// Two versions of the same side by side, field by field: when somebody else was first, nobody's change is lost unseen.
import { useEffect, useRef } from "react";
import { useSay } from "../i18n";
import type { Difference } from "../features/orders/content";

export function Versions({ found, nameOf, onBoth, onTheirs }: { found: Difference[]; nameOf: (pointer: string) => string; onBoth: () => void; onTheirs: () => void }) {
  const { say } = useSay();
  const place = useRef<HTMLDivElement>(null);
  // A form may be longer than the window.
  useEffect(() => {
    void place.current?.scrollIntoView({ block: "nearest" });
  }, []);
  const shown = (value: unknown) => (value === undefined || value === null || value === "" ? "–" : typeof value === "object" ? JSON.stringify(value) : String(value));
  return (
    <div ref={place} role="alert" data-conflict className="rounded-md border border-warn/40 bg-warn-bg p-3 text-warn">
      <p className="font-medium">{say("conflict.title")}</p>
      <p>{say("orders.conflictHow")}</p>
      <div className="mt-2 overflow-x-auto text-ink">
        <table className="w-full text-left">
          <thead className="text-xs"><tr><th scope="col" className="pr-3 font-medium">{say("orders.field")}</th><th scope="col" className="pr-3 font-medium">{say("orders.yours")}</th><th scope="col" className="font-medium">{say("orders.theirs")}</th></tr></thead>
          <tbody>
            {found.map((one) => (
              <tr key={one.pointer} className="align-top">
                <th scope="row" className="pr-3 font-normal">{nameOf(one.pointer)}</th>
                <td className={`pr-3 ${one.by === "them" ? "" : "font-semibold"}`}><bdi>{shown(one.mine)}</bdi></td>
                <td className={one.by === "me" ? "" : "font-semibold"}><bdi>{shown(one.theirs)}</bdi></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className="mt-2 flex flex-wrap gap-2">
        <button type="button" className="button-main" onClick={onBoth}>{say("orders.conflictBoth")}</button>
        <button type="button" className="button" onClick={onTheirs}>{say("conflict.theirs")}</button>
      </div>
    </div>
  );
}
