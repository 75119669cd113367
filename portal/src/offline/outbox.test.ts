import { QueryClient } from "@tanstack/react-query";
import { afterEach, describe, expect, it, vi } from "vitest";
import { client, ProblemError } from "../api/client";
import { type Comment, commentsOf, tell } from "../features/exceptions/comments";
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
    vi.stubGlobal("window", { addEventListener: () => {}, removeEventListener: () => {} });
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
