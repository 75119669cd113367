// A chart of minutes: hover reads it, a click leads to the messages of that minute. Its figures stand in the table beside it as well.
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { locale, useSay } from "../../i18n";
import { useStore } from "../../ui/store";
import { theme } from "../../ui/theme";
import type { Columns } from "./figures";

export interface Series {
  label: string;
  /** A colour of the theme, by its variable. */
  color: `--${string}`;
  /** Drawn dashed: told apart without colour. */
  dashed?: boolean;
}

const HEIGHT_PX = 180;
/** Between two marks of the time axis, in seconds: no minute is marked twice. */
const MARKS_S = [60, 300, 600, 900, 1_800];

export function Chart({ title, data, series, onPick }: { title: string; data: Columns; series: Series[]; onPick: (index: number) => void }) {
  const { say, language } = useSay();
  const look = useStore(theme);
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(undefined);
  const pick = useRef(onPick);
  pick.current = onPick;
  const latest = useRef(data);
  latest.current = data;
  const names = series.map((one) => `${one.label} ${one.color} ${one.dashed ?? false}`).join();

  useEffect(() => {
    const host = place.current;
    if (!host) return undefined;
    const css = getComputedStyle(document.documentElement);
    const color = (name: string) => css.getPropertyValue(name).trim();
    const number = new Intl.NumberFormat(locale(language));
    const time = new Intl.DateTimeFormat(locale(language), { timeStyle: "short" });
    const axis = { stroke: color("--muted"), grid: { stroke: color("--line"), width: 1 }, ticks: { stroke: color("--line"), width: 1 } };
    const made = new uPlot({
      width: Math.max(200, host.clientWidth),
      height: HEIGHT_PX,
      // A click near an edge, where the minute of now is, would be taken for the end of a drag; nothing is dragged here.
      cursor: { points: { size: 7 }, drag: { x: false, y: false, setScale: false, click: () => {} } },
      axes: [{ ...axis, incrs: MARKS_S, values: (_, splits) => splits.map((split) => time.format(split * 1000)) }, { ...axis, size: 56, values: (_, splits) => splits.map((split) => number.format(split)) }],
      scales: { y: { range: (_, __, most) => [0, Math.max(1, most * 1.1)] } },
      series: [
        { value: (_, at) => (at ? time.format(at * 1000) : "–"), label: say("infra.minute") },
        ...series.map((one) => ({ label: one.label, stroke: color(one.color), width: 2, dash: one.dashed ? [6, 4] : undefined, points: { show: false }, value: (_: uPlot, value: number | null) => (value === null || value === undefined ? "–" : number.format(value)) })),
      ],
    }, latest.current, host);
    chart.current = made;
    const click = () => {
      const at = made.cursor.idx;
      if (at !== null && at !== undefined) pick.current(at);
    };
    made.over.addEventListener("click", click);
    made.over.style.cursor = "pointer";
    const resized = new ResizeObserver(() => made.setSize({ width: Math.max(200, host.clientWidth), height: HEIGHT_PX }));
    resized.observe(host);
    return () => {
      resized.disconnect();
      made.destroy();
      chart.current = undefined;
    };
    // The chart is drawn anew for another language, theme or series; new figures are set below.
  }, [language, look, names]);

  useEffect(() => chart.current?.setData(data), [data]);

  return <figure className="card min-w-0 overflow-hidden p-3"><figcaption className="mb-1 text-xs font-semibold text-muted">{title}</figcaption><div ref={place} aria-hidden="true" data-chart className="min-w-0 [&_.u-legend]:text-xs! [&_.u-legend_th]:font-normal!" /></figure>;
}
