// Imports: a workbook becomes orders. Pasted or given as a file, columns corrected and remembered, repaired by groups, committed, the rejects given back.
import { readFileSync } from "node:fs";
import { accessible, ensure, same, step } from "../check.mjs";
import { HOSTILE } from "./facts.mjs";
import { order } from "../api.mjs";

const HEAD = ["Order No", "Consignor", "Pickup City", "Pickup Pincode", "Consignee", "Delivery City", "Pincode", "Weight (kg)", "Pkgs", "Pickup Date", "Kis ke liye"];
const row = (number, pin = "600002", weight = "820") => [number, "Pune Plant", "Pune", "411001", HOSTILE, "Chennai", pin, weight, "6", "25/11/2026", "Gears"];
const table = (rows, cell) => [HEAD, ...rows].map((cells) => cells.join(cell)).join("\n");

export async function walk({ page, context, system, view }) {
  const named = (what) => `${view.name}: ${what}`;
  const say = (english, other) => (view.name === "hi" ? other : english);
  const prefix = `X${view.name.toUpperCase()}`;
  const rows = [row(`${prefix}-1`), row(`${prefix}-2`), row(`${prefix}-3`), row(`${prefix}-4`, "60002"), row(`${prefix}-5`, "600002", "heavy")];
  const count = (name, value) => page.locator(`[data-count=${name}]`, { hasText: new RegExp(`^${value}$`) }).waitFor();
  let rejects;
  const paste = page.getByLabel(say("Or paste cells", "या सेल चिपकाएँ"));

  await step(page, named("cells that are pasted are looked at, and nothing is made of them yet"), async () => {
    await page.goto(`${system.url}/imports`);
    await paste.waitFor();
    await accessible(page, `${view.name}-imports`);
    await paste.fill(table(rows, "\t"));
    await page.waitForURL("**/imports/*-*");
    await count("orders", 3);
    await count("rejected", 2);
    await page.getByRole("button", { name: say("Make 3 orders", "3 ऑर्डर बनाएँ") }).waitFor();
    await accessible(page, `${view.name}-import`);
  });
  await step(page, named("a whole group of rows is repaired by one key"), async () => {
    const problem = page.locator('[data-problem="delivery_postal_code.digit-missing"]');
    ensure((await problem.textContent()).includes(say("Delivery PIN code", "डिलीवरी पिन कोड")), "the problem names another field");
    await problem.getByRole("checkbox").focus();
    await page.keyboard.press("Space");
    await count("orders", 4);
    ensure(await problem.getByRole("checkbox").isChecked(), "the repair is not shown as taken");
  });
  await step(page, named("a column is corrected, and the choice holds after a reload"), async () => {
    const column = page.locator('[data-column="K"]');
    const guessed = say("as last time", "पिछली बार जैसा");
    if (view.name === "en") {
      await column.getByRole("combobox").selectOption("remarks");
      await column.getByText("chosen by you").waitFor();
    }
    else ensure((await column.textContent()).includes(guessed), "what the last file's column was is not remembered");
    await count("orders", 4);
    await page.reload();
    await count("orders", 4);
    same(await column.getByRole("combobox").inputValue(), "remarks", "the column's field");
  });
  await step(page, named("the commit makes the orders, and the rejects come back as a workbook"), async () => {
    const commit = page.getByRole("button", { name: say("Make 4 orders", "4 ऑर्डर बनाएँ") });
    await commit.waitFor();
    await commit.focus();
    await page.keyboard.press("Enter");
    await page.getByText(say("4 orders were made.", "4 ऑर्डर बने।")).waitFor();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: say("1 rejected row", "1 अस्वीकृत पंक्ति") }).click(),
    ]);
    same(download.suggestedFilename(), "rejects.xlsx", "the file's name");
    rejects = readFileSync(await download.path());
    same(rejects.subarray(0, 2).toString(), "PK", "the beginning of a workbook");
    await accessible(page, `${view.name}-import-done`);
    const made = await order(system, `${prefix}-4`);
    same(made.content.stops[1].place.postal_code, "600002", "the repaired code");
    same(made.content.stops[1].name, HOSTILE, "the hostile name");
  });
  await step(page, named("the same cells again are the import that they were"), async () => {
    await page.goto(`${system.url}/imports`);
    await paste.fill(table(rows, "\t"));
    await page.getByText(say("This very file was here before", "यही फ़ाइल पहले आ चुकी है")).waitFor();
    await count("orders", 4);
  });
  await step(page, named("what is wrong with a whole order is told in the reader's language"), async () => {
    await page.goto(`${system.url}/imports`);
    await paste.fill(table([row(`${prefix}*6`)], "\t"));
    await page.waitForURL("**/imports/*-*");
    const problem = page.locator('[data-problem="order.number-invalid"]');
    await problem.getByText("An order's number is made of letters").waitFor();
    if (view.name === "hi") await problem.getByText("सही रूप में नहीं है।").waitFor();
    await accessible(page, `${view.name}-import-order-wrong`);
    await page.getByRole("button", { name: say("Cancel the import", "आयात रद्द करें") }).click();
    await page.getByText(say("It was cancelled.", "यह रद्द किया गया।")).waitFor();
  });
  if (view.name !== "en") return;

  await step(page, "the workbook of rejects is read again, and a column in doubt is told", async () => {
    await page.goto(`${system.url}/imports`);
    await page.locator("input[type=file]").setInputFiles({ name: "corrected.xlsx", mimeType: "application/octet-stream", buffer: rejects });
    await count("orders", 1);
    await count("rows", 1);
    // No cell of the column is a weight: it is left out with a word, until somebody says that it is one.
    const column = page.locator('[data-column="H"]');
    await column.getByText("its cells are of another kind").waitFor();
    await column.getByRole("combobox").selectOption("weight");
    await page.locator('[data-problem="weight.not-a-number"]').getByText("heavy").waitFor();
    await count("rejected", 1);
    await page.getByText("Nothing can be made of it yet").waitFor();
    await page.getByRole("button", { name: "Cancel the import" }).click();
    await page.getByText("It was cancelled.").waitFor();
  });
  await step(page, "a file that is no table is told with what to do", async () => {
    await page.goto(`${system.url}/imports`);
    await page.locator("input[type=file]").setInputFiles({ name: "photo.xlsx", mimeType: "image/png", buffer: Buffer.from("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "latin1") });
    const alert = page.getByRole("alert");
    await alert.waitFor();
    ensure((await alert.textContent()).includes("table-"), `it tells ${await alert.textContent()}`);
  });
  await step(page, "a commit goes on when its tab is closed", async () => {
    const many = Array.from({ length: 3_000 }, (_, index) => row(`LONG-${index + 1}`));
    const tab = await context.newPage();
    await tab.goto(`${system.url}/imports`);
    await tab.locator("input[type=file]").setInputFiles({ name: "november.csv", mimeType: "text/csv", buffer: Buffer.from(table(many, ",")) });
    const commit = tab.getByRole("button", { name: "Make 3,000 orders" });
    await commit.waitFor();
    await Promise.all([tab.waitForResponse((answer) => answer.url().endsWith("/commit") && answer.ok()), commit.click()]);
    await tab.close();
    await page.goto(`${system.url}/imports`);
    await page.locator("tbody tr", { hasText: "november.csv" }).getByText("Done").waitFor({ timeout: 60_000 });
    await order(system, "LONG-3000");
  });
}
