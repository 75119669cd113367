// The message explorer: bytes and what was read from them show each other; replay looks before it does.
import { readFileSync } from "node:fs";
import { call } from "../api.mjs";
import { accessible, counted, ensure, same, step } from "../check.mjs";
import { post, x12 } from "./facts.mjs";

export async function walk({ page, system, view }) {
  const named = (what) => `${view.name}: ${what}`;
  const hindi = view.name === "hi";
  const number = { en: 1, hi: 2, phone: 3 }[view.name];
  const body = x12(`EXPLORE${number}`, [["AF", "20261121", "1030"], ["X6", "20261121", "1830"], ["ZZ", "20261122", "1030"], ["D1", "20261124", "1030"]]);
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
    await page.locator("section[aria-labelledby=raw] pre").getByText("this is no interchange").waitFor();
    await accessible(page, `${view.name}-rejected`);
  });
  await step(page, named("the raw bytes are the bytes that came"), async () => {
    await page.goto(`${system.url}/messages/${id}`);
    const raw = page.locator("section[aria-labelledby=raw] pre");
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
  await step(page, named("what we answered stands beside it, byte for byte"), async () => {
    const answers = page.getByRole("region", { name: hindi ? "हमारे उत्तर" : "Our answers" });
    const shown = answers.locator("pre[data-answer]");
    await shown.getByText("ST*997").waitFor();
    const hash = await shown.getAttribute("data-answer");
    const answer = await fetch(`${system.url}/v1/documents/${id}/answers/${hash}/raw`, { headers: { authorization: `Bearer ${system.key}` } });
    same(await shown.textContent(), await answer.text(), "the text of the answer");
    const [file] = await Promise.all([page.waitForEvent("download"), answers.getByRole("link").first().click()]);
    ensure(readFileSync(await file.path(), "latin1").includes("ST*997"), "the download is no 997");
  });
  await step(page, named("replay shows first what it would give, then does it for a reason"), async () => {
    await page.getByRole("button", { name: hindi ? "फिर चलाएँ…" : "Replay…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.locator("[data-dry-run]").waitFor();
    await accessible(page, `${view.name}-replay`);
    await dialog.getByRole("textbox").fill("the walk looks at it again");
    await dialog.getByRole("button", { name: hindi ? "फिर चलाएँ" : "Replay", exact: true }).click();
    await dialog.getByRole("status").waitFor();
    const [entry] = (await call(system, "GET", `/v1/audit?subject=document/${id}`)).items;
    same(`${entry?.action}: ${entry?.detail.reason}`, "document.replayed: the walk looks at it again", "the entry of the trail");
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
  });
  await step(page, named("a message is compared with another, by its records and segment by segment"), async () => {
    const other = await post(system, x12(`EXPLORE${number}`, [["AF", "20261121", "1030"], ["X6", "20261121", "1830"], ["D1", "20261125", "1030"]]));
    await page.goto(`${system.url}/messages/${id}`);
    await page.getByRole("link", { name: hindi ? "तुलना करें…" : "Compare…" }).click();
    await page.locator("[data-records-diff=now]").waitFor();
    await page.getByText(hindi ? "दोनों एक जैसे रिकॉर्ड देते हैं।" : "Both give the same records.").waitFor();
    await page.getByRole("textbox", { name: hindi ? "दूसरे संदेश की पहचान" : "First digits of another" }).fill(other.slice(0, 16));
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/compare?with=${other.slice(0, 16)}`);
    await page.locator(`[data-records-diff="${other}"]`).waitFor();
    const parts = page.locator("table[data-raw-diff]");
    await counted(parts.locator("tr[data-row='−']"), 2);
    await counted(parts.locator("tr[data-row='+']"), 0);
    const changed = parts.locator("tr[data-row='≠']").filter({ hasText: "AT7" });
    await counted(changed, 1);
    same((await changed.locator("del").allTextContents()).join(), "20261124", "what differs on the left");
    same((await changed.locator("ins").allTextContents()).join(), "20261125", "what differs on the right");
    await page.locator("[data-records-diff]").getByText("20261125".replace(/(....)(..)/, "$1-$2-")).first().waitFor();
    await accessible(page, `${view.name}-compare`);
    await parts.getByRole("button").first().click();
    await parts.getByText("LX*1").first().waitFor();
    await changed.getByRole("link").first().click();
    await page.locator("[data-marked]").first().waitFor();
    same((await page.locator("[data-marked]").allTextContents()).join("").slice(0, 6), "AT7*D1", "the marked bytes");
  });
  await step(page, named("a message is saved as a fixture"), async () => {
    await page.getByRole("button", { name: hindi ? "नमूने के रूप में सहेजें…" : "Save as fixture…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.locator("[data-fixture]").waitFor();
    await accessible(page, `${view.name}-fixture`);
    const [file] = await Promise.all([page.waitForEvent("download"), dialog.getByRole("link", { name: hindi ? "डाउनलोड" : "Download" }).click()]);
    ensure(/^fixture-.*\.zip$/.test(file.suggestedFilename()), `the file is ${file.suggestedFilename()}`);
    const archive = readFileSync(await file.path(), "latin1");
    for (const part of [body, `${id.slice(0, 12)}/input.edi`, "/expected.json", "/notes.md"]) ensure(archive.includes(part), `the archive lacks ${part.slice(0, 40)}`);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
  });
  await step(page, named("the same bytes by another connection are a message of its own"), async () => {
    const name = `north-${view.name}`;
    const connection = { name, environment: "sandbox", settings: { sender_id: "CARAVAN-DEMO" } };
    const made = await call(system, "POST", "/v1/connections", { party: "demo-carrier", connection });
    same(await post(system, body, name), id, "the id of the bytes");
    await page.goto(`${system.url}/messages`);
    const elsewhere = page.locator("[data-elsewhere]");
    await page.locator(`a[href="/messages/${id}@${made.id}"]`).first().click();
    await elsewhere.getByRole("link", { name: "demo-carrier" }).click();
    await elsewhere.getByRole("link", { name }).click();
    await page.waitForURL(`**/messages/${id}@${made.id}`);
    await elsewhere.getByRole("link", { name: "demo-carrier" }).waitFor();
    await page.getByRole("button", { name: hindi ? "फिर चलाएँ…" : "Replay…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.locator("[data-dry-run]").waitFor();
    await dialog.getByRole("textbox").fill("once more, of this connection");
    await dialog.getByRole("button", { name: hindi ? "फिर चलाएँ" : "Replay", exact: true }).click();
    await dialog.getByRole("status").waitFor();
    await page.keyboard.press("Escape");
  });
}
