// The bytes of two messages, part by part: equal parts are folded, and in changed ones the words that differ are marked.
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useSay } from "../../i18n";
import { compare, folded, type Piece, type Row, words } from "./compare";
import { type Part, partsOf } from "./parts";
import { visible } from "./raw";

/** Rows that are drawn at first, and with each request for more. */
const ROWS_STEP = 300;

interface Side {
  id: string;
  bytes: Uint8Array;
}

export function RawDiff({ left, right }: { left: Side; right: Side }) {
  const { say } = useSay();
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set());
  const [most, setMost] = useState(ROWS_STEP);
  const { rows, coarse } = useMemo(() => compare(partsOf(left.bytes), partsOf(right.bytes)), [left.bytes, right.bytes]);
  const numbers = useMemo(() => numbered(rows), [rows]);
  if (rows.every((row) => row.equal)) return <p data-raw-diff={0}>{say("compare.rawSame")}</p>;

  const runs = folded(rows, opened);
  let room = most;
  const drawn = runs.flatMap((run) => {
    if (room <= 0) return [];
    const shown = run.folded ? run : { ...run, rows: run.rows.slice(0, room) };
    room -= run.folded ? 1 : shown.rows.length;
    return [shown];
  });
  const all = runs.reduce((sum, run) => sum + (run.folded ? 1 : run.rows.length), 0);
  return (
    <>
      <p className="mb-2 text-muted">{say("compare.rawHint")}</p>
      {coarse && <p className="mb-2 text-warn">{say("compare.coarse")}</p>}
      <div role="region" aria-labelledby="raw" tabIndex={0} className="card overflow-x-auto">
        <table data-raw-diff={rows.filter((row) => !row.equal).length} className="w-full min-w-[44rem] table-fixed text-left font-mono text-xs leading-6" dir="ltr">
          <colgroup><col className="w-8" /><col className="w-12" /><col /><col className="w-12" /><col /></colgroup>
          <thead className="bg-sunken font-sans text-muted">
            <tr>
              <th scope="col" className="px-2"><span className="sr-only">{say("compare.sign")}</span></th>
              <th scope="col" colSpan={2} className="px-2 font-medium">{say("compare.left")}</th>
              <th scope="col" colSpan={2} className="px-2 font-medium">{say("compare.right")}</th>
            </tr>
          </thead>
          <tbody>
            {drawn.map((run) => run.folded ? (
              <tr key={run.at} className="border-t border-line bg-sunken">
                <td colSpan={5} className="px-2 font-sans">
                  <button type="button" className="min-h-6 underline" onClick={() => setOpened(new Set([...opened, run.at]))}>{say("compare.folded", { n: run.rows.length })}</button>
                </td>
              </tr>
            ) : run.rows.map((row, index) => <Line key={run.at + index} row={row} numbers={numbers[run.at + index] ?? [0, 0]} left={left.id} right={right.id} />))}
          </tbody>
        </table>
      </div>
      {all > most && <button type="button" className="button mt-2" onClick={() => setMost(most + ROWS_STEP)}>{say("compare.moreRows", { n: all })}</button>}
    </>
  );
}

/** The number of each row's parts on either side. */
function numbered(rows: Row[]): [number, number][] {
  let [left, right] = [0, 0];
  return rows.map((row) => {
    if (row.left) left += 1;
    if (row.right) right += 1;
    return [left, right];
  });
}

function Line({ row, numbers, left, right }: { row: Row; numbers: [number, number]; left: string; right: string }) {
  const { say } = useSay();
  const both = row.left && row.right && !row.equal ? words(row.left.text, row.right.text) : undefined;
  const [sign, told] = row.equal ? ["", "compare.isEqual" as const] : both ? ["≠", "compare.isChanged" as const] : row.left ? ["−", "compare.isLeft" as const] : ["+", "compare.isRight" as const];
  return (
    <tr className="border-t border-line align-top" data-row={sign}>
      <th scope="row" className="px-2 text-center font-semibold"><span aria-hidden="true">{sign}</span><span className="sr-only">{say(told)}</span></th>
      <Cells part={row.left} number={numbers[0]} id={left} label={say("compare.part", { n: numbers[0] })} pieces={both?.left ?? whole(row.left, !row.equal)} tag="del" />
      <Cells part={row.right} number={numbers[1]} id={right} label={say("compare.otherPart", { n: numbers[1] })} pieces={both?.right ?? whole(row.right, !row.equal)} tag="ins" />
    </tr>
  );
}

const whole = (part: Part | undefined, differs: boolean): Piece[] => (part ? [{ text: part.text, differs }] : []);

function Cells({ part, number, id, label, pieces, tag: Tag }: { part: Part | undefined; number: number; id: string; label: string; pieces: Piece[]; tag: "del" | "ins" }) {
  if (!part) return <td colSpan={2} className="bg-sunken" />;
  const look = Tag === "del" ? "bg-bad-bg text-bad" : "bg-good-bg text-good";
  return (
    <>
      <td className="px-2 text-right font-sans text-muted">
        <Link className="inline-block min-w-6 underline" aria-label={label} to="/messages/$id" params={{ id }} search={{ from: String(part.start), to: String(part.end) }}>{number}</Link>
      </td>
      <td className="whitespace-pre-wrap px-2 [overflow-wrap:anywhere]">
        {pieces.map((piece, index) => {
          const text = visible(piece.text.replace(/\n$/, ""));
          return piece.differs ? <Tag key={index} className={`rounded-sm no-underline ${look}`}>{text}</Tag> : <span key={index}>{text}</span>;
        })}
      </td>
    </>
  );
}
