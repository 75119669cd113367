// What is kept in the browser and what waits in it for a network: sent when there is one, each by its id, so that it is done once.
import type { QueryClient } from "@tanstack/react-query";
import { ProblemError } from "../api/client";
import type { Shelf } from "../ui/shelf";
import { store } from "../ui/store";

export interface Item {
  /** Also the idempotency key of what is sent. */
  id: string;
  /** When it was last typed in. */
  at: number;
  /** `waiting` for a network; `refused` by the API, with its code and its words. */
  state: "open" | "waiting" | "refused";
  code?: string;
  problem?: string;
}

/** Goes up with every change of anything that is kept. */
export const changed = store(0);

/** One person's items of a kind in one company; nobody else's are seen. */
export class Kept<One extends Item> {
  private readonly prefix: string;

  constructor(
    private readonly on: Shelf,
    kind: string,
    owner: string,
    private readonly isOne: (found: Partial<One>) => boolean,
  ) {
    this.prefix = `caravan.${kind}.${owner}.`;
  }

  /** All of them, the last typed first. */
  list(): One[] {
    const keys = Array.from({ length: this.on.length }, (_, index) => this.on.key(index)).filter((key) => key?.startsWith(this.prefix));
    return keys.map((key) => this.parse(this.on.getItem(key ?? ""))).filter((one) => one !== undefined).sort((a, b) => b.at - a.at);
  }

  get(id: string): One | undefined {
    return this.parse(this.on.getItem(this.prefix + id));
  }

  /** Keeps it; says whether there was room. */
  put(one: One): boolean {
    try {
      this.on.setItem(this.prefix + one.id, JSON.stringify(one));
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

  private parse(text: string | null): One | undefined {
    try {
      const found = JSON.parse(text ?? "null") as One | null;
      return found && typeof found.id === "string" && this.isOne(found) ? found : undefined;
    } catch {
      return undefined;
    }
  }
}

/** What waits for a network, the first typed first. */
export const waiting = <One extends Item>(kept: Kept<One>): One[] => kept.list().reverse().filter((one) => one.state === "waiting");

/** Whether it may go well later as it is: no network, an overloaded API, a session that ended, the same being sent by another tab. */
function isForLater(error: unknown): boolean {
  if (!(error instanceof ProblemError)) return true;
  return error.status < 400 || error.status >= 500 || error.status === 401 || error.status === 429 || error.code === "idempotency-key-in-use";
}

/** Sends what waits. What the API refuses stays, with its words; what no network took waits on. */
export async function sendWaiting<One extends Item>(kept: Kept<One>, send: (one: One) => Promise<unknown>): Promise<number> {
  let sent = 0;
  for (const one of waiting(kept)) {
    try {
      await send(one);
      kept.remove(one.id);
      sent += 1;
    } catch (error) {
      if (isForLater(error)) return sent;
      // Another tab had it meanwhile, or somebody discarded it.
      if (!kept.get(one.id)) continue;
      const words = error instanceof ProblemError ? [error.detail, ...error.violations.map((violation) => violation.message)].join(" ") : String(error);
      kept.put({ ...one, state: "refused", code: error instanceof ProblemError ? error.code : "unreadable", problem: words });
    }
  }
  return sent;
}

/** Things of one kind that wait: where they are kept, how one is sent, and what is old when one was. */
export interface Box {
  /** Whether something waits. */
  waits: () => boolean;
  /** Sends it; gives how much of it was sent. */
  send: () => Promise<number>;
  /** The first words of the queries that are old then. */
  old: readonly string[];
}

export const box = <One extends Item>(kept: Kept<One>, send: (one: One) => Promise<unknown>, old: readonly string[]): Box => ({
  waits: () => waiting(kept).length > 0,
  send: () => sendWaiting(kept, send),
  old,
});

const WAIT_MS_MIN = 2_000;
const WAIT_MS_MAX = 60_000;

/** How long to wait before another try, after so many in a row that brought nothing: doubled each time, and up to a quarter less, so that tabs do not try as one. */
const waitAfter = (tries: number) => Math.min(WAIT_MS_MIN * 2 ** tries, WAIT_MS_MAX) * (1 - Math.random() / 4);

/** Sends what waits now, whenever network, session or page are back, and by itself after waits that grow. */
export function followBoxes(boxes: readonly Box[], queries: QueryClient, onBack: (listener: () => void) => () => void): () => void {
  let [isSending, isStopped, tries] = [false, false, 0];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const cease = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  /** The one timer runs while something waits and nothing is being sent. */
  const plan = () => {
    if (isSending || isStopped) return;
    if (!boxes.some((one) => one.waits())) {
      tries = 0;
      cease();
      return;
    }
    timer ??= setTimeout(() => {
      tries += 1;
      void go();
    }, waitAfter(tries));
  };
  const go = async () => {
    if (isSending || isStopped) return;
    cease();
    isSending = true;
    try {
      for (const one of boxes) {
        if (!one.waits() || (await one.send()) === 0) continue;
        tries = 0;
        await queries.invalidateQueries({ predicate: (query) => one.old.includes(String(query.queryKey[0])) });
      }
    } finally {
      isSending = false;
      plan();
    }
  };
  const online = () => {
    tries = 0;
    void go();
  };
  const shown = () => {
    if (document.visibilityState === "visible") void go();
  };
  const elsewhere = () => changed.set(changed.get() + 1);
  void go();
  const stops = [onBack(() => void go()), changed.subscribe(plan)];
  window.addEventListener("storage", elsewhere);
  window.addEventListener("online", online);
  document.addEventListener("visibilitychange", shown);
  return () => {
    isStopped = true;
    cease();
    for (const stop of stops) stop();
    window.removeEventListener("storage", elsewhere);
    window.removeEventListener("online", online);
    document.removeEventListener("visibilitychange", shown);
  };
}
