// The canonical records of two messages: how many are alike, where the others differ, and what only one of them has.
import type { Schemas } from "../../api/client";
import { useSay } from "../../i18n";

type Diff = Schemas["DocumentDiff"];

export function RecordsDiff({ diff, now }: { diff: Diff; now: boolean }) {
  const { say } = useSay();
  const differ = diff.changed_count + diff.only_left_count + diff.only_right_count;
  return (
    <section aria-labelledby="records" data-records-diff={now ? "now" : diff.right}>
      <h2 id="records" className="mb-2 font-semibold">{say("compare.records")}</h2>
      {diff.stopped && <p role="note" className="mb-2 rounded-md bg-bad-bg p-2 text-bad">{say("compare.stopped")} <code>{diff.stopped.code}</code> {diff.stopped.message}</p>}
      {diff.truncated && <p className="mb-2 text-warn">{say("compare.truncated")}</p>}
      {diff.forgotten > 0 && <p className="mb-2 text-warn">{say("compare.forgotten", { n: diff.forgotten })}</p>}
      {differ === 0 && <p className="mb-2">{diff.same > 0 && <span className="text-good">✓ </span>}{say(diff.same > 0 ? "compare.alike" : "compare.none")}</p>}
      {diff.same > 0 && <p className="mb-2 text-muted">{say("compare.same", { n: diff.same })}</p>}
      {diff.changed_count > 0 && (
        <>
          <h3 className="mb-1 font-medium">{say("compare.changed", { n: diff.changed_count })}</h3>
          <ul className="mb-3 grid gap-2">{diff.changed.map((one, index) => <li key={index}><Changed one={one} now={now} /></li>)}</ul>
          <Rest n={diff.changed_count - diff.changed.length} />
        </>
      )}
      <Only title={say("compare.onlyLeft", { n: diff.only_left_count })} records={diff.only_left} count={diff.only_left_count} />
      <Only title={say("compare.onlyRight", { n: diff.only_right_count })} records={diff.only_right} count={diff.only_right_count} />
    </section>
  );
}

function Rest({ n }: { n: number }) {
  const { say } = useSay();
  return n > 0 ? <p className="mb-3 text-muted">{say("compare.more", { n })}</p> : null;
}

/** Each place where a record differs; values as JSON writes them, so that `"1"` and `1` are not alike. */
function Changed({ one, now }: { one: Schemas["RecordChanged"]; now: boolean }) {
  const { say, word } = useSay();
  const title = titleOf(one.left, word);
  return (
    <div role="region" aria-label={title} tabIndex={0} className="card overflow-x-auto">
      <table className="w-full text-left text-xs">
        <caption className="px-3 py-2 text-left text-sm font-medium"><bdi>{title}</bdi></caption>
        <thead className="bg-sunken text-muted">
          <tr>{[say("compare.place"), say("compare.left"), say(now ? "compare.rightNow" : "compare.right")].map((text) => <th key={text} scope="col" className="px-3 py-1 font-medium">{text}</th>)}</tr>
        </thead>
        <tbody>
          {one.places.map((place) => (
            <tr key={place.pointer} className="border-t border-line align-top">
              <th scope="row" className="px-3 py-1 font-normal"><code>{place.pointer}</code></th>
              <td className="px-3 py-1"><Value value={place.left} look="bg-bad-bg text-bad" /></td>
              <td className="px-3 py-1"><Value value={place.right} look="bg-good-bg text-good" /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Value({ value, look }: { value: unknown; look: string }) {
  const { say } = useSay();
  if (value === undefined) return <span className="text-muted">{say("compare.absent")}</span>;
  return <code className={`rounded px-1 [overflow-wrap:anywhere] ${look}`}>{JSON.stringify(value)}</code>;
}

function Only({ title, records, count }: { title: string; records: unknown[]; count: number }) {
  const { word } = useSay();
  if (count === 0) return null;
  return (
    <>
      <h3 className="mb-1 font-medium">{title}</h3>
      <ul className="mb-3 grid gap-1">
        {records.map((record, index) => (
          <li key={index} className="card px-3 py-1">
            <details>
              <summary className="min-h-6 cursor-pointer py-1"><bdi>{titleOf(record, word)}</bdi></summary>
              <pre tabIndex={0} role="region" aria-label={titleOf(record, word)} className="max-h-80 overflow-auto whitespace-pre-wrap font-mono text-xs [overflow-wrap:anywhere]">{JSON.stringify(record, null, 2)}</pre>
            </details>
          </li>
        ))}
      </ul>
      <Rest n={count - records.length} />
    </>
  );
}

/** A record by its kind or status, its first number and its time, as far as it has them. */
function titleOf(record: unknown, word: (group: string, value: string) => string): string {
  const { kind, status, number, references, at } = (typeof record === "object" && record !== null ? record : {}) as Record<string, unknown>;
  const first = Array.isArray(references) ? (references[0] as { value?: unknown } | undefined)?.value : undefined;
  const time = typeof at === "object" && at !== null ? (at as { time?: unknown }).time : undefined;
  const words = [typeof status === "string" ? word("status", status) : typeof kind === "string" ? word("document", kind) : undefined, number ?? first, time].filter((one) => typeof one === "string");
  return words.join(" · ") || "{…}";
}
