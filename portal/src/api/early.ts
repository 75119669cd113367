// Answers that `public/early.js` asked for while the scripts were on their way: each is taken once, by the first call of its path.

declare global {
  interface Window {
    early?: Record<string, Promise<Response>>;
  }
}

/** As `fetch`; of an early answer only one that is good is taken, so that whoever signs in later is not told that nobody is. */
export async function early(request: Request): Promise<Response> {
  const path = request.url.slice(location.origin.length);
  const waiting = request.method === "GET" ? window.early?.[path] : undefined;
  if (!waiting) return fetch(request);
  delete window.early?.[path];
  const answer = await waiting.catch(() => undefined);
  return answer?.ok ? answer : fetch(request);
}
