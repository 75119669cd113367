// Live events: one stream for the page, which goes on where it stopped, and says how it stands.
import type { Query, QueryClient } from "@tanstack/react-query";
import { isLong } from "../../api/pages";
import { FrameReader } from "./frames";
import { expired, standing } from "./session";
import { store } from "../../ui/store";

export type Live = "connecting" | "live" | "behind" | "offline";
export const live = store<Live>("connecting");

/** The server says something every 15 seconds. */
const SILENCE_MS = 35_000;
/** Many events come at once; lists are read again at most this often. */
const GATHER_MS = 400;
const RETRY_MS = [500, 1_000, 2_000, 5_000, 10_000];

/** Which lists an event makes old. */
export function touched(event: string): string[] {
  if (event.startsWith("caravan.order-import")) return ["imports"];
  if (event.startsWith("caravan.order")) return ["orders"];
  if (event.startsWith("caravan.document")) return ["documents"];
  if (event.startsWith("caravan.freight-invoice")) return ["bills", "bill", "bill-counts", "documents"];
  if (event.startsWith("caravan.rate-contract")) return ["contracts"];
  if (event === "ready" || event === "end") return [];
  return ["shipments", "exceptions", "counts", "timeline", "documents", "exception"];
}

/** Reads again what is looked at and old by now, or all; a long list is only told to be old. */
export async function readAgain(queries: QueryClient, old?: ReadonlySet<string>): Promise<void> {
  const hit = (query: Query) => old === undefined || old.has(String(query.queryKey[0]));
  await queries.invalidateQueries({ predicate: (query) => hit(query) && isLong(query), refetchType: "none" });
  await queries.invalidateQueries({ predicate: (query) => hit(query) && !isLong(query) });
}

/** Where the stream stands: a page that is looked at again goes on from there. */
let last: string | undefined;

/** Another company's stream begins anew. */
export function forget(): void {
  last = undefined;
}

/** Follows the stream while the page is looked at: browsers allow six connections to a host, and tabs are many. */
export function followWhileVisible(queries: QueryClient): () => void {
  let stop: AbortController | undefined;
  const turn = () => {
    if (document.visibilityState === "hidden") {
      stop?.abort();
      stop = undefined;
    } else if (!stop) {
      stop = new AbortController();
      live.set("connecting");
      void follow(queries, stop.signal);
    }
  };
  turn();
  document.addEventListener("visibilitychange", turn);
  return () => {
    document.removeEventListener("visibilitychange", turn);
    stop?.abort();
  };
}

/** Follows the stream until `signal`. */
async function follow(queries: QueryClient, signal: AbortSignal): Promise<void> {
  let failures = 0;
  const old = new Set<string>();
  let gathering: ReturnType<typeof setTimeout> | undefined;
  const mark = (keys: string[]) => {
    for (const key of keys) old.add(key);
    if (old.size === 0) return;
    gathering ??= setTimeout(() => {
      gathering = undefined;
      const now = new Set(old);
      old.clear();
      void readAgain(queries, now);
    }, GATHER_MS);
  };
  const onFrame = (frame: { id?: string; event: string }) => {
    if (frame.id) last = frame.id;
    if (frame.event === "reset") void readAgain(queries);
    else mark(touched(frame.event));
  };
  while (!signal.aborted) {
    const began = await attempt(onFrame, last, signal, () => {
      if (failures > 0) void readAgain(queries);
      failures = 0;
    });
    if (signal.aborted) break;
    live.set(began === "refused" ? "connecting" : navigator.onLine && began === "silent" ? "behind" : "offline");
    await pause(RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 10_000, signal);
    failures += 1;
  }
  clearTimeout(gathering);
}

/** One connection, from its opening to its end. */
async function attempt(
  onFrame: (frame: { id?: string; event: string }) => void,
  last: string | undefined,
  signal: AbortSignal,
  onOpen: () => void,
): Promise<"ended" | "silent" | "refused"> {
  const stop = new AbortController();
  const leave = () => stop.abort();
  signal.addEventListener("abort", leave);
  window.addEventListener("offline", leave);
  let silent = false;
  let watchdog: ReturnType<typeof setTimeout> | undefined;
  const heard = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => {
      silent = true;
      stop.abort();
    }, SILENCE_MS);
  };
  try {
    heard();
    const headers: Record<string, string> = { accept: "text/event-stream" };
    if (last) headers["last-event-id"] = last;
    const response = await fetch("/v1/stream", { headers, signal: stop.signal });
    if (response.status === 401) {
      expired();
      return "refused";
    }
    if (!response.ok || !response.body) return "ended";
    onOpen();
    live.set("live");
    const reader = new FrameReader();
    const body = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await body.read();
      if (done) return "ended";
      heard();
      for (const frame of reader.push(value)) onFrame(frame);
    }
  } catch {
    // How it stands is said by `live`; the next attempt follows.
    return silent ? "silent" : "ended";
  } finally {
    clearTimeout(watchdog);
    signal.removeEventListener("abort", leave);
    window.removeEventListener("offline", leave);
  }
}

/** Waits, but not longer than until the network is back or somebody signs in. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      window.removeEventListener("online", go);
      signal.removeEventListener("abort", go);
      forget();
      resolve();
    };
    const timer = setTimeout(go, ms);
    window.addEventListener("online", go);
    signal.addEventListener("abort", go);
    const forget = standing.subscribe(() => {
      if (standing.get() === "in") go();
    });
  });
}
