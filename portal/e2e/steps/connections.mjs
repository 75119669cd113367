// Connections: the catalogue, a form that tells where each value is found, a test that fails and can be copied, one that is saved, rested, woken.
import { accessible, counted, ensure, same, speaker, step } from "../check.mjs";
import { call } from "../api.mjs";

const WRONG_KEY = "not-the-key-of-anybody";

export async function walk(walking) {
  await catalogue(walking);
  await fails(walking);
  await works(walking);
  if (walking.view.name === "en") await byFile(walking);
}

/** The name of this view's own connection. */
const nameOf = ({ view }) => `DHL ${view.name}`;

async function catalogue(walking) {
  const { page, system, view } = walking;
  const { named, say } = speaker(walking);

  await step(page, named("the catalogue's cards tell operations, protocol and verification, and are found by words and kind"), async () => {
    await page.goto(`${system.url}/connections`);
    await page.getByRole("link", { name: "demo-carrier" }).waitFor();
    await accessible(page, `${view.name}-connections`);
    await page.getByRole("link", { name: say("Catalogue", "सूची"), exact: true }).click();
    // The other tab's cards look the same: only the catalogue can be searched by kind.
    const kind = page.getByRole("combobox", { name: say("Kind", "प्रकार") });
    await kind.waitFor();
    const cards = page.locator("main li").filter({ has: page.getByRole("heading", { level: 2 }) });
    const listed = await call(system, "GET", "/v1/parties");
    await counted(cards, listed.items.length);
    const card = await cards.filter({ hasText: "Demo Carrier" }).textContent();
    for (const wanted of ["DEMO", "x12", say("Tenders", "टेंडर"), say("by published documents", "प्रकाशित दस्तावेज़ों से")]) ensure(card.includes(wanted), `${wanted} is not in ${card}`);
    await accessible(page, `${view.name}-catalogue`);
    await kind.selectOption("express");
    await page.getByRole("search").getByRole("textbox").fill("dhl/tracking");
    await page.waitForURL("**/catalogue?*mode=express*");
    await cards.nth(1).waitFor({ state: "detached" });
    await cards.getByRole("link", { name: "DHL" }).click();
    await page.waitForURL("**/catalogue/dhl");
    await page.getByRole("heading", { name: "DHL" }).waitFor();
    await accessible(page, `${view.name}-party`);
  });
}

async function fails(walking) {
  const { page, context, system, view } = walking;
  const { named, say } = speaker(walking);
  const own = nameOf(walking);
  const trial = page.locator("[data-trial]");

  await step(page, named("a connection's form tells where each value is found"), async () => {
    await page.getByRole("link", { name: say("Connect it", "जोड़ें") }).click();
    await page.waitForURL("**/connections/new/dhl");
    const form = page.getByRole("form", { name: say("The connection", "कनेक्शन") });
    const told = async (label) => page.locator(`[id="${await form.getByLabel(label).getAttribute("aria-describedby")}"]`).textContent();
    ensure((await told(say("Base URL", "मूल URL"))).includes("https://api-sandbox.dhl.com"), "the connector's own address is not told");
    ensure((await told("Consumer key")).includes("developer.dhl.com, My Apps"), "it is not told where the key is found");
    ensure((await told(say("Recipient postal code", "पाने वाले का पिन कोड"))).includes("parcel-de"), "it is not told what a setting is for");
    same(await form.getByLabel("Consumer key").getAttribute("type"), "password", "the key's field");
    await accessible(page, `${view.name}-connect`);
  });
  await step(page, named("a test that fails says what to do next, and its diagnosis is copied without the secret"), async () => {
    const { endpoints } = await call(system, "GET", "/v1/connections/dhl");
    await page.getByLabel(say("Name", "नाम")).fill(own);
    await page.getByLabel(say("Base URL", "मूल URL")).fill(endpoints.api);
    await page.getByLabel("Consumer key").fill(WRONG_KEY);
    await page.getByRole("button", { name: say("Test it", "परखें"), exact: true }).click();
    await trial.and(page.locator("[data-trial=failed]")).waitFor();
    const told = await trial.textContent();
    ensure(told.includes("the Consumer Key"), `the test tells ${told}`);
    await trial.getByText(say("check the secrets", "गुप्त मान जाँचें")).first().waitFor();
    await accessible(page, `${view.name}-connect-failed`);
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await trial.getByRole("button", { name: say("Copy the diagnosis", "निदान कॉपी करें") }).click();
    await trial.getByText(say("Copied", "कॉपी हुआ")).waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    ensure(copied.startsWith("Caravan, test of the connection to dhl (sandbox)") && copied.includes("FAILED  auth"), `the diagnosis is ${copied}`);
    ensure(!copied.includes(WRONG_KEY), "the secret is in the diagnosis");
  });
  await step(page, named("what fails its test is not saved unless somebody says why"), async () => {
    await page.getByRole("button", { name: say("Test and save", "परखें और सहेजें") }).click();
    const untested = page.getByRole("region", { name: say("Save it untested", "बिना परखे सहेजें") });
    await untested.waitFor();
    ensure(await untested.getByRole("button").isDisabled(), "it can be saved untested without a reason");
    const { items } = await call(system, "GET", "/v1/connections");
    ensure(!items.some((one) => one.name === own), "it was saved");
    await accessible(page, `${view.name}-connect-refused`);
  });
}

async function works(walking) {
  const { page, system, view } = walking;
  const { named, say } = speaker(walking);
  const own = nameOf(walking);

  await step(page, named("with the right key it is tested and saved, rested for a reason and woken"), async () => {
    await page.getByLabel("Consumer key").fill("demo-dhl-api-key");
    await page.getByRole("button", { name: say("Test and save", "परखें और सहेजें") }).click();
    await page.waitForURL(/connections\/[0-9a-f-]{36}$/);
    const stands = page.getByRole("region", { name: say("How it stands", "कैसा चल रहा है") });
    await stands.getByText(say("In use", "उपयोग में")).waitFor();
    await stands.getByText(say("✓ tested", "✓ परखा गया")).waitFor();
    await page.getByLabel(say("Reason", "कारण")).fill("<b>the contract ends</b>");
    await page.getByRole("button", { name: say("Put to rest", "रोकें"), exact: true }).click();
    await stands.getByText("<b>the contract ends</b>").waitFor();
    await accessible(page, `${view.name}-connection`);
    await page.getByRole("button", { name: say("Wake it", "चालू करें") }).click();
    await stands.getByText(say("In use", "उपयोग में")).waitFor();
  });
  await step(page, named("it is changed without typing its secret again"), async () => {
    await page.locator("summary").getByText(say("Change it", "इसे बदलें")).click();
    const key = page.getByLabel("Consumer key");
    same(await key.inputValue(), "", "the key's field");
    same(await key.getAttribute("required"), null, "whether the key must be typed again");
    await page.getByLabel(say("Service", "सेवा")).fill("express");
    await accessible(page, `${view.name}-connection-change`);
    const saved = page.waitForResponse((answer) => answer.request().method() === "PUT");
    await page.getByRole("button", { name: say("Test and save", "परखें और सहेजें") }).click();
    ensure((await saved).ok(), `the change was answered ${(await saved).status()}`);
    const { items } = await call(system, "GET", "/v1/connections");
    const { id } = items.find((one) => one.name === own);
    same((await call(system, "GET", `/v1/connections/${id}`)).settings.service, "express", "the setting");
    await call(system, "POST", `/v1/connections/${id}/disable`, { reason: "the walk is over" });
  });
}

async function byFile(walking) {
  const { page, system } = walking;
  const { named, say } = speaker(walking);

  await step(page, named("of an SFTP account nothing is asked unless one is made, and what is wrong is told at its field"), async () => {
    await page.goto(`${system.url}/connections/new/odfl`);
    await page.getByLabel(say("User", "उपयोगकर्ता")).fill("odfl-walk");
    await page.getByRole("button", { name: "Test and save" }).click();
    await page.getByRole("form").getByText("is missing").waitFor();
    await page.getByLabel(say("User", "उपयोगकर्ता")).fill("");
    await page.getByRole("button", { name: "Test and save" }).click();
    await page.waitForURL(/connections\/[0-9a-f-]{36}$/);
  });
}
