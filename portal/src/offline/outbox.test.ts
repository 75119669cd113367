import { QueryClient } from "@tanstack/react-query";
import { afterEach, describe, expect, it, vi } from "vitest";
import { client, ProblemError } from "../api/client";
import { type Comment, commentsOf, tell, tellAll } from "../features/exceptions/comments";
import { draftsOf } from "../features/orders/drafts";
import { memory as shelf } from "../ui/shelf";
import { box, followBoxes, type Item, sendWaiting } from "./outbox";

const comment = (id: string, state: Item["state"] = "waiting", at = 1): Comment => ({ id, at, state, exception: "e7", reference: "PRO7", text: `words of ${id}` });

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe("comments that wait", () => {
  it("are kept beside drafts, and neither is taken for the other", () => {
    const on = shelf();
    commentsOf("a.me", on).put(comment("one"));
    expect(draftsOf("a.me", on).list()).toEqual([]);
    draftsOf("a.me", on).put({ id: "one", at: 1, state: "open", content: {} });
    expect(commentsOf("a.you", on).list()).toEqual([]);
    expect(commentsOf("a.me", on).get("one")?.text).toBe("words of one");
  });

  it("go under the key that they had at first, whatever version there is by then", async () => {
    const post = vi.spyOn(client, "POST").mockResolvedValue({ data: {}, response: new Response() } as never);
    const kept = commentsOf("a", shelf());
    kept.put(comment("k1"));
    await tell({ id: "k1", exception: "e7", text: "words of k1" });
    expect(await sendWaiting(kept, tell)).toBe(1);
    const wanted = { params: { path: { id: "e7" }, header: { "if-match": "*", "idempotency-key": "comment-k1" } }, body: { action: "comment", text: "words of k1" } };
    expect(post.mock.calls).toEqual([["/v1/exceptions/{id}", wanted], ["/v1/exceptions/{id}", wanted]]);
    expect(kept.list()).toEqual([]);
  });

  it("wait on while another tab sends the same, and are not brought back when it is gone", async () => {
    const kept = commentsOf("a", shelf());
    kept.put(comment("one"));
    expect(await sendWaiting(kept, async () => Promise.reject(new ProblemError("idempotency-key-in-use", "It runs.", 409)))).toBe(0);
    expect(kept.get("one")?.state).toBe("waiting");
    await sendWaiting(kept, async () => {
      kept.remove("one");
      throw new ProblemError("exception-not-found", "No.", 404);
    });
    expect(kept.list()).toEqual([]);
  });
});

describe("what is kept of any kind", () => {
  it("is sent at once and when the network is back, and what it changes is read anew", async () => {
    const none = { addEventListener: () => {}, removeEventListener: () => {} };
    vi.stubGlobal("window", none);
    vi.stubGlobal("document", none);
    const [orders, comments] = [draftsOf("a", shelf()), commentsOf("a", shelf())];
    orders.put({ id: "o", at: 1, state: "waiting", content: {} });
    comments.put(comment("c"));
    const sent: string[] = [];
    let [isOnline, tries] = [false, 0];
    const send = async (one: Item) => {
      tries += 1;
      if (!isOnline) throw new ProblemError("offline", "no network");
      sent.push(one.id);
    };
    const queries = new QueryClient();
    for (const key of ["orders", "exception", "bills"]) queries.setQueryData([key, 1], {});
    const old = () => queries.getQueryCache().getAll().filter((query) => query.state.isInvalidated).map((query) => query.queryKey[0]);
    let back = () => {};
    const stop = followBoxes([box(orders, send, ["orders"]), box(comments, send, ["exception"])], queries, (listener) => {
      back = listener;
      return () => {};
    });
    // Neither kind keeps the other back.
    await vi.waitFor(() => expect(tries).toBe(2));
    expect(old()).toEqual([]);
    isOnline = true;
    await vi.waitFor(() => {
      back();
      expect(old()).toEqual(["orders", "exception"]);
    });
    expect(sent).toEqual(["o", "c"]);
    expect([...orders.list(), ...comments.list()]).toEqual([]);
    stop();
  });
});

describe("a comment on many exceptions", () => {
  const many = ["e1", "e2", "e3", "e4", "e5", "e6"].map((exception) => ({ exception, reference: exception.toUpperCase() }));

  it("waits for each where there is no network, each under the key that it had at first", async () => {
    const keys: string[] = [];
    const post = vi.spyOn(client, "POST").mockImplementation((async (_: string, { params }: { params: { path: { id: string }; header: Record<string, string> } }) => {
      keys.push(`${params.path.id} ${params.header["idempotency-key"]}`);
      if (params.path.id === "e2") throw new TypeError("no network");
      return { data: {}, response: new Response() };
    }) as never);
    const kept = commentsOf("a", shelf());
    const said = await tellAll(many, "one truck", "k", kept);
    expect(said.map((one) => (one.done ? "said" : one.waits ? "waits" : "left"))).toEqual(["said", "waits", "said", "said", "waits", "waits"]);
    // Those that were not on their way yet were not tried.
    expect(post).toHaveBeenCalledTimes(4);
    expect(kept.list().map((one) => [one.id, one.exception, one.reference, one.text, one.state]).sort()).toEqual(["e2", "e5", "e6"].map((id) => [`k-${id}`, id, id.toUpperCase(), "one truck", "waiting"]));
    post.mockResolvedValue({ data: {}, response: new Response() } as never);
    expect(await sendWaiting(kept, tell)).toBe(3);
    expect(post.mock.calls.slice(4).map((call) => JSON.stringify(call[1])).sort()).toEqual(["e2", "e5", "e6"].map((id) => expect.stringContaining(`"comment-k-${id}"`)));
    expect(keys).toContain("e2 comment-k-e2");
  });

  it("is refused for one, and ends for all when nobody may go on", async () => {
    const answer = (status: number, code: string) => ({ error: { code, detail: "No." }, response: new Response(null, { status }) });
    const post = vi.spyOn(client, "POST").mockResolvedValueOnce(answer(404, "exception-not-found") as never).mockResolvedValue({ data: {}, response: new Response() } as never);
    const kept = commentsOf("a", shelf());
    expect(await tellAll(many.slice(0, 2), "one truck", "k", kept)).toEqual([{ id: "e1", done: false, code: "exception-not-found", detail: "No." }, { id: "e2", done: true }]);
    post.mockReset().mockResolvedValue(answer(403, "scope-missing") as never);
    await expect(tellAll(many, "one truck", "k", kept)).rejects.toThrow("No.");
    expect(post).toHaveBeenCalledTimes(4);
    expect(kept.list()).toEqual([]);
  });
});

describe("what waits", () => {
  const world = () => {
    const listeners = new Map<string, () => void>();
    const events = { addEventListener: (name: string, listener: () => void) => listeners.set(name, listener), removeEventListener: (name: string) => listeners.delete(name), visibilityState: "visible" };
    vi.stubGlobal("window", events);
    vi.stubGlobal("document", events);
    vi.useFakeTimers();
    vi.spyOn(Math, "random").mockReturnValue(0);
    const kept = commentsOf("a", shelf());
    const tries: number[] = [];
    const fails = { isOffline: true, only: "" };
    const send = async (one: Item) => {
      tries.push(Date.now());
      if (fails.isOffline || one.id === fails.only) throw new ProblemError("offline", "no network");
    };
    const began = Date.now();
    const stop = followBoxes([box(kept, send, ["exception"])], new QueryClient(), () => () => {});
    return { listeners, kept, fails, stop, events, tries: () => tries.map((at) => (at - began) / 1000) };
  };
  afterEach(() => void vi.useRealTimers());

  it("is tried again by itself after waits that double to a minute, with one timer", async () => {
    const { kept, stop, tries } = world();
    expect(vi.getTimerCount()).toBe(0);
    for (const id of ["one", "two"]) kept.put(comment(id));
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(185_000);
    expect(tries()).toEqual([2, 6, 14, 30, 62, 122, 182]);
    expect(vi.getTimerCount()).toBe(1);
    stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is tried a quarter earlier at most, so that tabs do not try as one", async () => {
    const { kept, stop, tries } = world();
    vi.mocked(Math.random).mockReturnValue(1);
    kept.put(comment("one"));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(tries()).toEqual([1.5, 4.5]);
    stop();
  });

  it("has no timer left when all of it got through, and begins anew with the shortest wait", async () => {
    const { kept, fails, stop, tries } = world();
    kept.put(comment("one"));
    await vi.advanceTimersByTimeAsync(10_000);
    fails.isOffline = false;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(tries()).toEqual([2, 6, 14]);
    expect([kept.list(), vi.getTimerCount()]).toEqual([[], 0]);
    fails.isOffline = true;
    kept.put(comment("two"));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(tries()).toEqual([2, 6, 14, 22]);
    kept.remove("two");
    expect(vi.getTimerCount()).toBe(0);
    kept.put(comment("three"));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(tries()).toEqual([2, 6, 14, 22, 24]);
    stop();
  });

  it("begins anew with the shortest wait when some of it got through", async () => {
    const { kept, fails, stop, tries } = world();
    kept.put(comment("one", "waiting", 1));
    kept.put(comment("two", "waiting", 2));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(tries()).toEqual([2, 6]);
    Object.assign(fails, { isOffline: false, only: "two" });
    await vi.advanceTimersByTimeAsync(6_000);
    expect(tries()).toEqual([2, 6, 14, 14, 16]);
    expect(kept.list().map((one) => one.id)).toEqual(["two"]);
    stop();
  });

  it("is tried at once when there is a network or the page is shown", async () => {
    const { kept, listeners, events, stop, tries } = world();
    kept.put(comment("one"));
    await vi.advanceTimersByTimeAsync(15_000);
    events.visibilityState = "hidden";
    listeners.get("visibilitychange")?.();
    events.visibilityState = "visible";
    await vi.advanceTimersByTimeAsync(1_000);
    expect(tries()).toEqual([2, 6, 14]);
    listeners.get("visibilitychange")?.();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(tries()).toEqual([2, 6, 14, 16]);
    listeners.get("online")?.();
    await vi.advanceTimersByTimeAsync(2_000);
    // The network is another one: waits begin anew.
    expect(tries()).toEqual([2, 6, 14, 16, 17, 19]);
    stop();
    listeners.get("online")?.();
    await vi.advanceTimersByTimeAsync(200_000);
    expect(tries()).toHaveLength(6);
  });
});
