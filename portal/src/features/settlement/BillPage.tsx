// One bill: billed, agreed and proven beside each other, line by line, and what is decided about it.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { client, tagged } from "../../api/client";
import { useSay } from "../../i18n";
import { money } from "../../ui/money";
import { Badge, Loading, Moment, Problem, Said, Told } from "../../ui/parts";
import { Compare } from "./Compare";
import { Decide } from "./Decide";
import { Disputes } from "./Disputes";
import { Past } from "./Past";

const route = getRouteApi("/settlement/bills/$id");

export default function BillPage() {
  const { say, language } = useSay();
  const { id } = route.useParams();
  // Its entity tag is the bill's own and stays the same when only a thread or a note changed: a browser's copy would be old.
  const query = useQuery({ queryKey: ["bill", id], queryFn: () => tagged(client.GET("/v1/freight-invoices/{id}", { params: { path: { id } }, cache: "no-store" })) });
  const bill = query.data?.body;
  const heading = (
    <h1 className="text-xl font-semibold">
      <Link to="/settlement" className="text-sm font-normal text-muted underline">{say("bills.title")}</Link> <bdi className="block font-mono">{bill?.number ?? id}</bdi>
    </h1>
  );
  if (query.error) return <>{heading}<Problem error={query.error} retry={() => void query.refetch()} /></>;
  if (!bill || !query.data) return <>{heading}<Loading /></>;
  const text = (amount: string | null | undefined) => money(language, amount, bill.currency);

  return (
    <>
      {heading}
      <p className="mb-4 mt-1 flex flex-wrap items-center gap-x-3 gap-y-1 text-muted">
        <Badge group="bill" value={bill.status} />
        <Badge group="outcome" value={bill.outcome} />
        <bdi>{bill.carrier}</bdi>
        {bill.billed_date && <span>{say("bills.ofDay", { day: bill.billed_date })}</span>}
        {bill.version > 1 && <span>{say("bills.version", { version: bill.version })}</span>}
        <Moment at={bill.received_at} />
      </p>
      <dl className="mb-4 grid grid-cols-3 gap-3">
        {([["bills.billed", bill.total], ["bills.expected", bill.expected_total], ["bills.variance", bill.variance]] as const).map(([key, amount]) => (
          <div key={key} className="card min-w-0 p-2 sm:p-3">
            <dt className="label">{say(key)}</dt>
            <dd className="whitespace-nowrap text-sm font-semibold tabular-nums sm:text-xl">{text(amount)}</dd>
          </div>
        ))}
      </dl>
      {bill.match.exceptions?.map((exception) => (
        <div key={`${exception.code} ${exception.what}`} role="note" className="mb-3 rounded-lg border border-warn/40 bg-warn-bg p-3 text-warn">
          <p className="font-medium"><Told code={`bill.${exception.code}`} detail={exception.what} /></p>
          <p><Said by={exception.next} text={exception.next} /></p>
          <p className="text-xs"><code>{exception.code}</code> · {exception.at}</p>
        </div>
      ))}
      <div className="grid gap-6 xl:grid-cols-[minmax(0,1fr)_22rem] xl:grid-rows-[auto_1fr]">
        <Compare bill={bill} />
        <div className="no-print xl:row-span-2"><Decide key={bill.status} bill={bill} etag={query.data.etag} /></div>
        <div className="grid min-w-0 content-start gap-6">
          <Disputes bill={bill} />
          <Past bill={bill} />
        </div>
      </div>
    </>
  );
}
