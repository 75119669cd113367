// Installed and without a network: the portal opens with what it last saw; who signs out leaves nothing behind.
import { call } from "../api.mjs";
import { accessible, counted, ensure, same, step } from "../check.mjs";
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
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  });
  await step(page, "offline: what was seen is seen again, and is said to be old", async () => {
    // The worker has the pages that are opened from now on.
    for (const path of ["/shipments", "/shipments/PRODEMO1005", "/orders"]) {
      await page.goto(`${system.url}${path}`);
      await page.locator("[data-live=live]").waitFor();
      await (path === "/shipments/PRODEMO1005" ? page.locator("[data-decided]") : rows.first()).waitFor();
    }
    await page.waitForFunction(async () => {
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
  await step(page, "offline: a comment waits over a reload, says so, and is said once when the network is back", async () => {
    const words = "<b>called without a network</b>";
    const comment = page.locator("[data-comment=waiting]").getByText(words);
    const link = page.getByRole("link", { name: "1 comment waits for the network" });
    const said = async () => (await call(system, "GET", `/v1/exceptions/${id}`)).history.filter((line) => line.text === words).length;
    await context.setOffline(false);
    await trouble(system, "TROUBLEOFF");
    await page.goto(`${system.url}/exceptions`);
    await page.getByRole("button", { name: "TROUBLEOFF" }).click();
    const detail = page.getByRole("region", { name: "TROUBLEOFF" });
    await detail.getByRole("textbox").waitFor();
    const { id } = await exceptionOf(system, "TROUBLEOFF");
    await page.waitForFunction(async (path) => (await (await caches.open("caravan-data")).keys()).some((one) => new URL(one.url).pathname === path), `/v1/exceptions/${id}`);
    await context.setOffline(true);
    await detail.getByRole("textbox").fill(words);
    await detail.locator("button[type=submit]").click();
    await comment.waitFor();
    await link.waitFor();
    same(await detail.getByRole("textbox").inputValue(), "", "what stays typed");
    await accessible(page, "en-comment-waits");
    await page.reload();
    await comment.waitFor();
    await link.waitFor();
    same(await said(), 0, "comments before the network is back");
    await context.setOffline(false);
    await link.waitFor({ state: "detached" });
    await counted(page.locator("[data-comment]"), 0);
    await detail.locator("li").getByText(words).waitFor();
    await page.reload();
    await detail.locator("li").getByText(words).waitFor();
    same(await said(), 1, "comments");
    same(await page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("caravan.comment.")).length), 0, "comments kept");
  });
  await step(page, "offline: whoever signs out leaves nothing that was seen behind", async () => {
    await context.setOffline(false);
    await page.goto(`${system.url}/shipments`);
    await page.locator("[data-live=live]").waitFor();
    ensure(await page.evaluate(() => caches.has("caravan-data")), "nothing was kept");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Email").waitFor();
    await page.waitForFunction(async () => !(await caches.has("caravan-data")));
    await context.setOffline(true);
    await page.goto(`${system.url}/shipments`);
    await page.getByRole("alert").waitFor();
    same(await rows.count(), 0, "rows");
  });
  await context.close();
}
