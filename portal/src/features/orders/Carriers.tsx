// Whom to give an order to: the cheapest by rate, another contract's carrier, or one that is named by hand.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { client, ok, type Schemas } from "../../api/client";
import { useSay } from "../../i18n";
import { money } from "../../ui/money";
import { Loading, Problem } from "../../ui/parts";

export function Carriers({ order, carrier, onCarrier }: { order: Schemas["OrderOut"]; carrier: string; onCarrier: (carrier: string) => void }) {
  const { say, language } = useSay();
  const [byHand, setByHand] = useState(false);
  const query = useQuery({ queryKey: ["quotes", order.id, order.version], queryFn: () => ok(client.GET("/v1/orders/{id}/quotes", { params: { path: { id: order.id } } })) });
  if (query.error) return <Problem error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Loading />;
  const { quotes, unpriced = [] } = query.data;
  const radio = (name: string, on: boolean, choose: () => void, children: React.ReactNode) => (
    <label key={name} className={`flex cursor-pointer items-center gap-2 rounded-md border p-2 ${on ? "border-accent bg-mark" : "border-line"}`}>
      <input type="radio" name="carrier" className="size-4" checked={on} onChange={choose} />{children}
    </label>
  );
  return (
    <fieldset className="grid gap-2" data-quotes={quotes.length}>
      <legend className="label mb-1">{say("orders.carrierWho")}</legend>
      {quotes.length === 0 && <p className="text-muted">{say("orders.noQuotes")}</p>}
      {quotes.map((quote, index) => radio(`${quote.contract_id} ${quote.lane}`, !byHand && (index === 0 ? carrier === "" : carrier === quote.carrier), () => { setByHand(false); onCarrier(index === 0 ? "" : quote.carrier); },
        <span className="flex min-w-0 flex-1 flex-wrap items-baseline justify-between gap-x-3">
          <span><bdi className="font-medium">{quote.carrier}</bdi>{index === 0 && <span className="ml-2 rounded bg-good-bg px-1.5 text-xs text-good">{say("orders.cheapest")}</span>}</span>
          <span className="tabular-nums">{money(language, quote.amount, quote.currency)}</span>
          <span className="w-full text-xs text-muted">{say("orders.contract", { version: quote.contract_version, lane: quote.lane })}</span>
        </span>))}
      {radio("hand", byHand || quotes.length === 0, () => { setByHand(true); onCarrier(""); }, <span>{say("orders.byHand")}</span>)}
      {(byHand || quotes.length === 0) && (
        <label className="grid gap-1">
          <span className="label">{say("orders.carrierCode")}</span>
          <input className="field" maxLength={100} autoComplete="off" required value={carrier} onChange={(event) => onCarrier(event.target.value)} />
        </label>
      )}
      {unpriced.map((one) => <p key={`${one.contract_id} ${one.lane}`} className="text-xs text-muted">{say("orders.unpriced", { carrier: one.carrier, missing: one.missing })}</p>)}
    </fieldset>
  );
}
