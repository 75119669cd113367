import { describe, expect, it } from "vitest";
import { ProblemError } from "../../api/client";
import { fresh } from "./content";
import type { Shelf } from "../../ui/shelf";
import { sendWaiting } from "../../offline/outbox";
import { type Draft, draftsOf } from "./drafts";

function shelf(room = 1_000_000): Shelf & { map: Map<string, string> } {
  const map = new Map<string, string>();
  return {
    map,
    get length() {
      return map.size;
    },
    key: (index) => [...map.keys()][index] ?? null,
    getItem: (key) => map.get(key) ?? null,
    setItem: (key, value) => {
      if (value.length > room) throw new Error("full");
      map.set(key, value);
    },
    removeItem: (key) => void map.delete(key),
  };
}
const draft = (id: string, state: Draft["state"] = "waiting", at = 1): Draft => ({ id, at, state, content: fresh() });

describe("drafts", () => {
  it("are their owner's alone, the last typed first, and what is damaged is passed over", () => {
    const on = shelf();
    const mine = draftsOf("a.me", on);
    mine.put(draft("one", "open", 1));
    mine.put(draft("two", "open", 2));
    on.map.set("caravan.draft.a.me.broken", "{");
    expect(mine.list().map((one) => one.id)).toEqual(["two", "one"]);
    expect(draftsOf("a.you", on).list()).toEqual([]);
    mine.remove("two");
    expect([mine.get("two"), mine.get("one")?.id]).toEqual([undefined, "one"]);
  });

  it("say when there is no room for them", () => {
    expect(draftsOf("a", shelf(10)).put(draft("one"))).toBe(false);
  });

  it("that wait are sent once, in the order they were typed, and the others stay", async () => {
    const drafts = draftsOf("a", shelf());
    for (const one of [draft("late", "waiting", 3), draft("early", "waiting", 1), draft("open", "open", 2)]) drafts.put(one);
    const sent: string[] = [];
    expect(await sendWaiting(drafts, async (one) => sent.push(one.id))).toBe(2);
    expect(sent).toEqual(["early", "late"]);
    expect(await sendWaiting(drafts, async (one) => sent.push(one.id))).toBe(0);
    expect(drafts.list().map((one) => one.id)).toEqual(["open"]);
  });

  it("wait on without a network, and tell what was refused", async () => {
    const drafts = draftsOf("a", shelf());
    drafts.put(draft("one", "waiting", 1));
    drafts.put(draft("two", "waiting", 2));
    const failing = (status: number, code: string) => async () => Promise.reject(new ProblemError(code, "No.", status, undefined, undefined, [{ pointer: "/number", message: "It is taken." }]));
    for (const [status, code] of [[0, "offline"], [503, "overloaded"], [401, "no-credentials"], [429, "rate-limited"]] as const) {
      expect(await sendWaiting(drafts, failing(status, code)), code).toBe(0);
      expect(drafts.list().every((one) => one.state === "waiting"), code).toBe(true);
    }
    expect(await sendWaiting(drafts, failing(409, "order-number-taken"))).toBe(0);
    expect(drafts.list().map((one) => [one.state, one.problem])).toEqual([["refused", "No. It is taken."], ["refused", "No. It is taken."]]);
  });
});
