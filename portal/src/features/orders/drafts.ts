// Drafts of orders: kept in the browser with every letter, so that a closed tab, a lost session or a dead network loses nothing.
// A draft that is placed without a network waits, and is sent when there is one; its id is the idempotency key, so that it is placed once.
import type { QueryClient } from "@tanstack/react-query";
import { client, ok, ProblemError } from "../../api/client";
import { type Shelf, shelf } from "../../ui/shelf";
import { store } from "../../ui/store";
import { type Content, toSend } from "./content";

export interface Draft {
  id: string;
  /** When it was last typed in. */
  at: number;
  content: Content;
  /** `waiting` for a network; `refused` by the API, with its words. */
  state: "open" | "waiting" | "refused";
  problem?: string;
  /** The order that is changed, as it was read. */
  of?: { id: string; version: number; content: Content };
}

export const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** One person's drafts in one company; nobody else's are seen. */
export class Drafts {
  private readonly prefix: string;

  constructor(
    private readonly on: Shelf,
    owner: string,
  ) {
    this.prefix = `caravan.draft.${owner}.`;
  }

  /** All of them, the last typed first. */
  list(): Draft[] {
    const keys = Array.from({ length: this.on.length }, (_, index) => this.on.key(index)).filter((key) => key?.startsWith(this.prefix));
    return keys.map((key) => this.parse(this.on.getItem(key ?? ""))).filter((draft) => draft !== undefined).sort((a, b) => b.at - a.at);
  }

  get(id: string): Draft | undefined {
    return this.parse(this.on.getItem(this.prefix + id));
  }

  /** Keeps it; says whether there was room. */
  put(draft: Draft): boolean {
    try {
      this.on.setItem(this.prefix + draft.id, JSON.stringify(draft));
    } catch {
      return false;
    } finally {
      changed.set(changed.get() + 1);
    }
    return true;
  }

  remove(id: string): void {
    this.on.removeItem(this.prefix + id);
    changed.set(changed.get() + 1);
  }

  private parse(text: string | null): Draft | undefined {
    try {
      const draft = JSON.parse(text ?? "null") as Draft | null;
      return draft && typeof draft.id === "string" && typeof draft.content === "object" ? draft : undefined;
    } catch {
      return undefined;
    }
  }
}

/** Goes up with every change of any draft. */
export const changed = store(0);

export const draftsOf = (owner: string) => new Drafts(shelf(), owner);

/** Places one draft; the same draft twice is one order. */
export const place = (draft: Pick<Draft, "id" | "content">) =>
  ok(client.POST("/v1/orders", { params: { header: { "idempotency-key": `draft-${draft.id}` } }, body: toSend(draft.content) }));

/** Sends what waits. What the API refuses is a draft again, with its words; what no network took waits on. */
export async function sendWaiting(drafts: Drafts, send: (draft: Draft) => Promise<unknown> = place): Promise<number> {
  let sent = 0;
  for (const draft of drafts.list().reverse()) {
    if (draft.state !== "waiting") continue;
    try {
      await send(draft);
      drafts.remove(draft.id);
      sent += 1;
    } catch (error) {
      const status = error instanceof ProblemError ? error.status : 0;
      if (status < 400 || status >= 500 || status === 401 || status === 429) return sent;
      const words = error instanceof ProblemError ? [error.detail, ...error.violations.map((one) => one.message)].join(" ") : String(error);
      drafts.put({ ...draft, state: "refused", problem: words });
    }
  }
  return sent;
}

/** Sends what waits now, and whenever the network or the session is back. */
export function followDrafts(drafts: Drafts, queries: QueryClient, onBack: (listener: () => void) => () => void): () => void {
  let sending = false;
  const go = async () => {
    if (sending || drafts.list().every((draft) => draft.state !== "waiting")) return;
    sending = true;
    try {
      if ((await sendWaiting(drafts)) > 0) await queries.invalidateQueries({ queryKey: ["orders"] });
    } finally {
      sending = false;
    }
  };
  void go();
  const stop = onBack(() => void go());
  const elsewhere = () => changed.set(changed.get() + 1);
  window.addEventListener("storage", elsewhere);
  return () => {
    stop();
    window.removeEventListener("storage", elsewhere);
  };
}
