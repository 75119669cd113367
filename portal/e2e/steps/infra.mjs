// Infrastructure: how every role, the log and the stores stand, and from a spike to the messages that came in then.
import { accessible, counted, ensure, same, speaker, step } from "../check.mjs";
import { call } from "../api.mjs";
import { post, x12 } from "./facts.mjs";

const ROLES = ["gateway", "hub", "order", "tracking", "settlement"];
/** So many documents at once stand out in a minute. */
const SPIKE = 40;
/** Longest that what came in last is on its way to the page. */
const SETTLED_MS = 10_000;

export async function walk(walking) {
  const { page, system, view } = walking;
  const { named, say, number } = speaker(walking);

  await step(page, named("every role stands with its health, rate, errors and P95; so do the log and the stores"), async () => {
    await page.goto(`${system.url}/infra`);
    await page.locator("[data-role]").first().waitFor();
    for (const role of ROLES) {
      const cells = await page.locator(`[data-role=${role}] td`).allTextContents();
      same(cells.length, 5, `figures of ${role}`);
      ensure(cells[0].includes(say("Well", "ठीक")), `${role} stands ${cells[0]}`);
      ensure(cells.slice(1, 4).every((text) => /^[\d.,]+%?$/.test(text)), `${role} tells ${cells}`);
    }
    ensure(/\d/.test(await page.locator("[data-role=gateway] td").last().textContent()), "the gateway has no P95");
    const { log } = await call(system, "GET", "/v1/operations");
    const groups = page.getByRole("region", { name: say("Event log", "घटना लॉग") }).getByRole("listitem");
    await counted(groups, log.groups.length);
    ensure(/\d+ (events? behind|घटना)/.test(await groups.first().textContent()), "the log tells no lag");
    const stores = await page.getByRole("region", { name: say("Stores", "भंडार") }).textContent();
    ensure(stores.includes("PostgreSQL") && stores.includes(say("Documents", "दस्तावेज़")), `the stores are ${stores}`);
    await accessible(page, `${view.name}-infra`);
  });
  await step(page, named("a click on a spike leads to the messages of that minute"), async () => {
    let last = "";
    for (let at = 0; at < SPIKE; at += 1) last = await post(system, x12(`${number("SPIKE")}${at}`, [["AF", "20261121", "1030"]]));
    const { received_ms } = await call(system, "GET", `/v1/documents/${last}`);
    const stand = await call(system, "GET", "/v1/operations");
    const { minutes } = stand.traffic;
    const spike = minutes.findLastIndex((minute) => Date.parse(minute.at) <= received_ms);
    // The page looks anew every few seconds; what is clicked must not move meanwhile.
    await page.route("**/v1/operations", (route) => route.fulfill({ json: stand }));
    await page.reload();
    const chart = page.locator("[data-chart] .u-over").first();
    const { width, height } = await chart.boundingBox();
    const x = minutes.length > 1 ? (spike / (minutes.length - 1)) * width : width / 2;
    await chart.click({ position: { x: Math.min(Math.max(x, 1), width - 1), y: height / 2 } });
    await page.waitForURL("**/messages?from=*&to=*");
    await page.unroute("**/v1/operations");
    const { searchParams } = new URL(page.url());
    const from = Date.parse(searchParams.get("from"));
    same(from, Date.parse(minutes[spike].at), "the minute");
    await page.locator(`a[href^="/messages/${last}@"]`).waitFor();
    const table = page.getByRole("region", { name: say("Messages", "संदेश") }).locator("table");
    const asked = `/v1/documents?from_ms=${from}&to_ms=${Date.parse(searchParams.get("to"))}&limit=100`;
    // The minute may go on, and another document come in it between the page and the API: both are read until they agree.
    const end = performance.now() + SETTLED_MS;
    let rows, wanted;
    do {
      const found = await call(system, "GET", asked);
      wanted = found.next ? -1 : found.items.length + 1;
      rows = Number(await table.getAttribute("aria-rowcount"));
    } while (rows !== wanted && performance.now() < end);
    same(rows, wanted, "rows");
  });
}
