import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Land, landPath, lines, marksOf, staysOf, unwrapped, viewOf, written } from "./places";
import type { Milestone } from "./zoom";

const fact = (at: string, name: string | null, more: object = {}, place: object = {}) =>
  ({ at: `2026-11-${at}T10:00:00Z`, classifier: "actual", status: "in-transit", place: name === null ? null : { name, country: "IN", ...place }, ...more }) as Milestone;

describe("where a shipment was", () => {
  it("is in the order of time, a stay at a time, and without what was corrected or has not happened", () => {
    const found = staysOf([fact("24", "Pune"), fact("21", "Delhi"), fact("22", "DELHI", { status: "departed" }), fact("23", "Agra", { superseded: true }), fact("25", "Goa", { classifier: "estimated" }), fact("20", null)]);
    expect(found.map((stay) => [stay.name, stay.first.slice(8, 10), stay.last.slice(8, 10), stay.status])).toEqual([["Delhi, IN", "21", "22", "departed"], ["Pune, IN", "24", "24", "in-transit"]]);
  });

  it("has the position that was told, and none that was not, or that is none", () => {
    const at = (place: object) => staysOf([fact("21", "Delhi", {}, place)])[0]?.position;
    expect(at({ lat_e7: 286_139_000, lon_e7: 772_090_000 })).toEqual({ lat: 28.6139, lon: 77.209 });
    expect(at({ lat_e7: 0, lon_e7: 0 })).toEqual({ lat: 0, lon: 0 });
    for (const bad of [{}, { lat_e7: 286_139_000 }, { lat_e7: 910_000_000, lon_e7: 0 }, { lat_e7: 0, lon_e7: null }]) expect(at(bad)).toBeUndefined();
    expect(written({ lat: -33.75, lon: 151.2 })).toBe("33.7500° S, 151.2000° E");
  });

  it("goes by the name of a place whose name alone is not known", () => {
    expect(staysOf([fact("21", "", {}, { country: null, unlocode: "INNSA" })])[0]?.name).toBe("INNSA");
    expect(staysOf([fact("21", "", {}, { country: null, lat_e7: 10_000_000, lon_e7: 20_000_000 })])[0]).toMatchObject({ name: "", position: { lat: 1, lon: 2 } });
  });
});

describe("a map", () => {
  it("holds every position, north up and east to the right, with a degree as long everywhere", () => {
    const positions = [{ lat: 28.6, lon: 77.2 }, { lat: 18.97, lon: 72.83 }, { lat: 13.08, lon: 80.27 }];
    const view = viewOf(positions, 600, 300);
    for (const { lat, lon } of positions) {
      expect(view.x(lon)).toBeGreaterThan(0);
      expect(view.x(lon)).toBeLessThan(600);
      expect(view.y(lat)).toBeGreaterThan(0);
      expect(view.y(lat)).toBeLessThan(300);
    }
    expect(view.y(28.6)).toBeLessThan(view.y(18.97));
    expect(view.x(80.27)).toBeGreaterThan(view.x(77.2));
    expect([view.x(view.west), view.x(view.east), view.y(view.north), view.y(view.south)].map((value) => Math.round(value) + 0)).toEqual([0, 600, 0, 300]);
    const middle = (28.6 + 13.08) / 2;
    expect((view.x(81) - view.x(80)) / (view.y(10) - view.y(11))).toBeCloseTo(Math.cos((middle * Math.PI) / 180));
  });

  it("of one place, and of places at a pole, is still one", () => {
    const view = viewOf([{ lat: 19, lon: 73 }], 400, 200);
    expect([view.x(73), view.y(19)]).toEqual([200, 100]);
    expect(view.north - view.south).toBeGreaterThanOrEqual(2);
    expect(Number.isFinite(viewOf([{ lat: 90, lon: 0 }, { lat: 90, lon: 10 }], 400, 200).x(5))).toBe(true);
  });

  it("follows a route over the Pacific the short way", () => {
    expect(unwrapped([{ lat: 35, lon: 140 }, { lat: 34, lon: -118 }, { lat: 35, lon: 141 }]).map((one) => one.lon)).toEqual([140, 242, 141]);
    expect(unwrapped([{ lat: 0, lon: -170 }, { lat: 0, lon: 170 }]).map((one) => one.lon)).toEqual([-170, -190]);
  });

  it("has lines at round degrees", () => {
    expect(lines(70.3, 81.9)).toEqual([72, 74, 76, 78, 80]);
    expect(lines(-1, 1)).toEqual([-1, -0.5, 0, 0.5, 1]);
  });

  it("gives places that lie on each other one mark", () => {
    expect(marksOf([{ x: 0, y: 0, stay: 0 }, { x: 50, y: 0, stay: 1 }, { x: 3, y: 4, stay: 2 }], 6).map((mark) => mark.stays)).toEqual([[0, 2], [1]]);
  });
});

describe("land", () => {
  const land = JSON.parse(readFileSync(new URL("./land.json", import.meta.url), "utf8")) as Land;
  /** Whether a point is on land: how often a line to the west crosses an outline. */
  const on = (lat: number, lon: number) => {
    let inside = false;
    for (const ring of land.rings) {
      const points: [number, number][] = [];
      let [x, y] = [0, 0];
      for (let at = 0; at + 1 < ring.length; at += 2) points.push([(x += ring[at] ?? 0) / land.steps, (y += ring[at + 1] ?? 0) / land.steps]);
      points.forEach(([ax, ay], at) => {
        const [bx, by] = points[(at + 1) % points.length] ?? [ax, ay];
        if (ay > lat !== by > lat && lon > ax + ((lat - ay) / (by - ay)) * (bx - ax)) inside = !inside;
      });
    }
    return inside;
  };

  it("is where land is", () => {
    for (const [lat, lon] of [[28.6, 77.2], [34.1, 74.8], [27.6, 91.9], [35.2, 79.5], [7.3, 80.6], [-33.9, 150.9], [40.8, -100], [51.5, -0.6]] as const) expect(on(lat, lon), `${lat} ${lon}`).toBe(true);
    for (const [lat, lon] of [[15, 65], [10, 90], [0, -30], [30, -150], [42, 51]] as const) expect(on(lat, lon), `${lat} ${lon}`).toBe(false);
  });

  it("has no borders: India and her neighbours are one outline", () => {
    // Each outline is a coast. One that had a border would end in the middle of Asia.
    const around = land.rings.filter((ring) => {
      let [x, y, inside] = [0, 0, false];
      for (let at = 0; at + 1 < ring.length; at += 2) {
        x += (ring[at] ?? 0) / land.steps;
        y += (ring[at + 1] ?? 0) / land.steps;
        if (x > 75 && x < 100 && y > 27 && y < 45) inside = true;
      }
      return inside;
    });
    expect(around).toEqual([]);
  });

  it("is drawn where the view is, also beyond the date line", () => {
    const square: Land = { steps: 1, rings: [[-179, 0, 2, 0, 0, 2, -2, 0]] };
    const view = viewOf(unwrapped([{ lat: 0, lon: 178 }, { lat: 2, lon: -178 }]), 400, 200);
    expect(landPath(square, view)).toMatch(/^M[\d.]+ [\d.]+(L[\d.]+ [\d.]+){3}Z$/);
    expect(landPath(square, viewOf([{ lat: 28, lon: 77 }], 400, 200))).toBe("");
  });
});
