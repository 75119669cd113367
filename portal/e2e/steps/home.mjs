// Home: counts that tick by themselves, palette, language, theme, offline and back.
import { accessible, same, step } from "../check.mjs";
import { post, x12 } from "./facts.mjs";

export async function walk({ page, context, system, view }) {
  const named = (what) => `${view.name}: ${what}`;
  const hindi = view.name === "hi";

  await step(page, named("home counts what the API counts"), async () => {
    await page.goto(system.url);
    const tile = page.locator("[data-count=moving]");
    await tile.waitFor();
    const answer = await fetch(`${system.url}/v1/shipments/counts`, { headers: { authorization: `Bearer ${system.key}` } });
    same(await tile.textContent(), String((await answer.json()).moving), "moving");
    await page.getByRole("heading", { level: 1, name: hindi ? "नियंत्रण कक्ष" : "Control tower" }).waitFor();
    await accessible(page, `${view.name}-home`);
  });
  await step(page, named("the palette leads by keyboard alone"), async () => {
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: hindi ? "कोई नंबर" : "A number" }).waitFor();
    await accessible(page, `${view.name}-palette`);
    await page.keyboard.type(hindi ? "शिपमेंट" : "ship");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/shipments");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  });
  if (view.name !== "en") return;

  await step(page, named("a new fact is seen without a reload"), async () => {
    await page.goto(system.url);
    await page.locator("[data-live=live]").waitFor();
    const before = Number(await page.locator("[data-count=delivered]").textContent());
    await post(system, x12("PORTAL7001", [["AF", "20261121", "1030"], ["D1", "20261124", "1030"]]));
    await page.waitForFunction((n) => Number(document.querySelector("[data-count=delivered]")?.textContent) > n, before);
  });
  await step(page, named("offline is said, and back again"), async () => {
    await context.setOffline(true);
    await page.locator("[data-live=offline]").waitFor();
    await context.setOffline(false);
    await page.locator("[data-live=live]").waitFor();
  });
  await step(page, named("theme and language are kept"), async () => {
    const select = page.getByRole("combobox").first();
    await select.selectOption("hi");
    await page.getByRole("button", { name: "गहरी थीम" }).click();
    await page.reload();
    await page.getByRole("heading", { level: 1, name: "नियंत्रण कक्ष" }).waitFor();
    same(await page.evaluate(() => document.documentElement.dataset.theme), "dark", "the theme");
    same(await page.evaluate(() => document.documentElement.lang), "hi", "the language");
    await page.getByRole("combobox").first().selectOption("en");
    await page.getByRole("button", { name: "Light theme" }).click();
  });
}
