// What the service worker does with a request: decided here, without a browser, and carried out in `worker.ts`.

/** `page`: the network, or the page that was kept. `file`: what was kept, or the network. `data`: the network, or what was last seen. `forget`: the network, and nothing that was seen stays. `pass`: not ours. */
export type Plan = "page" | "file" | "data" | "forget" | "pass";

/** Lists and details that may be read without a network. What is secret, owed or raw is never kept: settlement, documents, connections, users, keys. */
const KEPT = [/^\/v1\/me$/, /^\/v1\/shipments(\/|$)/, /^\/v1\/exceptions(\/|$)/, /^\/v1\/orders(\/[^/]+)?$/];

export function planFor(request: { method: string; mode: string; url: string }, origin: string, files: ReadonlySet<string>): Plan {
  const url = new URL(request.url);
  if (url.origin !== origin) return "pass";
  // Whoever signs in, out, or into another company sees nothing of whoever was there before.
  if (url.pathname.startsWith("/v1/session")) return "forget";
  if (request.method !== "GET") return "pass";
  if (request.mode === "navigate") return /^\/(v1|docs|hooks|track)(\/|$)|\.(json|yaml)$/.test(url.pathname) ? "pass" : "page";
  if (files.has(url.pathname)) return "file";
  return KEPT.some((path) => path.test(url.pathname)) && url.pathname !== "/v1/orders/imports" ? "data" : "pass";
}

/** Most answers that are kept; the oldest go first. */
export const DATA_MAX = 300;
