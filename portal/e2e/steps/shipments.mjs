// Shipments: the table by keyboard, filters in the address, a timeline down to its source, hostile and absurd input.
import { accessible, counted, ensure, same, step } from "../check.mjs";
import { HOSTILE, interchange, post, x12 } from "./facts.mjs";

export async function walk({ page, system, view }) {
  const named = (what) => `${view.name}: ${what}`;
  const hindi = view.name === "hi";
  const rows = page.locator("tbody tr[aria-rowindex]");

  await step(page, named("the shipments are listed"), async () => {
    await page.goto(`${system.url}/shipments`);
    await rows.first().waitFor();
    await accessible(page, `${view.name}-shipments`);
  });
  await step(page, named("a filter is in the address and holds after a reload"), async () => {
    await page.getByRole("combobox", { name: hindi ? "स्थिति" : "Status", exact: true }).selectOption("delivered");
    await page.waitForURL("**/shipments?status=delivered");
    await page.reload();
    await rows.first().waitFor();
    const states = await page.locator("tbody tr[aria-rowindex] td:nth-child(2)").allTextContents();
    ensure(states.length > 0 && states.every((text) => text.includes(hindi ? "पहुँचा" : "Delivered")), `the rows are ${states}`);
  });
  await step(page, named("a filter that nothing fits can be cleared"), async () => {
    await page.goto(`${system.url}/shipments?status=customs-held`);
    await page.getByRole("button", { name: hindi ? "फ़िल्टर हटाएँ" : "Clear the filters" }).click();
    await rows.first().waitFor();
  });
  await step(page, named("j, k and Enter move and open, / searches"), async () => {
    // By their creation, since what was just heard of would move to the top meanwhile.
    await page.goto(`${system.url}/shipments?sort=-created`);
    await rows.nth(1).waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("k");
    const reference = await page.locator("tr[data-chosen] td").first().textContent();
    await page.getByRole("button", { name: "j, k, /" }).click();
    await page.keyboard.press("j");
    same(await page.locator("tr[data-chosen] td").first().textContent(), reference, "the chosen row, with the keys switched off");
    await page.getByRole("button", { name: "j, k, /" }).click();
    await page.evaluate(() => document.activeElement?.blur());
    same(reference, await rows.first().locator("td").first().textContent(), "the chosen row");
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/shipments/${encodeURIComponent(reference)}`);
    await page.goBack();
    await rows.first().waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("PRODEMO1005");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/shipments?*q=PRODEMO1005*");
    await page.waitForFunction(() => document.querySelectorAll("tbody tr[aria-rowindex]").length === 1);
    await page.evaluate(() => document.activeElement?.blur());
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/shipments/PRODEMO1005");
  });
  await step(page, named("many numbers that are pasted are found at once, and the unknown are named"), async () => {
    await page.goto(`${system.url}/shipments`);
    await rows.first().waitFor();
    const field = page.getByRole("search").getByRole("textbox");
    await field.fill("PRODEMO1005; prodemo1006 NOBODY77");
    await page.keyboard.press("Enter");
    await page.getByText(hindi ? "3 नंबर" : "3 numbers").waitFor();
    await page.getByText("NOBODY77").waitFor();
    await page.waitForFunction(() => document.querySelectorAll("tbody tr[aria-rowindex]").length === 2);
    await accessible(page, `${view.name}-shipments-numbers`);
    await page.getByRole("button", { name: hindi ? "ये नंबर हटाएँ" : "Drop these numbers" }).click();
    await page.waitForURL("**/shipments");
  });
  await step(page, named("order and columns are in the address, and a view of them is saved"), async () => {
    await page.getByRole("combobox", { name: hindi ? "क्रम" : "Sort by", exact: true }).selectOption("promised");
    await page.waitForURL("**/shipments?sort=promised");
    await page.locator("summary", { hasText: hindi ? "स्तंभ" : "Columns" }).click();
    await page.getByRole("checkbox", { name: hindi ? "तरीका" : "Mode" }).check();
    await page.waitForURL("**sort=promised&columns=*mode*");
    const saved = `<b>${view.name}</b>`;
    await page.locator("summary", { hasText: hindi ? "स्तंभ" : "Columns" }).click();
    await page.getByRole("button", { name: hindi ? "यह दृश्य सहेजें" : "Save this view" }).click();
    await page.keyboard.type(saved);
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: saved }).waitFor();
    await accessible(page, `${view.name}-shipments-view`);
    await page.goto(`${system.url}/shipments`);
    await page.getByRole("link", { name: saved }).click();
    await page.waitForURL("**sort=promised&columns=*mode*");
    await page.getByRole("button", { name: hindi ? `दृश्य ${saved} हटाएँ` : `Remove the view ${saved}` }).click();
    await page.getByRole("link", { name: saved }).waitFor({ state: "detached" });
    await page.goto(`${system.url}/shipments/PRODEMO1005`);
  });
  await step(page, named("a timeline says why it stands so, with the carrier's own code"), async () => {
    await page.locator("[data-decided]").waitFor();
    const why = page.getByRole("region", { name: hindi ? "यह स्थिति क्यों" : "Why this status" });
    ensure((await why.textContent()).includes("x12/1650"), "the raw code's list is not told");
    await page.getByRole("button", { name: hindi ? "पूरा" : "Full" }).click();
    await accessible(page, `${view.name}-timeline`);
  });
  await step(page, named("what the carrier expects has the interval of its earlier deliveries, and its history"), async () => {
    // Twenty deliveries, one to twenty hours after what was announced for them; those of the views before this one count too.
    const due = (hours) => [`202611${String(22 + Math.floor(hours / 24))}`, `${String(hours % 24).padStart(2, "0")}00`];
    const before = Array.from({ length: 20 }, (_, at) => [`ETA${view.name.toUpperCase()}${at}`, [["AF", "20261121", "1030"], ["AG", ...due(0)], ["D1", ...due(at + 1)]]]);
    await post(system, interchange(before));
    const reference = `ETA${view.name.toUpperCase()}`;
    await post(system, x12(reference, [["AF", "20261121", "1030"], ["AG", ...due(48)]]));
    await page.goto(`${system.url}/shipments/${reference}`);
    const told = page.locator("li[data-eta=carrier]");
    await told.getByText(/\b[246]0 /).waitFor();
    same((await told.locator("time[datetime]").evaluateAll((all) => all.map((one) => one.dateTime))).filter((one) => one.endsWith(":00:00.000Z")).join(), "2026-11-24T00:00:00.000Z,2026-11-24T02:00:00.000Z,2026-11-24T18:00:00.000Z", "when it comes, and between which times");
    await page.locator("summary", { hasText: hindi ? "कैसे बदला" : "How it changed" }).click();
    await page.locator("section[aria-labelledby=expected] ol li").first().waitFor();
    await accessible(page, `${view.name}-eta`);
    await page.goto(`${system.url}/shipments/PRODEMO1005`);
    await page.getByRole("button", { name: hindi ? "पूरा" : "Full" }).click();
  });
  await step(page, named("its source leads to the bytes"), async () => {
    await page.getByRole("link", { name: hindi ? "के बाइट" : "Bytes in message" }).first().click();
    await page.locator("[data-marked]").first().waitFor();
    ensure((await page.locator("[data-marked]").first().textContent()).startsWith("AT7*AF"), "other bytes are marked");
  });
  await step(page, named("where it was is a table, and without a told position no map"), async () => {
    await page.goto(`${system.url}/shipments/PRODEMO1005`);
    await page.locator("table[data-places]").waitFor();
    await page.getByText(hindi ? "नाम से अंदाज़ा नहीं" : "none is guessed from a name").waitFor();
    await counted(page.locator("[data-map]"), 0);
  });
  await step(page, named("told positions are a map, whose marks lead to the table by keyboard"), async () => {
    const reference = `MAP${view.name.toUpperCase()}`;
    // Delhi, Bhiwandi and Chennai in degrees, minutes and seconds; Nagpur without.
    await post(system, x12(reference, [
      ["AF", "20261121", "1030", "DELHI*DL*IN*0771232*0283650*E*N"], ["X6", "20261122", "1030", "BHIWANDI*MH*IN*0730348*0191800*E*N"],
      ["X6", "20261123", "1030", "NAGPUR*MH*IN"], ["D1", "20261124", "1030", "CHENNAI*TN*IN*0801615*0130500*E*N"],
    ]));
    await page.goto(`${system.url}/shipments/${reference}`);
    await page.locator("[data-map='3'] a").nth(2).waitFor();
    await counted(page.locator("table[data-places] tbody tr"), 4);
    await page.getByText("28.6139° N, 77.2089° E").waitFor();
    await accessible(page, `${view.name}-map`);
    await page.locator("[data-map] a").nth(2).focus();
    await page.keyboard.press("Enter");
    await page.waitForURL("**#place-4");
    same(await page.locator("tr:target th").textContent(), "CHENNAI, TN, IN", "the row that is chosen");
  });
  await step(page, named("on paper it is light, without the navigation, and all rows that are loaded are there"), async () => {
    const row = (at) => ({ reference: `PAPER${at}`, status: "in-transit", status_since: "2026-11-21T10:30:00Z", updated_at: "2026-11-24T10:30:00Z", created_at: "2026-11-20T10:30:00Z", milestones: 1, references: [] });
    await page.route(/\/v1\/shipments\?/, (route) => route.fulfill({ json: { items: Array.from({ length: 90 }, (_, at) => row(at)), next: null } }));
    await page.goto(`${system.url}/shipments`);
    await rows.filter({ hasText: "PAPER0" }).first().waitFor();
    ensure((await rows.count()) < 90, "all rows are in the page that is looked at");
    await page.evaluate(() => {
      document.documentElement.dataset.theme = "dark";
      window.addEventListener("beforeprint", () => (window.printedRows = document.querySelectorAll("tbody tr[aria-rowindex]").length), { once: true });
    });
    await page.pdf();
    same(await page.evaluate(() => window.printedRows), 90, "rows on paper");
    await page.emulateMedia({ media: "print" });
    same(await page.evaluate(() => document.querySelector("nav").getClientRects().length), 0, "boxes of the navigation");
    same(await page.evaluate(() => getComputedStyle(document.querySelector("main h1")).color), "rgb(20, 25, 28)", "the colour of the heading");
    await page.emulateMedia({ media: "screen" });
    await page.unroute(/\/v1\/shipments\?/);
  });
  await step(page, named("a long list that became old says so, and is read anew when somebody wants it"), async () => {
    const asked = [];
    const row = (at) => ({ reference: `LONG${at}`, status: "in-transit", status_since: "2026-11-21T10:30:00Z", updated_at: "2026-11-24T10:30:00Z", created_at: "2026-11-20T10:30:00Z", milestones: 1, references: [] });
    await page.route(/\/v1\/shipments\?/, async (route) => {
      const from = Number(new URL(route.request().url()).searchParams.get("cursor") ?? 0);
      asked.push(from);
      await route.fulfill({ json: { items: Array.from({ length: 30 }, (_, at) => row(from + at)), next: from < 330 ? String(from + 30) : null } });
    });
    await page.goto(`${system.url}/shipments`);
    await rows.filter({ hasText: "LONG0" }).first().waitFor();
    await page.locator("[data-live=live]").waitFor();
    const frame = page.locator("main [role=region]").first();
    // To the end, page by page: twelve of them.
    await frame.evaluate((one) => new Promise((resolve) => {
      const on = () => {
        one.scrollTop = one.scrollHeight;
        if (one.querySelector("table").getAttribute("aria-rowcount") === "361") resolve();
        else requestAnimationFrame(on);
      };
      on();
    }));
    await post(system, x12(`NEWS${view.name.toUpperCase()}`, [["AF", "20261121", "1030"]]));
    const renew = page.getByRole("button", { name: hindi ? "नए सिरे से पढ़ें" : "Read it anew" });
    await renew.waitFor();
    same(asked.length, 12, "pages that were read");
    await accessible(page, `${view.name}-shipments-old`);
    await renew.click();
    await renew.waitFor({ state: "detached" });
    await page.locator("table[aria-rowcount='-1']").waitFor();
    same(asked[12], 0, "the page that is read anew");
    await page.unroute(/\/v1\/shipments\?/);
  });
  await step(page, named("a number that is not there, and one of 10,000 characters, are answered"), async () => {
    await page.goto(`${system.url}/shipments/NO-SUCH-NUMBER`);
    await page.getByRole("alert").waitFor();
    // In Hindi the API's own words stand below what they mean.
    if (hindi) same(await page.getByRole("alert").locator("p").first().textContent().then((text) => text.split("।")[0]), "इस नंबर का कोई शिपमेंट नहीं है", "what a problem means");
    await counted(page.getByRole("alert").locator("[lang=en]"), hindi ? 1 : 0);
    await accessible(page, `${view.name}-unknown`);
    await page.goto(`${system.url}/shipments/${"9".repeat(10_000)}`);
    await page.getByRole("alert").waitFor();
    await accessible(page, `${view.name}-long`);
  });
  await step(page, named("a hostile name is text"), async () => {
    const reference = `HOSTILE${view.name.toUpperCase()}`;
    await post(system, x12(reference, [["AF", "20261121", "1030"]], HOSTILE));
    await page.goto(`${system.url}/shipments/${reference}`);
    await page.getByText(HOSTILE).first().waitFor();
    same(await page.title(), "Caravan", "the title");
    same(await page.locator("main img").count(), 0, "images");
  });
}
