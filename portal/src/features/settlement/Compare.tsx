// The comparison: every charge with what is billed, what was agreed and by how much they differ; the chosen one down to its sources.
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useSay } from "../../i18n";
import { money, nonzero } from "../../ui/money";
import { type Bill, billed, clauses, foremost } from "./bills";
import { Clause } from "./Clause";
import { Explanation } from "./Explanation";
import { Proof } from "./Proof";

export function Compare({ bill }: { bill: Bill }) {
  const { say, word, language } = useSay();
  const lines = bill.match.lines ?? [];
  const [asked, setAsked] = useState<string>();
  const line = lines.find((one) => one.code === asked) ?? foremost(lines);
  const text = (amount: string) => money(language, amount, bill.currency);
  const because = line ? clauses(bill.explanation, line.code) : [];

  return (
    <section aria-labelledby="compared" className="min-w-0">
      <h2 id="compared" className="mb-2 font-semibold">{say("bill.compared")}</h2>
      {lines.length > 0 && (
        <div className="card mb-3 overflow-x-auto" tabIndex={0} role="region" aria-labelledby="compared">
          <table className="w-full text-left text-xs sm:text-sm">
            <thead className="bg-sunken text-xs text-muted">
              <tr>
                <th scope="col" className="px-2 py-2 font-medium sm:px-3">{say("bill.charge")}</th>
                {(["bills.billed", "bills.expected", "bills.variance"] as const).map((key) => <th key={key} scope="col" className="px-2 py-2 text-right font-medium sm:px-3">{say(key)}</th>)}
                <th scope="col" className="px-3 py-2 font-medium">{say("bill.verdict")}</th>
              </tr>
            </thead>
            <tbody>
              {lines.map((one) => (
                <tr key={one.code} className={`border-t border-line ${one === line ? "bg-mark" : ""}`}>
                  <th scope="row" className="px-2 py-2 font-normal sm:px-3">
                    <button type="button" className="text-left font-medium underline" aria-pressed={one === line} onClick={() => setAsked(one.code)}>{word("charge", one.code)}</button>
                  </th>
                  <td className="whitespace-nowrap px-2 text-right tabular-nums sm:px-3">{text(one.billed)}</td>
                  <td className="whitespace-nowrap px-2 text-right tabular-nums sm:px-3">{text(one.expected)}</td>
                  <td className={`whitespace-nowrap px-2 text-right tabular-nums sm:px-3 ${one.passes ? "" : "font-semibold text-bad"}`}>{nonzero(one.variance) ? text(one.variance) : "–"}</td>
                  <td className="min-w-40 px-3">
                    {one.passes
                      ? <span className="text-good">✓ {say(nonzero(one.variance) ? "bill.tolerated" : "bill.agrees")}</span>
                      : <span className="text-bad">✕ {one.reason ? word("variance", one.reason) : say("bill.differs")}</span>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <div className="grid gap-3 md:grid-cols-3" data-sides>
        <Side title={say("bill.bill")}><Billed bill={bill} charges={line ? billed(bill, line) : bill.charges} /></Side>
        <Side title={say("bill.contract")}>
          {because.length > 0
            ? because.map((step, index) => <div key={index} className="grid gap-2"><Explanation node={step} currency={bill.currency} />{step.source?.kind === "contract" && <Clause source={step.source} code={step.code ?? ""} />}</div>)
            : <p className="text-muted">{say(bill.explanation ? "bill.notAgreed" : "bill.notExplained")}</p>}
        </Side>
        <Side title={say("bill.proof")}><Proof bill={bill} /></Side>
      </div>
      {bill.explanation && (
        <details className="mt-3">
          <summary className="cursor-pointer py-1 font-medium">{say("bill.why")}</summary>
          <div className="card mt-2 p-3"><Explanation node={bill.explanation} currency={bill.currency} /></div>
        </details>
      )}
    </section>
  );
}

function Side({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section aria-label={title} className="card min-w-0 p-3">
      <h3 className="mb-2 text-xs font-semibold text-muted">{title}</h3>
      {children}
    </section>
  );
}

/** The charges as the carrier wrote them, each with the bytes that say it. */
function Billed({ bill, charges }: { bill: Bill; charges: Bill["charges"] }) {
  const { say, language } = useSay();
  const counted = bill.versions.find((version) => version.version === bill.version && version.counted);
  if (charges.length === 0) return <p className="text-muted">{say("bill.notBilled")}</p>;
  return (
    <ul className="grid gap-2">
      {charges.map((charge) => (
        <li key={charge.line}>
          <span className="flex justify-between gap-2"><bdi>{charge.description ?? charge.code ?? charge.means}</bdi><span className="tabular-nums">{money(language, charge.amount, bill.currency)}</span></span>
          <span className="block text-xs text-muted">{say("bill.line", { line: charge.line })}{charge.code && <> · <code>{charge.code}</code></>}</span>
          {counted?.document
            ? <Link className="text-xs underline" to="/messages/$id" params={{ id: counted.document }} search={charge.source ? { from: String(charge.source.start), to: String(charge.source.end) } : {}}>{say("timeline.bytes", { document: counted.document.slice(0, 12) })}</Link>
            : <span className="text-xs text-muted">{say("bill.typed")}</span>}
        </li>
      ))}
    </ul>
  );
}
