// The terms of a contract as people read them: lanes with their slabs, and the other charges.
import type { Schemas } from "../../api/client";
import { useSay } from "../../i18n";
import { money } from "../../ui/money";

const area = (of: Schemas["RateArea"] | undefined, any: string) => [of?.city, of?.postal_code, of?.region, of?.country].filter(Boolean).join(", ") || any;

export function LaneTerms({ lane, currency }: { lane: Schemas["RateLane"]; currency: string }) {
  const { say, word, language } = useSay();
  return (
    <div className="grid gap-1">
      <p className="font-medium"><bdi>{area(lane.origin, say("terms.anywhere"))} → {area(lane.destination, say("terms.anywhere"))}</bdi>{lane.service && <> · <bdi>{lane.service}</bdi></>}</p>
      <ul className="grid gap-0.5">
        {lane.slabs.map((slab, index) => (
          <li key={index} className="flex justify-between gap-3">
            <span className="text-muted">{slab.up_to ? say("terms.upTo", { weight: slab.up_to }) : say(index === 0 ? "terms.allWeights" : "terms.above")}</span>
            <span className="text-right tabular-nums">{money(language, slab.amount, currency)} {word("per", slab.per)}</span>
          </li>
        ))}
        {lane.minimum && <li className="flex justify-between gap-3"><span className="text-muted">{say("terms.minimum")}</span><span className="tabular-nums">{money(language, lane.minimum, currency)}</span></li>}
      </ul>
    </div>
  );
}

export function AccessorialTerms({ terms, currency }: { terms: Schemas["RateAccessorial"]; currency: string }) {
  const { say, word, language } = useSay();
  const percent = terms.per === "percent";
  return (
    <p>
      <span className="font-medium">{word("charge", terms.code)}</span>{" "}
      <span className="tabular-nums">{percent ? `${terms.amount} %` : `${money(language, terms.amount, currency)} ${word("per", terms.per)}`}</span>
      <span className="text-muted">
        {(terms.free_minutes ?? 0) > 0 && <> · {say("terms.free", { n: terms.free_minutes ?? 0 })}</>}
        {terms.minimum && <> · {say("terms.minimum")} {money(language, terms.minimum, currency)}</>}
        {terms.maximum && <> · {say("terms.maximum")} {money(language, terms.maximum, currency)}</>}
        {terms.always && <> · {say("terms.always")}</>}
      </span>
    </p>
  );
}
