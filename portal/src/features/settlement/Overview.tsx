// The piles of bills, and what disputing brought back so far.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { client, ok } from "../../api/client";
import { locale, useSay } from "../../i18n";
import { money } from "../../ui/money";
import { Problem } from "../../ui/parts";
import { piles } from "./bills";

export function Overview({ chosen }: { chosen: { status?: string; outcome?: string } }) {
  const { say, word, language } = useSay();
  const counts = useQuery({ queryKey: ["bill-counts"], queryFn: () => ok(client.GET("/v1/freight-invoices/counts")) });
  const recovered = useQuery({ queryKey: ["bill-counts", "recovered"], queryFn: () => ok(client.GET("/v1/freight-invoices/recovered")) });
  if (counts.error) return <div className="mb-4"><Problem error={counts.error} retry={() => void counts.refetch()} /></div>;
  if (!counts.data) return null;
  const count = new Intl.NumberFormat(locale(language));
  const shown = piles(counts.data).filter((pile) => pile.bills > 0);
  return (
    <section aria-label={say("bills.piles")} className="mb-4 flex flex-wrap gap-2">
      {shown.map((pile) => {
        const on = chosen.status === pile.search.status && chosen.outcome === pile.search.outcome;
        return (
          <Link key={pile.id} to="/settlement" search={pile.search} aria-current={on || undefined} className={`card flex items-baseline gap-2 px-3 py-1.5 hover:border-accent ${on ? "border-accent bg-mark" : ""}`}>
            <span className="text-lg font-semibold tabular-nums" data-pile={pile.id}>{count.format(pile.bills)}</span>
            <span className="text-xs text-muted">{word("pile", pile.id)}</span>
          </Link>
        );
      })}
      {recovered.data?.map((one) => (
        <div key={one.currency} className="card flex flex-wrap items-baseline gap-x-2 px-3 py-1.5">
          <span className="text-lg font-semibold tabular-nums text-good" data-recovered>{money(language, one.amount, one.currency)}</span>
          <span className="text-xs text-muted">{say("bills.recovered")}: {say("bills.byNotes", { amount: money(language, one.by_notes, one.currency) })}, {say("bills.byDisputes", { amount: money(language, one.by_disputes, one.currency) })}</span>
        </div>
      ))}
    </section>
  );
}
