// The map of a shipment: coasts, a net of degrees, and the told places joined in the order of time. No borders, and nothing from outside.
import { useEffect, useMemo, useRef, useState } from "react";
import { useSay } from "../../i18n";
import land from "./land.json";
import { landPath, lines, marksOf, type Stay, unwrapped, viewOf } from "./places";

const HEIGHT = 320;
/** Until the width is known. */
const WIDTH_FIRST = 640;
/** A mark is as large as a finger needs, and no nearer to another. */
const MARK_PX = 12;

export default function RouteMap({ stays }: { stays: Stay[] }) {
  const { say } = useSay();
  const frame = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(WIDTH_FIRST);
  useEffect(() => {
    if (!frame.current) return;
    const watch = new ResizeObserver(([entry]) => setWidth((now) => Math.round(entry?.contentRect.width ?? 0) || now));
    watch.observe(frame.current);
    return () => watch.disconnect();
  }, []);
  const placed = useMemo(() => stays.flatMap((stay, index) => (stay.position ? [{ index, position: stay.position }] : [])), [stays]);
  const drawn = useMemo(() => {
    const positions = unwrapped(placed.map((one) => one.position));
    const view = viewOf(positions, width, HEIGHT);
    const points = positions.map(({ lat, lon }, at) => ({ x: view.x(lon), y: view.y(lat), stay: placed[at]?.index ?? 0 }));
    return { view, points, marks: marksOf(points, 2 * MARK_PX + 2), coasts: landPath(land, view) };
  }, [placed, width]);
  const { view, points, marks, coasts } = drawn;

  return (
    <figure className="mb-3" data-map={points.length}>
      <div ref={frame} className="card overflow-hidden">
        <svg viewBox={`0 0 ${width} ${HEIGHT}`} className="block w-full" role="group" aria-label={say("places.map", { n: points.length })}>
          <rect width={width} height={HEIGHT} className="fill-sunken" />
          <path d={coasts} fillRule="evenodd" className="fill-card" />
          <g className="stroke-line" aria-hidden="true">
            {lines(view.west, view.east).map((lon) => <line key={lon} x1={view.x(lon)} x2={view.x(lon)} y1={0} y2={HEIGHT} />)}
            {lines(Math.max(-90, view.south), Math.min(90, view.north)).map((lat) => <line key={lat} x1={0} x2={width} y1={view.y(lat)} y2={view.y(lat)} />)}
          </g>
          <polyline points={points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ")} className="fill-none stroke-accent" strokeWidth={2} strokeDasharray="6 4" aria-hidden="true" />
          {marks.map(({ x, y, stays: here }) => {
            const first = (here[0] ?? 0) + 1;
            return (
              <a key={first} href={`#place-${first}`} aria-label={here.map((index) => `${index + 1}. ${stays[index]?.name ?? ""}`).join("; ")}>
                <circle cx={x} cy={y} r={MARK_PX} className="fill-accent stroke-card" strokeWidth={2} />
                <text x={x} y={y} dy="0.35em" textAnchor="middle" className="fill-accent-ink text-xs font-semibold">{first}{here.length > 1 && "+"}</text>
              </a>
            );
          })}
        </svg>
      </div>
      <figcaption className="label mt-1">{say("places.how")}</figcaption>
    </figure>
  );
}
