// Where a shipment was, in the order of time, and how a map of it is drawn: only positions that somebody told, none guessed from a name.
import type { Milestone } from "./zoom";

/** A stay at a place: facts in a row that name the same one. */
export interface Stay {
  name: string;
  /** In degrees, as far as it was told. */
  position?: Position;
  first: string;
  last: string;
  status: string;
}

export interface Position {
  lat: number;
  lon: number;
}

/** A place in words, from its facility to its country. */
export const whereOf = ({ place }: Milestone) => [place?.facility, place?.name, place?.region, place?.country].filter(Boolean).join(", ");

/** The stays, the earliest first. What was corrected later, or has not happened, is no stay. */
export function staysOf(milestones: Milestone[]): Stay[] {
  const told = milestones.filter((one) => !one.superseded && one.classifier === "actual").sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  const found: (Stay & { key: string })[] = [];
  for (const milestone of told) {
    const position = positionOf(milestone);
    const name = whereOf(milestone) || milestone.place?.unlocode || "";
    if (name === "" && !position) continue;
    const key = `${name.toLowerCase()} ${position?.lat ?? ""} ${position?.lon ?? ""}`;
    const last = found[found.length - 1];
    if (last?.key === key) Object.assign(last, { last: milestone.at, status: milestone.status });
    else found.push({ key, name, ...(position && { position }), first: milestone.at, last: milestone.at, status: milestone.status });
  }
  return found.map(({ key: _, ...stay }) => stay);
}

function positionOf({ place }: Milestone): Position | undefined {
  const [lat, lon] = [place?.lat_e7, place?.lon_e7].map((value) => (typeof value === "number" ? value / 1e7 : Number.NaN));
  return lat !== undefined && lon !== undefined && Math.abs(lat) <= 90 && Math.abs(lon) <= 180 ? { lat, lon } : undefined;
}

/** `28.6139° N, 77.2090° E`: four digits are about eleven metres. */
export function written({ lat, lon }: Position): string {
  const part = (value: number, plus: string, minus: string) => `${Math.abs(value).toFixed(4)}° ${value < 0 ? minus : plus}`;
  return `${part(lat, "N", "S")}, ${part(lon, "E", "W")}`;
}

/** The least that a map shows, in degrees: about 220 km from north to south. */
const SPAN_MIN = 2;
/** Of the picture, on each side. */
const MARGIN = 0.12;

/** A piece of the earth on a picture of `width` by `height`. */
export interface View {
  width: number;
  height: number;
  /** The longitudes and latitudes at its edges; the eastern one may be beyond 180. */
  west: number;
  east: number;
  south: number;
  north: number;
  x: (lon: number) => number;
  y: (lat: number) => number;
}

/** Longitudes so that each is within half a turn of the one before: a route over the Pacific does not cross the whole picture. */
export function unwrapped(positions: Position[]): Position[] {
  const found: Position[] = [];
  for (const { lat, lon } of positions) {
    const before = found[found.length - 1]?.lon ?? lon;
    found.push({ lat, lon: lon + 360 * Math.round((before - lon) / 360) });
  }
  return found;
}

/**
 * Equirectangular, true to scale along the middle parallel (Snyder, "Map Projections: A Working Manual", 1987, chapter 12): north is up, and
 * a degree has the same length all over the picture. Takes unwrapped positions.
 */
export function viewOf(positions: Position[], width: number, height: number): View {
  const range = (values: number[]) => [Math.min(...values), Math.max(...values)] as const;
  const [south, north] = range(positions.map((one) => one.lat));
  const [west, east] = range(positions.map((one) => one.lon));
  const [lat0, lon0] = [(south + north) / 2, (west + east) / 2];
  // Near a pole a degree of longitude is next to nothing.
  const shrink = Math.max(0.2, Math.cos((lat0 * Math.PI) / 180));
  const room = 1 - 2 * MARGIN;
  const scale = Math.min((width * room) / Math.max((east - west) * shrink, SPAN_MIN), (height * room) / Math.max(north - south, SPAN_MIN));
  const [across, up] = [width / 2 / scale / shrink, height / 2 / scale];
  return {
    width, height, west: lon0 - across, east: lon0 + across, south: lat0 - up, north: lat0 + up,
    x: (lon) => (lon - lon0) * shrink * scale + width / 2,
    y: (lat) => (lat0 - lat) * scale + height / 2,
  };
}

/** Meridians or parallels between two edges: about four to eight, at round degrees. */
export function lines(from: number, to: number): number[] {
  const step = [0.5, 1, 2, 5, 10, 20, 30].find((one) => (to - from) / one <= 8) ?? 60;
  const found: number[] = [];
  for (let at = Math.ceil(from / step); at * step <= to; at += 1) found.push(at * step);
  return found;
}

/** Outlines of land as the file has them: steps of a degree, each point by its distance from the one before. */
export interface Land {
  steps: number;
  rings: number[][];
}

/** The land that a view touches, as a path. Outlines are drawn once more a turn to the west and to the east, where the view reaches there. */
export function landPath({ steps, rings }: Land, view: View): string {
  let path = "";
  for (const ring of rings) {
    const points: Position[] = [];
    let [lon, lat] = [0, 0];
    for (let at = 0; at + 1 < ring.length; at += 2) {
      lon += ring[at] ?? 0;
      lat += ring[at + 1] ?? 0;
      points.push({ lon: lon / steps, lat: lat / steps });
    }
    let [west, east, south, north] = [Infinity, -Infinity, Infinity, -Infinity];
    for (const point of points) [west, east, south, north] = [Math.min(west, point.lon), Math.max(east, point.lon), Math.min(south, point.lat), Math.max(north, point.lat)];
    for (const turn of [-360, 0, 360]) {
      if (east + turn < view.west || west + turn > view.east || north < view.south || south > view.north) continue;
      path += `M${points.map((point) => `${view.x(point.lon + turn).toFixed(1)} ${view.y(point.lat).toFixed(1)}`).join("L")}Z`;
    }
  }
  return path;
}

/** Stays whose marks would lie on each other share one. */
export interface Mark {
  x: number;
  y: number;
  /** By their place in the list of stays. */
  stays: number[];
}

export function marksOf(points: { x: number; y: number; stay: number }[], apart: number): Mark[] {
  const marks: Mark[] = [];
  for (const { x, y, stay } of points) {
    const near = marks.find((mark) => Math.hypot(mark.x - x, mark.y - y) < apart);
    if (near) near.stays.push(stay);
    else marks.push({ x, y, stays: [stay] });
  }
  return marks;
}
