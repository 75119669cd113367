// Installed and without a network: the portal opens with what it last saw; who signs out leaves nothing behind.
import { call } from "../api.mjs";
import { accessible, counted, ensure, same, speaker, step, until } from "../check.mjs";
import { exceptionOf, trouble } from "./exceptions.mjs";
import { signIn } from "./session.mjs";

export async function walk({ chromium, system }) {
  const context = await chromium.newContext({ locale: "en-IN", viewport: { width: 1280, height: 800 }, timezoneId: "Asia/Kolkata", reducedMotion: "reduce" });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const rows = page.locator("tbody tr[aria-rowindex]");

  await step(page, "offline: the portal can be installed", async () => {
    await page.goto(system.url);
    await signIn(page, system);
    await page.getByText("Demo Traders").waitFor();
    const href = await page.getAttribute("link[rel=manifest]", "href");
    const manifest = await (await fetch(`${system.url}${href}`)).json();
    same(manifest.display, "standalone", "the display");
    for (const icon of manifest.icons) ensure((await fetch(`${system.url}${icon.src}`)).ok, `${icon.src} is missing`);
    const touch = await fetch(`${system.url}${await page.getAttribute("link[rel=apple-touch-icon]", "href")}`);
    same(touch.headers.get("content-type"), "image/png", "the icon for iOS");
    await until(page, async () => Boolean((await navigator.serviceWorker.getRegistration())?.active));
  });
  await step(page, "offline: what was seen is seen again, and is said to be old", async () => {
    // The worker has the pages that are opened from now on.
    for (const path of ["/shipments", "/shipments/PRODEMO1005", "/orders"]) {
      await page.goto(`${system.url}${path}`);
      await page.locator("[data-live=live]").waitFor();
      await (path === "/shipments/PRODEMO1005" ? page.locator("[data-decided]") : rows.first()).waitFor();
    }
    await until(page, async () => {
      const kept = (await (await caches.open("caravan-data")).keys()).map((one) => new URL(one.url).pathname);
      return ["/v1/me", "/v1/shipments", "/v1/orders"].every((path) => kept.includes(path)) && kept.some((path) => path.startsWith("/v1/shipments/PRODEMO1005"));
    });
    await context.setOffline(true);
    await page.goto(`${system.url}/shipments`);
    await rows.first().waitFor();
    await page.locator("[data-live=offline]").waitFor();
    await page.goto(`${system.url}/shipments/PRODEMO1005`);
    await page.locator("[data-decided]").waitFor();
    await page.goto(`${system.url}/orders/new`);
    await page.getByRole("button", { name: "Place the order" }).waitFor();
    await page.goto(`${system.url}/messages`);
    await page.getByRole("alert").getByText("The server cannot be reached.").waitFor();
  });
  for (const name of ["en", "hi"]) await comments({ context, page, system, view: { name } });
  await step(page, "offline: whoever signs out leaves nothing that was seen behind", async () => {
    await context.setOffline(false);
    await page.goto(`${system.url}/shipments`);
    await page.locator("[data-live=live]").waitFor();
    ensure(await page.evaluate(() => caches.has("caravan-data")), "nothing was kept");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Email").waitFor();
    await until(page, async () => !(await caches.has("caravan-data")));
    await context.setOffline(true);
    await page.goto(`${system.url}/shipments`);
    await page.getByRole("alert").waitFor();
    same(await rows.count(), 0, "rows");
  });
  await context.close();
}

/** Comments without a network, on one exception and on two at once. */
async function comments(walking) {
  const { context, page, system, view } = walking;
  const { say, number } = speaker(walking);
  const named = (what) => `offline, ${view.name}: ${what}`;
  const [one, two] = ["OFF1", "OFF2"].map((name) => `TROUBLE${number(name).replace("-", "")}`);
  const said = async (id, words) => (await call(system, "GET", `/v1/exceptions/${id}`)).history.filter((line) => line.text === words).length;
  const kept = () => page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("caravan.comment.")).length);
  const waits = page.locator("[data-comment=waiting]");

  await step(page, named("a comment waits over a reload, says so, and is said once when the network is back"), async () => {
    const words = "<b>called without a network</b>";
    const comment = waits.getByText(words);
    const link = page.getByRole("link", { name: say("1 comment waits for the network", "1 टिप्पणी नेटवर्क की प्रतीक्षा में") });
    await context.setOffline(false);
    for (const reference of [one, two]) await trouble(system, reference);
    await page.evaluate((language) => localStorage.setItem("caravan.language", language), view.name);
    await page.goto(`${system.url}/exceptions`);
    await page.getByRole("button", { name: one }).click();
    const detail = page.getByRole("region", { name: one });
    await detail.getByRole("textbox").waitFor();
    const { id } = await exceptionOf(system, one);
    await until(page, async (path) => (await (await caches.open("caravan-data")).keys()).some((found) => new URL(found.url).pathname === path), `/v1/exceptions/${id}`);
    await context.setOffline(true);
    await detail.getByRole("textbox").fill(words);
    await detail.locator("button[type=submit]").click();
    await comment.waitFor();
    await link.waitFor();
    same(await detail.getByRole("textbox").inputValue(), "", "what stays typed");
    await accessible(page, `${view.name}-comment-waits`);
    await page.reload();
    await comment.waitFor();
    await link.waitFor();
    same(await said(id, words), 0, "comments before the network is back");
    await context.setOffline(false);
    await link.waitFor({ state: "detached" });
    await counted(page.locator("[data-comment]"), 0);
    await detail.locator("li").getByText(words).waitFor();
    await page.reload();
    await detail.locator("li").getByText(words).waitFor();
    same(await said(id, words), 1, "comments");
    same(await kept(), 0, "comments kept");
  });
  await step(page, named("a comment on two at once waits for each, and is said once of each"), async () => {
    const words = "one truck, two shipments";
    await context.setOffline(false);
    await page.goto(`${system.url}/exceptions`);
    for (const reference of [one, two]) await page.getByRole("checkbox", { name: say(`Mark ${reference}`, `${reference} चुनें`) }).check();
    const ids = await Promise.all([one, two].map(async (reference) => (await exceptionOf(system, reference)).id));
    await context.setOffline(true);
    const form = page.getByRole("region", { name: say("2 marked", "2 चुने") });
    await form.getByRole("textbox").fill(words);
    await form.locator("button[type=submit]").click();
    await page.locator("[data-bulk]").getByText(say("2 comments wait for the network", "2 टिप्पणियाँ नेटवर्क की प्रतीक्षा में")).waitFor();
    await counted(waits, 2);
    await form.waitFor({ state: "detached" });
    await context.setOffline(false);
    await counted(page.locator("[data-comment]"), 0);
    for (const id of ids) same(await said(id, words), 1, "comments");
    same(await kept(), 0, "comments kept");
  });
  await step(page, named("a comment whose request alone fails goes by itself, while the stream lives on"), async () => {
    const words = "the line was bad";
    const { id } = await exceptionOf(system, two);
    let failed = 0;
    await context.setOffline(false);
    const bad = (route) => (route.request().method() === "POST" && failed++ === 0 ? route.abort() : route.fallback());
    await page.goto(`${system.url}/exceptions?id=${id}`);
    await page.locator("[data-live=live]").waitFor();
    await page.evaluate(() => {
      window.stood = [];
      const sign = document.querySelector("[data-live]");
      new MutationObserver(() => window.stood.push(sign.dataset.live)).observe(sign, { attributes: true });
    });
    await page.route(`**/v1/exceptions/${id}`, bad);
    const detail = page.getByRole("region", { name: two });
    await detail.getByRole("textbox").fill(words);
    await detail.locator("button[type=submit]").click();
    await waits.getByText(words).waitFor();
    await counted(page.locator("[data-comment]"), 0);
    await detail.locator("li").getByText(words).waitFor();
    same(await said(id, words), 1, "comments");
    same(failed, 2, "requests");
    same(await page.evaluate(() => window.stood.join(" ")), "", "how else the stream stood");
    await page.unroute(`**/v1/exceptions/${id}`, bad);
    await page.evaluate(() => localStorage.setItem("caravan.language", "en"));
  });
}
