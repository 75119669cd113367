// Why an amount is what it is: a tree of rules, each with its arithmetic and the place where it stands.
import { Link } from "@tanstack/react-router";
import { useSay } from "../../i18n";
import { Said } from "../../ui/parts";
import { money } from "../../ui/money";
import type { Explained } from "./bills";

export function Explanation({ node, currency }: { node: Explained; currency: string }) {
  const { language, word } = useSay();
  const values = Object.fromEntries(Object.entries(node.values ?? {}).map(([name, value]) => [name, word("area", value)]));
  return (
    <div className="min-w-0">
      <p className="flex justify-between gap-3">
        <span className="min-w-0 [overflow-wrap:anywhere]"><Said by={`why.${node.kind}`} values={values} text={node.rule} /></span>
        {node.amount && <span className="shrink-0 font-medium tabular-nums">{money(language, node.amount, currency)}</span>}
      </p>
      {node.arithmetic && <p className="font-mono text-xs text-muted">{node.arithmetic.replace(/[a-z]+/g, (unit) => word("unit", unit))}</p>}
      {node.source && <p className="text-xs"><Where source={node.source} code={node.code ?? undefined} /></p>}
      {(node.parts?.length ?? 0) > 0 && (
        <ul className="ml-1 mt-1 grid gap-2 border-l border-line pl-3">
          {node.parts?.map((part, index) => <li key={index}><Explanation node={part} currency={currency} /></li>)}
        </ul>
      )}
    </div>
  );
}

function Where({ source, code }: { source: NonNullable<Explained["source"]>; code: string | undefined }) {
  const { say } = useSay();
  switch (source.kind) {
    case "contract":
      return (
        <Link className="underline" to="/settlement/contracts/$id" params={{ id: source.contract_id }} search={{ version: String(source.version), line: source.line ? String(source.line) : undefined, code }}>
          {source.line ? say("why.line", { version: source.version, line: source.line }) : say("why.contract", { version: source.version })}
        </Link>
      );
    case "fuel-index":
      return <span className="text-muted">{say("why.index", { name: source.name, from: source.from })}</span>;
    case "law":
      return <span className="text-muted">{source.rule} ({source.source})</span>;
  }
}
