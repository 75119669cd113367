// A table of any length: only the rows in view are in the page, more are read near the end, j, k and Enter move and open.
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { typing } from "../features/shell/typing";
import { useSay } from "../i18n";
import { density } from "./density";
import { useStore } from "./store";

export interface Column<Row> {
  title: string;
  cell: (row: Row) => ReactNode;
  /** Holds the link that opens the row. */
  main?: boolean;
  /** Left out on a phone. */
  wide?: boolean;
  /** A class of Tailwind's for a column that needs more or less than its even share. */
  width?: string;
}

const ROW_PX = { comfortable: 40, compact: 30 };
/** Rows made beyond either end of the view: each costs its layout and painting in every frame of a quick scroll. */
const BEYOND = 4;
/** On paper there is no scrolling: so many of the rows that are loaded are printed. */
const PRINTED_MAX = 1_000;

/** Whether the page is being printed; known before the browser lays it out. */
function usePrinting(): boolean {
  const [printing, setPrinting] = useState(false);
  useEffect(() => {
    const begin = () => flushSync(() => setPrinting(true));
    const end = () => setPrinting(false);
    window.addEventListener("beforeprint", begin);
    window.addEventListener("afterprint", end);
    return () => {
      window.removeEventListener("beforeprint", begin);
      window.removeEventListener("afterprint", end);
    };
  }, []);
  return printing;
}

export function LongTable<Row>(props: {
  label: string;
  rows: Row[];
  columns: Column<Row>[];
  id: (row: Row) => string;
  href: (row: Row) => string;
  onOpen: (row: Row) => void;
  more: boolean;
  loading: boolean;
  onEnd: () => void;
  /** Begins the list anew, when it became old and is too long to be read again by itself. */
  renew?: (() => void) | undefined;
}) {
  const { say } = useSay();
  const { rows, columns, id, href, onOpen, more, loading, onEnd } = props;
  const frame = useRef<HTMLDivElement>(null);
  const [chosen, setChosen] = useState<string>();
  const rowPx = ROW_PX[useStore(density)];
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => frame.current, estimateSize: () => rowPx, overscan: BEYOND });
  useEffect(() => virtual.measure(), [virtual, rowPx]);
  const inView = virtual.getVirtualItems();
  const printing = usePrinting();
  const shown: { index: number }[] = printing ? rows.slice(0, PRINTED_MAX).map((_, index) => ({ index })) : inView;
  const first = printing ? undefined : inView[0];
  const last = printing ? undefined : inView[inView.length - 1];
  const atEnd = last !== undefined && last.index >= rows.length - 20;

  useEffect(() => {
    if (atEnd && more && !loading) onEnd();
  }, [atEnd, more, loading, onEnd]);

  const now = useMemo(() => (chosen === undefined ? -1 : rows.findIndex((row) => id(row) === chosen)), [rows, chosen, id]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (typing(event) || !/^[jk]$/.test(event.key)) {
        // Enter on a link or a button is its own.
        const elsewhere = event.target instanceof Element && event.target.closest("a, button, summary") !== null;
        if (event.key === "Enter" && !typing(event) && !elsewhere) {
          const row = rows[now];
          if (row !== undefined) onOpen(row);
        }
        return;
      }
      const next = Math.max(0, Math.min(rows.length - 1, now + (event.key === "j" ? 1 : -1)));
      const row = rows[next];
      if (row === undefined) return;
      setChosen(id(row));
      virtual.scrollToIndex(next);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [rows, now, id, onOpen, virtual]);

  return (
    <>
      {props.renew && <p role="status" className="mb-2 flex flex-wrap items-center gap-3 text-warn">{say("table.old")} <button type="button" className="button" onClick={props.renew}>{say("table.renew")}</button></p>}
      <div ref={frame} tabIndex={0} role="region" aria-label={props.label} className="card max-h-[calc(100dvh-12rem)] min-h-40 overflow-auto">
        <table className="w-full table-fixed text-left" aria-rowcount={more ? -1 : rows.length + 1}>
          <thead className="sticky top-0 z-10 bg-sunken text-xs text-muted">
            <tr>
              {columns.map((column) => <th key={column.title} scope="col" className={`px-3 py-2 font-medium ${column.width ?? ""} ${column.wide ? "hidden md:table-cell" : ""}`}>{column.title}</th>)}
            </tr>
          </thead>
          <tbody>
            {first && first.start > 0 && <tr aria-hidden="true"><td style={{ height: first.start }} /></tr>}
            {shown.map((item) => {
              const row = rows[item.index];
              if (row === undefined) return null;
              const key = id(row);
              return <Line key={key} {...{ row, name: key, at: item.index, on: key === chosen, rowPx, columns, href, onOpen, onChoose: setChosen }} />;
            })}
            {last && <tr aria-hidden="true"><td style={{ height: Math.max(0, virtual.getTotalSize() - last.end) }} /></tr>}
          </tbody>
        </table>
        <p role="status" className="sr-only">{now >= 0 ? say("table.at", { id: chosen ?? "", at: now + 1 }) : ""}</p>
        {loading && !printing && <p className="p-3 text-center text-muted">{say("loading")}</p>}
        {printing && (more || rows.length > PRINTED_MAX) && <p className="p-3">{say("table.printed", { n: shown.length })}</p>}
      </div>
    </>
  );
}

/** One row. While the table scrolls, those that stay are not made anew: nothing of theirs has changed. */
const Line = memo(LineOf) as typeof LineOf;

function LineOf<Row>(props: {
  row: Row;
  name: string;
  at: number;
  on: boolean;
  rowPx: number;
  columns: Column<Row>[];
  href: (row: Row) => string;
  onOpen: (row: Row) => void;
  onChoose: (name: string) => void;
}) {
  const { row, name, at, on, rowPx, columns, href, onOpen, onChoose } = props;
  return (
    <tr aria-rowindex={at + 2} data-chosen={on || undefined} style={{ height: rowPx }}
      className={`border-t border-line ${on ? "bg-mark" : "hover:bg-sunken"}`} onClick={() => onChoose(name)}>
      {columns.map((column) => (
        <td key={column.title} className={`truncate px-3 ${column.wide ? "hidden md:table-cell" : ""}`}>
          {column.main ? (
            <a className="inline-block max-w-full truncate align-middle font-medium hover:underline" href={href(row)}
              onClick={(event) => {
                if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
                event.preventDefault();
                onOpen(row);
              }}>
              <bdi>{column.cell(row)}</bdi>
            </a>
          ) : column.cell(row)}
        </td>
      ))}
    </tr>
  );
}
