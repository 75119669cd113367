// What was read from a message: a record, or a reject with its hint. Hover or focus shows its bytes, a click keeps them shown.
import type { Schemas } from "../../api/client";
import { useSay } from "../../i18n";
import { Badge, Told } from "../../ui/parts";

interface Entry {
  index: number;
  on: boolean;
  onHover: (over: boolean) => void;
  onPin: () => void;
}

const frame = (on: boolean) => `card block w-full p-3 text-left ${on ? "border-accent bg-mark" : "hover:border-accent"}`;

function Frame({ index, on, onHover, onPin, title, children }: Entry & { title: React.ReactNode; children?: React.ReactNode }) {
  return (
    <li data-index={index} className={frame(on)} onMouseEnter={() => onHover(true)} onMouseLeave={() => onHover(false)}>
      <button type="button" aria-pressed={on} className="flex min-h-6 w-full flex-wrap items-center justify-between gap-2 text-left" onClick={onPin} onFocus={() => onHover(true)} onBlur={() => onHover(false)}>
        {title}
      </button>
      {children}
    </li>
  );
}

export function Record({ record, ...entry }: Entry & { record: Schemas["ShownRecord"] }) {
  const { say, word } = useSay();
  const data = (typeof record.data === "object" && record.data !== null ? record.data : {}) as { status?: unknown };
  return (
    <Frame {...entry} title={
      <>
        <span className="flex flex-wrap items-center gap-2">
          <span className="font-medium">{word("record", record.kind)}</span>
          {typeof data.status === "string" && <Badge group="status" value={data.status} />}
        </span>
        <span className="text-xs text-muted tabular-nums">{say("message.bytes", { from: record.start, to: record.end })}</span>
      </>
    }>
      <details className="mt-1">
        <summary className="min-h-6 cursor-pointer py-1 text-xs text-muted">{say("message.canonical")}</summary>
        <pre tabIndex={0} role="region" aria-label={say("message.canonical")} className="mt-1 max-h-80 overflow-auto whitespace-pre-wrap font-mono text-xs [overflow-wrap:anywhere]">{JSON.stringify(record.data ?? null, null, 2)}</pre>
      </details>
    </Frame>
  );
}

export function Reject({ reject, ...entry }: Entry & { reject: Schemas["ShownReject"] }) {
  const { say } = useSay();
  return (
    <Frame {...entry} title={
      <>
        <span className="flex flex-wrap items-center gap-2"><Badge group="state" value={reject.severity} /><code className="text-xs">{reject.code}</code></span>
        <span className="text-xs text-muted tabular-nums">{say("message.bytes", { from: reject.start, to: reject.end })}</span>
      </>
    }>
      <p className="mt-1"><Told code={`reject.${reject.code}`} detail={reject.message} /></p>
      {reject.path && <p className="text-xs text-muted"><code>{reject.path}</code></p>}
      {reject.hint && <p className="mt-1 text-xs" lang="en">→ {reject.hint}</p>}
    </Frame>
  );
}
