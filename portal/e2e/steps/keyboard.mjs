// Shipments, exceptions and an import by the keyboard alone: whatever is used is reached by Tab, and the mouse is never asked.
import { accessible, counted, ensure, same, step } from "../check.mjs";
import { order } from "../api.mjs";
import { post, x12 } from "./facts.mjs";

/** More presses of Tab than any screen has places to stop at. */
const STOPS_MAX = 250;

/** Goes on by Tab until `target` has the focus, which must be seen. */
async function reach(page, target, what) {
  await target.waitFor();
  for (let stop = 0; stop < STOPS_MAX; stop += 1) {
    await page.keyboard.press("Tab");
    const seen = await target.evaluate((one) => {
      const look = getComputedStyle(one);
      return one === document.activeElement ? one.matches(":focus-visible") && (look.outlineStyle !== "none" || look.boxShadow !== "none") : undefined;
    });
    if (seen === undefined) continue;
    ensure(seen, `${what} has the focus, and nothing shows it`);
    return;
  }
  throw new Error(`${what} is not reached by Tab`);
}

async function press(page, target, what, key = "Enter") {
  await reach(page, target, what);
  await page.keyboard.press(key);
}

export async function walk({ page, system, view }) {
  if (view.name !== "en") return;
  const button = (name, within = page) => within.getByRole("button", { name, exact: true });

  await step(page, "keyboard: a shipment is found, opened, looked at in full, and leads to its bytes", async () => {
    await page.goto(`${system.url}/`);
    await page.locator("[data-count]").first().waitFor();
    await press(page, page.getByRole("link", { name: "Skip to content" }), "the way past the navigation");
    same(await page.evaluate(() => document.activeElement?.id), "content", "what the way past the navigation leads to");
    await page.goto(`${system.url}/shipments`);
    await page.locator("tbody tr[aria-rowindex]").first().waitFor();
    await reach(page, page.getByRole("combobox", { name: "Status", exact: true }), "the filter");
    await page.keyboard.type("Deliv");
    await page.waitForURL("**/shipments?status=deliver*");
    await page.goto(`${system.url}/shipments`);
    await page.locator("tbody tr[aria-rowindex]").first().waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("PRODEMO1005");
    await page.keyboard.press("Enter");
    await page.waitForURL("**q=PRODEMO1005*");
    await press(page, page.getByRole("link", { name: "PRODEMO1005", exact: true }), "the row");
    await page.waitForURL("**/shipments/PRODEMO1005");
    await press(page, button("Full"), "the full timeline");
    await press(page, page.getByRole("link", { name: "Bytes in message" }).first(), "the source");
    await page.locator("[data-marked]").first().waitFor();
  });
  await step(page, "keyboard: an exception is taken, commented on and resolved, and two more at once", async () => {
    const [one, two, three] = [1, 2, 3].map((n) => `KEYBOARD${n}`);
    for (const reference of [one, two, three]) await post(system, x12(reference, [["AF", "20261121", "1030"], ["A9", "20261124", "1030"]]));
    await page.goto(`${system.url}/exceptions`);
    await press(page, page.getByRole("button", { name: one }), "the exception");
    const detail = page.getByRole("region", { name: one });
    await press(page, button("Assign", detail).first(), "the choice to assign");
    await press(page, detail.locator("button[type=submit]"), "the button that assigns");
    await detail.locator("dd").getByText("owner@demo.example").waitFor();
    await press(page, button("Resolve", detail).first(), "the choice to resolve");
    await reach(page, detail.getByRole("textbox"), "the reason");
    await page.keyboard.type("settled by the keyboard");
    await press(page, detail.locator("button[type=submit]"), "the button that resolves");
    await button("Reopen", detail).first().waitFor();
    for (const reference of [two, three]) await press(page, page.getByRole("checkbox", { name: reference }), `the mark of ${reference}`, "Space");
    const bulk = page.getByRole("region", { name: "2 marked" });
    await press(page, button("Resolve", bulk).first(), "the choice to resolve both");
    await reach(page, bulk.getByRole("textbox"), "the reason of both");
    await page.keyboard.type("both by the keyboard");
    await press(page, bulk.locator("button[type=submit]"), "the button that resolves both");
    await page.locator("[data-bulk]").waitFor();
    await counted(page.getByRole("button", { name: "KEYBOARD" }), 0);
  });
  await step(page, "keyboard: cells become orders, one group repaired", async () => {
    const head = ["Order No", "Consignor", "Pickup City", "Pickup Pincode", "Consignee", "Delivery City", "Pincode", "Weight (kg)", "Pkgs", "Pickup Date"];
    const cells = (number, pin) => [number, "Pune Plant", "Pune", "411001", "Chennai Stores", "Chennai", pin, "820", "6", "25/11/2026"];
    await page.goto(`${system.url}/imports`);
    await reach(page, page.getByLabel("Or paste cells"), "the field for cells");
    await page.keyboard.insertText([head, cells("KEY-1", "600002"), cells("KEY-2", "60002")].map((row) => row.join("\t")).join("\n"));
    await page.waitForURL("**/imports/*-*");
    const problem = page.locator('[data-problem="delivery_postal_code.digit-missing"]');
    await press(page, problem.getByRole("checkbox"), "the repair", "Space");
    const commit = page.getByRole("button", { name: "Make 2 orders" });
    await press(page, commit, "the button that makes the orders");
    await page.getByText("2 orders were made.").waitFor();
    await accessible(page, "en-keyboard-import");
    same((await order(system, "KEY-2")).content.stops[1].place.postal_code, "600002", "the repaired code");
  });
}
