// The service worker: the portal opens without a network, with what it last saw. `tools/pack.mjs` puts the names of the built files in.
import { DATA_MAX, planFor } from "./plan";

interface Extendable extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Extendable {
  request: Request;
  respondWith(answer: Promise<Response>): void;
}

/** Every built file; a change of any of them is another worker. */
const FILES: string[] = ["__FILES__"];
const NAME = "caravan-files-__VERSION__";
const DATA = "caravan-data";
const PAGE = "/";
const files = new Set(FILES);

self.addEventListener("install", (event) => {
  (event as Extendable).waitUntil(caches.open(NAME).then((cache) => cache.addAll(FILES)));
});

self.addEventListener("activate", (event) => {
  const old = async () => {
    for (const name of await caches.keys()) if (name !== NAME && name !== DATA) await caches.delete(name);
  };
  (event as Extendable).waitUntil(old());
});

self.addEventListener("fetch", (event) => {
  const { request } = event as Fetching;
  const plan = planFor(request, location.origin, files);
  if (plan !== "pass") (event as Fetching).respondWith({ page, file, data, forget }[plan](request));
});

async function page(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match(PAGE);
    if (kept) return kept;
    throw error;
  }
}

async function file(request: Request): Promise<Response> {
  return (await caches.match(request, { ignoreSearch: true })) ?? fetch(request);
}

async function data(request: Request): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(request);
  } catch (error) {
    const kept = await caches.match(request);
    if (kept) return kept;
    throw error;
  }
  if (answer.status === 401) await caches.delete(DATA);
  if (answer.ok) await keep(request, answer.clone());
  return answer;
}

async function keep(request: Request, answer: Response): Promise<void> {
  const cache = await caches.open(DATA);
  try {
    // Put anew it is the youngest: keys are in the order in which they were put.
    await cache.delete(request);
    await cache.put(request, answer);
    const keys = await cache.keys();
    for (const old of keys.slice(0, Math.max(0, keys.length - DATA_MAX))) await cache.delete(old);
  } catch {
    // No room is left: what was seen is not kept, and the answer goes on.
  }
}

async function forget(request: Request): Promise<Response> {
  await caches.delete(DATA);
  return fetch(request);
}
