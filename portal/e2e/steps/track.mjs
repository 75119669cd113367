// Links to a shipment: made in the portal, opened by somebody without a login, revoked.
import { accessible, ensure, same, step } from "../check.mjs";
import { HOSTILE, post, x12 } from "./facts.mjs";

export async function walk({ page, context, system, view }) {
  const named = (what) => `${view.name}: ${what}`;
  const hindi = view.name === "hi";
  const say = (english, other) => (hindi ? other : english);
  const reference = `SHARED${view.name.toUpperCase()}`;
  const note = `Gate of ${view.name}`;
  const dialog = page.getByRole("dialog");
  let link = "";

  await step(page, named("a link to a shipment is made, and shown once"), async () => {
    await post(system, x12(reference, [["AF", "20261121", "1030"], ["X6", "20261122", "0900"]], HOSTILE));
    await page.goto(`${system.url}/shipments/${reference}`);
    await page.getByRole("button", { name: say("Share…", "साझा करें…") }).click();
    await dialog.getByLabel(say("For whom", "किसके लिए")).fill(note);
    await dialog.getByRole("button", { name: say("Make a link", "लिंक बनाएँ") }).click();
    const secret = dialog.locator("[data-secret]");
    link = (await secret.locator("code").textContent()) ?? "";
    ensure(/^http:\/\/localhost:\d+\/track\/[A-Za-z0-9]{32}$/.test(link), `the link is ${link}`);
    await dialog.locator("[data-link] bdi").getByText(note).waitFor();
    await accessible(page, `${view.name}-share`);
    await secret.getByRole("button", { name: say("I have it", "मैंने रख लिया") }).click();
    await secret.waitFor({ state: "detached" });
    ensure(!(await page.content()).includes(link.slice(-32)), "the token is still on the page");
  });

  // Another browser, that has never seen us.
  const other = await context.browser().newContext({ locale: view.locale, viewport: { width: 390, height: 844 }, timezoneId: "Asia/Kolkata", reducedMotion: "reduce" });
  other.setDefaultTimeout(15_000);
  const outside = await other.newPage();
  // The page looks again every minute.
  await outside.clock.install();
  const asked = [];
  const wrong = [];
  outside.on("request", (request) => asked.push(request));
  outside.on("console", (message) => {
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) wrong.push(message.text());
  });
  outside.on("pageerror", (error) => wrong.push(String(error)));

  await step(outside, named("whoever has it sees the shipment without a login, in words of the browser's language"), async () => {
    const answer = await outside.goto(link);
    same(answer.headers()["referrer-policy"], "no-referrer", "the referrer policy");
    same(answer.headers()["cache-control"], "no-store", "what may be kept");
    const policy = answer.headers()["content-security-policy"];
    ensure(policy.startsWith("default-src 'none'") && !policy.includes("unsafe"), `the policy is ${policy}`);
    await outside.locator("[data-status=in-transit]").getByText(say("On the way", "रास्ते में")).waitFor();
    await outside.getByText(reference).waitFor();
    await outside.locator("[aria-current=step]").waitFor();
    same(await outside.getAttribute("html", "lang"), hindi ? "hi" : "en", "the language");
    await accessible(outside, `${view.name}-track`);
  });
  await step(outside, named("a hostile name is text there too, and nothing is told that is not the consignee's"), async () => {
    ensure((await outside.locator("main").textContent()).includes(HOSTILE), "the place is not shown");
    same(await outside.locator("main img").count(), 0, "images");
    const shown = await outside.evaluate(async (token) => (await fetch(`/v1/public/shipments/${token}`)).json(), link.slice(-32));
    const told = Object.keys(shown).sort().join(" ");
    same(told, "carrier direction last_heard_at milestones reference status status_since", "what is told");
    same(Object.keys(shown.milestones[0]).sort().join(" "), "at direction place status", "what is told of a milestone");
  });
  await step(outside, named("it is small, comes from here alone, and brings no cookie"), async () => {
    const sizes = await Promise.all(asked.filter((request) => !request.url().includes("/v1/")).map(async (request) => (await (await request.response()).body()).length));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    ensure(total > 1_000 && total < 50_000, `the page is ${total} bytes`);
    for (const request of asked) same(new URL(request.url()).origin, system.url, "where something was asked");
    same((await other.cookies()).length, 0, "cookies");
  });
  await step(outside, named("its language changes at a touch and is kept"), async () => {
    await outside.getByRole("button", { name: say("हिन्दी", "English") }).click();
    await outside.locator("[data-status=in-transit]").getByText(say("रास्ते में", "On the way")).waitFor();
    await outside.reload();
    await outside.locator("[data-status=in-transit]").getByText(say("रास्ते में", "On the way")).waitFor();
    await accessible(outside, `${view.name}-track-other`);
    await outside.getByRole("button", { name: say("English", "हिन्दी") }).click();
  });
  await step(outside, named("without a network what was known is shown, and said to be old"), async () => {
    await other.setOffline(true);
    await outside.clock.fastForward(61_000);
    await outside.locator(".old").waitFor();
    await outside.locator("[data-status=in-transit]").waitFor();
    await accessible(outside, `${view.name}-track-old`);
    await other.setOffline(false);
    await outside.clock.fastForward(61_000);
    await outside.locator(".old").waitFor({ state: "detached" });
  });
  await step(page, named("a link that is revoked opens nothing"), async () => {
    const line = dialog.locator("[data-link]").filter({ hasText: note });
    await line.getByRole("button", { name: say("Revoke", "वापस लें") }).click();
    await line.getByRole("button", { name: say("Revoke for good", "सदा के लिए वापस लें") }).click();
    await line.waitFor({ state: "detached" });
    await outside.reload();
    await outside.getByRole("alert").getByText(say("This link does not work", "यह लिंक काम नहीं करता")).waitFor();
    await accessible(outside, `${view.name}-track-revoked`);
    same(wrong.join("\n"), "", "what the browser complained about");
    await dialog.getByRole("button", { name: say("Close", "बंद करें") }).click();
  });
  await other.close();
}
