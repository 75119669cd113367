// The message explorer: bytes and what was read from them show each other; replay looks before it does.
import { accessible, ensure, same, step } from "../check.mjs";
import { post, x12 } from "./facts.mjs";

export async function walk({ page, system, view }) {
  const named = (what) => `${view.name}: ${what}`;
  const hindi = view.name === "hi";
  const number = { en: 1, hi: 2, phone: 3 }[view.name];
  const body = x12(`EXPLORE${number}`, [["AF", "20261121", "1030"], ["ZZ", "20261122", "1030"], ["D1", "20261124", "1030"]]);
  let id = "";

  await step(page, named("the messages are listed and filtered"), async () => {
    id = await post(system, body);
    await page.goto(`${system.url}/messages`);
    await page.locator("tbody tr[aria-rowindex]").first().waitFor();
    await accessible(page, `${view.name}-messages`);
    await page.getByRole("combobox", { name: hindi ? "स्थिति" : "State", exact: true }).selectOption("rejected");
    await page.waitForURL("**/messages?status=rejected");
    await page.getByRole("link", { name: "demo-rejected.edi" }).waitFor();
  });
  await step(page, named("a rejected message says why, and shows its bytes"), async () => {
    await page.getByRole("link", { name: "demo-rejected.edi" }).click();
    await page.getByText("not an X12 interchange").first().waitFor();
    await page.locator("pre").getByText("this is no interchange").waitFor();
    await accessible(page, `${view.name}-rejected`);
  });
  await step(page, named("the raw bytes are the bytes that came"), async () => {
    await page.goto(`${system.url}/messages/${id}`);
    const raw = page.locator("pre").first();
    await raw.getByText("ISA*00").waitFor();
    same(await raw.textContent(), body, "the text");
  });
  await step(page, named("a record that is pointed at, or has the focus, marks its bytes"), async () => {
    const entry = page.locator("li[data-index]").filter({ hasText: hindi ? "पहुँचा" : "Delivered" }).first();
    await entry.hover();
    same((await page.locator("[data-marked]").allTextContents()).join("").slice(0, 6), "AT7*D1", "the marked bytes");
    await page.mouse.move(0, 0);
    await page.locator("[data-marked]").waitFor({ state: "detached" });
    await entry.getByRole("button").focus();
    const range = await page.locator("[data-range]").getAttribute("data-range");
    const [from, to] = range.split("-").map(Number);
    ensure(body.slice(from, to).startsWith("AT7*D1"), `the range ${range} is of other bytes`);
    await accessible(page, `${view.name}-message`);
  });
  await step(page, named("bytes that are clicked choose what was read from them"), async () => {
    await page.locator("pre span[data-start]").filter({ hasText: "AT7*AF" }).first().click();
    await page.mouse.move(0, 0);
    const chosen = page.locator("li[data-index] button[aria-pressed=true]");
    await chosen.waitFor();
    ensure((await chosen.textContent()).includes(hindi ? "उठाया गया" : "Picked up"), "another record is chosen");
  });
  await step(page, named("replay shows first what it would give, then does it for a reason"), async () => {
    await page.getByRole("button", { name: hindi ? "फिर चलाएँ…" : "Replay…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.locator("[data-dry-run]").waitFor();
    await accessible(page, `${view.name}-replay`);
    await dialog.getByRole("textbox").fill("the walk looks at it again");
    await dialog.getByRole("button", { name: hindi ? "फिर चलाएँ" : "Replay", exact: true }).click();
    await dialog.getByRole("status").waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
  });
}
