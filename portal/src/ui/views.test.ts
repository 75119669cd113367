import { describe, expect, it } from "vitest";
import { keepViews, viewsOf, withView } from "./views";

describe("saved views", () => {
  it("are one to a name, the newest last, and not without end", () => {
    const late = { name: "Late", search: "?exception=delay" };
    expect(withView([late], { name: " Late ", search: "?exception=any" })).toEqual([{ name: "Late", search: "?exception=any" }]);
    expect(withView([late], { name: "  ", search: "?" })).toEqual([late]);
    const many = Array.from({ length: 40 }, (_, index) => ({ name: String(index), search: "" })).reduce(withView, [late]);
    expect([many.length, many[0]?.name]).toEqual([30, "10"]);
  });

  it("are kept by screen and owner, and damage is no view", () => {
    const map = new Map<string, string>();
    const shelf = { getItem: (key: string) => map.get(key) ?? null, setItem: (key: string, value: string) => void map.set(key, value) };
    keepViews(shelf, "shipments", "a", [{ name: "Late", search: "?" }]);
    expect(viewsOf(shelf, "shipments", "a")).toHaveLength(1);
    expect([viewsOf(shelf, "orders", "a"), viewsOf(shelf, "shipments", "b")]).toEqual([[], []]);
    map.set("caravan.views.shipments.a", '[1, null, {"name": 5}]');
    expect(viewsOf(shelf, "shipments", "a")).toEqual([]);
    map.set("caravan.views.shipments.a", "{");
    expect(viewsOf(shelf, "shipments", "a")).toEqual([]);
  });
});
