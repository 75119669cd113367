// What a step asks of the API beside the browser, with the demo's key.
import { ensure } from "./check.mjs";

/** One call; `body` is sent as JSON. It changes the named `version` only, or whichever there is (`*`). */
export async function call(system, method, path, body, version) {
  const headers = { authorization: `Bearer ${system.key}`, "content-type": "application/json" };
  if (version) headers["if-match"] = version === "*" ? "*" : `"${version}"`;
  const answer = await fetch(`${system.url}${path}`, { method, headers, body: body && JSON.stringify(body) });
  ensure(answer.ok, `${method} ${path} was answered ${answer.status}: ${await answer.clone().text()}`);
  return answer.json();
}

/** The one order of a number. */
export async function order(system, number) {
  const found = (await call(system, "GET", `/v1/orders?q=${encodeURIComponent(number)}`)).items.filter((row) => row.number === number);
  ensure(found.length === 1, `there are ${found.length} orders ${number}`);
  return call(system, "GET", `/v1/orders/${found[0].id}`);
}
