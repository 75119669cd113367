// Makes `src/features/shipments/land.json`, the outlines of land without any border, from Natural Earth's 1:50m land (public domain) as
// world-atlas packs it: `npm pack world-atlas@2.0.2`, unpack it, then `node tools/land.mjs package/land-50m.json`.
import { readFileSync, writeFileSync } from "node:fs";

/** Steps of a degree in which points are written. */
const STEPS = 50;
/** How far, in degrees, an outline may be from where it was. */
const TOLERANCE = 0.08;
/** Islands of a smaller extent, in degrees, are left out. */
const EXTENT_MIN = 0.15;

const { transform, arcs, objects } = JSON.parse(readFileSync(process.argv[2], "utf8"));

/** An arc of TopoJSON: quantised, each point by its step from the one before. */
const decoded = arcs.map((arc) => {
  let [x, y] = [0, 0];
  return arc.map(([dx, dy]) => {
    x += dx;
    y += dy;
    return [x * transform.scale[0] + transform.translate[0], y * transform.scale[1] + transform.translate[1]];
  });
});
const ringOf = (indices) =>
  indices.flatMap((index, at) => {
    const points = index < 0 ? [...decoded[~index]].reverse() : decoded[index];
    return at === 0 ? points : points.slice(1);
  });
const geometries = objects.land.geometries ?? [objects.land];
const rings = geometries.flatMap((one) => (one.type === "Polygon" ? [one.arcs] : one.arcs)).flat().map(ringOf);

/** Douglas and Peucker: keeps the point that is farthest from the line, as long as it is far enough. */
function simple(points) {
  const keep = new Uint8Array(points.length);
  keep[0] = keep[points.length - 1] = 1;
  const open = [[0, points.length - 1]];
  while (open.length > 0) {
    const [from, to] = open.pop();
    const [[ax, ay], [bx, by]] = [points[from], points[to]];
    const length = Math.hypot(bx - ax, by - ay);
    let [farthest, most] = [-1, TOLERANCE];
    for (let at = from + 1; at < to; at += 1) {
      const [x, y] = points[at];
      const away = length === 0 ? Math.hypot(x - ax, y - ay) : Math.abs((bx - ax) * (ay - y) - (ax - x) * (by - ay)) / length;
      if (away > most) [farthest, most] = [at, away];
    }
    if (farthest < 0) continue;
    keep[farthest] = 1;
    open.push([from, farthest], [farthest, to]);
  }
  return points.filter((_, at) => keep[at]);
}

const extent = (points, axis) => Math.max(...points.map((point) => point[axis])) - Math.min(...points.map((point) => point[axis]));
const written = rings
  .filter((ring) => Math.max(extent(ring, 0), extent(ring, 1)) >= EXTENT_MIN)
  .map(simple)
  .filter((ring) => ring.length > 3)
  .map((ring) => {
    let [x, y] = [0, 0];
    // A ring ends where it began, which a path's `Z` says.
    return ring.slice(0, -1).flatMap(([lon, lat]) => {
      const [nx, ny] = [Math.round(lon * STEPS), Math.round(lat * STEPS)];
      const step = [nx - x, ny - y];
      [x, y] = [nx, ny];
      return step;
    });
  });
const path = new URL("../src/features/shipments/land.json", import.meta.url).pathname;
writeFileSync(path, `${JSON.stringify({ source: "Natural Earth, 1:50m land, public domain; packed by world-atlas 2.0.2", steps: STEPS, rings: written }).replaceAll("],[", "],\n[")}\n`);
console.log(`${written.length} outlines, ${written.flat().length / 2} points`);
