// Settings: one's own look, people, API keys, webhooks, rules, thresholds, and the audit log with its proof.
import { createServer } from "node:http";
import { accessible, counted, ensure, same, speaker, step } from "../check.mjs";
import { call, order } from "../api.mjs";

export async function walk(walking) {
  await own(walking);
  await people(walking);
  await keys(walking);
  await hooks(walking);
  await rules(walking);
  await thresholds(walking);
  await audit(walking);
}

/** What is shown this once: its text. It is put away, and gone after that. */
async function secretOf(page, say) {
  const secret = page.locator("[data-secret]");
  const text = await secret.locator("code").textContent();
  await secret.getByRole("button", { name: say("I have it", "मैंने रख लिया") }).click();
  await secret.waitFor({ state: "detached" });
  await page.reload();
  await page.getByRole("heading", { level: 1 }).waitFor();
  ensure(!(await page.content()).includes(text), "it is shown again");
  return text;
}

/** A state as it is shown: a sign and the word. */
const badge = (word) => new RegExp(`^\\S${word}$`);

async function own(walking) {
  const { page, system, view } = walking;
  const { named, say } = speaker(walking);
  const press = (english, hindi) => page.getByRole("button", { name: say(english, hindi), exact: true }).click();
  const shown = () => page.evaluate(() => `${document.documentElement.dataset.theme} ${document.documentElement.dataset.density}`);
  /** Whether a `/` on the shipments leads to the search. */
  const slashSearches = async () => {
    await page.goto(`${system.url}/shipments`);
    await page.locator("tbody tr[aria-rowindex]").first().waitFor();
    await page.keyboard.press("/");
    return page.evaluate(() => document.activeElement?.hasAttribute("data-search"));
  };

  await step(page, named("theme, density and single keys are chosen, and kept"), async () => {
    await page.goto(`${system.url}/settings`);
    await page.getByRole("heading", { level: 2, name: say("Your account", "आपका खाता") }).waitFor();
    await accessible(page, `${view.name}-settings`);
    await press("Dark", "गहरी");
    await press("Compact", "सघन");
    await press("Off", "बंद");
    await page.reload();
    await page.getByRole("button", { name: say("Compact", "सघन"), pressed: true }).waitFor();
    same(await shown(), "dark compact", "the look after a reload");
    same(await slashSearches(), false, "a single key that is switched off");
    await page.goto(`${system.url}/settings`);
    await press("Light", "हल्की");
    await press("Comfortable", "खुली");
    await press("On", "चालू");
    same(await shown(), "light comfortable", "the look");
    same(await slashSearches(), true, "a single key that is switched on");
  });
  await step(page, named("the language is chosen without a reload"), async () => {
    await page.goto(`${system.url}/settings`);
    await page.getByRole("button", { name: say("हिन्दी", "English"), exact: true }).click();
    await page.getByRole("heading", { level: 1, name: say("सेटिंग", "Settings") }).waitFor();
    same(await page.evaluate(() => document.documentElement.lang), say("hi", "en"), "the language");
    await page.getByRole("button", { name: say("English", "हिन्दी"), exact: true }).click();
    await page.getByRole("heading", { level: 1, name: say("Settings", "सेटिंग") }).waitFor();
  });
}

async function people(walking) {
  const { page, context, system, view } = walking;
  const { named, say } = speaker(walking);
  const name = `Meera ${view.name}`;
  const password = "a password of the walk";
  const person = page.getByRole("region", { name });
  let other;

  await step(page, named("somebody is invited by an address that is shown once, and comes in by it"), async () => {
    await page.goto(`${system.url}/settings/people`);
    await page.getByText(say("Invite somebody", "किसी को बुलाएँ")).first().click();
    await page.getByLabel(say("Name", "नाम"), { exact: true }).fill(name);
    await page.getByLabel(say("Email", "ईमेल")).fill(`meera-${view.name}@demo.example`);
    await page.getByRole("button", { name: say("Invite somebody", "किसी को बुलाएँ") }).click();
    await page.locator("[data-secret]").waitFor();
    await accessible(page, `${view.name}-settings-invited`);
    const address = await secretOf(page, say);
    await page.getByRole("button", { name }).getByText(say("Invited", "आमंत्रित")).waitFor();
    other = await context.browser().newContext({ locale: view.locale, viewport: view.viewport, serviceWorkers: "block" });
    const theirs = await other.newPage();
    await theirs.goto(address);
    await theirs.getByLabel(say("Password", "पासवर्ड")).fill(password);
    await theirs.getByRole("button", { name: say("Accept and sign in", "स्वीकार करें और साइन इन करें") }).click();
    await theirs.getByText(`${name} · ${say("Viewer", "दर्शक")}`).waitFor();
    same(new URL(theirs.url()).hash, "", "what the address keeps of the token");
  });
  await step(page, named("of two who change a role, the second sees both versions; then it is changed"), async () => {
    await page.goto(`${system.url}/settings/people`);
    await page.getByRole("button", { name }).click();
    await person.getByText(badge(say("Active", "सक्रिय"))).waitFor();
    const id = new URL(page.url()).searchParams.get("id");
    await person.getByRole("combobox").selectOption("finance");
    await call(system, "PATCH", `/v1/users/${id}`, { role: "operations" }, "*");
    await person.getByRole("button", { name: say("Set the role", "भूमिका दें") }).click();
    const conflict = person.getByRole("alert");
    const told = await conflict.textContent();
    ensure(told.includes(say("Viewer", "दर्शक")) && told.includes(say("Operations", "संचालन")), `the conflict tells ${told}`);
    await accessible(page, `${view.name}-settings-person`);
    await conflict.getByRole("button").click();
    await conflict.waitFor({ state: "detached" });
    await person.getByRole("button", { name: say("Set the role", "भूमिका दें") }).click();
    await page.getByRole("button", { name }).getByText(say("Finance", "वित्त")).waitFor();
    same((await call(system, "GET", `/v1/users/${id}`)).role, "finance", "the role");
  });
  await step(page, named("who is disabled is out at once"), async () => {
    await person.getByRole("button", { name: say("Disable", "प्रवेश रोकें"), exact: true }).click();
    await person.getByText(badge(say("Disabled", "बंद"))).waitFor();
    const [theirs] = other.pages();
    await theirs.reload();
    await theirs.getByLabel(say("Email", "ईमेल")).waitFor();
    await other.close();
  });
}

async function keys(walking) {
  const { page, system, view } = walking;
  const { named, say } = speaker(walking);
  const name = `SAP ${view.name}`;
  const line = page.getByRole("listitem").filter({ hasText: name });
  const opens = async (key) => (await fetch(`${system.url}/v1/shipments?limit=1`, { headers: { authorization: `Bearer ${key}` } })).status;
  let key;

  await step(page, named("an API key is made, shown once, and opens what it may"), async () => {
    await page.goto(`${system.url}/settings/keys`);
    await page.getByText(say("Make a key", "कुंजी बनाएँ")).first().click();
    await page.getByLabel(say("What it is for", "किसके लिए")).fill(name);
    await page.getByRole("checkbox", { name: "shipments:read" }).check();
    await accessible(page, `${view.name}-settings-key`);
    await page.getByRole("button", { name: say("Make a key", "कुंजी बनाएँ") }).click();
    await page.locator("[data-secret]").waitFor();
    await accessible(page, `${view.name}-settings-key-made`);
    key = await secretOf(page, say);
    same(await opens(key), 200, "what the key is answered");
    await line.getByText(badge(say("Valid", "मान्य"))).waitFor();
  });
  await step(page, named("a key is revoked after a second question, and opens nothing"), async () => {
    await line.getByRole("button", { name: say("Revoke", "रद्द करें") }).click();
    await line.getByRole("button", { name: say("Revoke it for good", "हमेशा के लिए रद्द करें") }).click();
    await line.getByText(badge(say("Revoked", "रद्द"))).waitFor();
    same(await line.getByRole("button").count(), 0, "buttons of a revoked key");
    same(await opens(key), 401, "what the key is answered");
    await accessible(page, `${view.name}-settings-keys`);
  });
}

/** A receiver of webhooks: what came, and how it answers. */
async function receiver() {
  const came = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (piece) => (body += piece));
    request.on("end", () => {
      came.push({ id: request.headers["webhook-id"], signed: request.headers["webhook-signature"] !== undefined, body });
      response.end("thanks");
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { came, url: `http://127.0.0.1:${server.address().port}/hooks`, stop: () => server.close() };
}

async function hooks(walking) {
  const { page, system, view } = walking;
  const { named, say, number } = speaker(walking);
  const kind = "caravan.order.placed";
  const name = `ERP ${view.name}`;
  const target = await receiver();
  const make = async (url) => {
    await page.goto(`${system.url}/settings/webhooks`);
    await page.getByText(say("Add an endpoint", "पता जोड़ें")).first().click();
    await page.getByLabel(say("Name", "नाम"), { exact: true }).fill(name);
    await page.getByLabel(say("Address (https)", "पता (https)")).fill(url);
    await page.getByRole("checkbox", { name: kind }).check();
    await page.getByRole("button", { name: say("Add an endpoint", "पता जोड़ें") }).click();
  };

  await step(page, named("an address inside a private network is refused, with the reason"), async () => {
    await make("http://169.254.169.254/latest");
    await page.getByRole("alert").getByText("webhook-url-denied").waitFor();
    await accessible(page, `${view.name}-settings-hook-denied`);
  });
  await step(page, named("a webhook is made, its secret shown once, and a test of it is answered"), async () => {
    await make(target.url);
    ensure((await secretOf(page, say)).startsWith("whsec_"), "there is no secret");
    await page.getByRole("link", { name }).click();
    await page.getByRole("button", { name: say("Send a test", "परीक्षण भेजें") }).click();
    await page.locator("[data-test=delivered]").getByText("thanks").waitFor();
    same(target.came.length, 1, "messages that came");
    ensure(target.came[0].signed, "it is not signed");
  });
  await step(page, named("a delivery is seen without a reload, with its try and what was sent"), async () => {
    const { id } = await order(system, "DEMO-1006");
    const copy = await call(system, "POST", `/v1/orders/${id}/duplicate`, { number: number("HOOK") });
    await call(system, "POST", `/v1/orders/${copy.id}/approve`, {}, copy.version);
    const delivery = page.getByRole("listitem").filter({ hasText: kind }).getByRole("button");
    await delivery.getByText(badge(say("Delivered", "पहुँचा"))).waitFor();
    await delivery.click();
    const shown = page.getByRole("region", { name: kind });
    await shown.getByText(say("Taken", "लिया गया")).waitFor();
    await shown.getByText(say("What is sent", "क्या भेजा जाता है")).click();
    await shown.getByText(number("HOOK")).waitFor();
    await accessible(page, `${view.name}-settings-delivery`);
  });
  await step(page, named("it is sent again under the same id"), async () => {
    const shown = page.getByRole("region", { name: kind });
    await shown.getByRole("button", { name: say("Send again", "फिर भेजें") }).click();
    await shown.locator("ol > li").nth(1).getByText(say("Taken", "लिया गया")).waitFor();
    const ids = target.came.filter((one) => one.body.includes(number("HOOK"))).map((one) => one.id);
    same(ids.length, 2, "messages about the order");
    same(ids[0], ids[1], "the id");
  });
  await step(page, named("a webhook is put to rest, and removed after a second question"), async () => {
    await page.getByRole("button", { name: say("Put to rest", "रोकें"), exact: true }).click();
    await page.getByRole("button", { name: say("Wake", "चालू करें"), exact: true }).waitFor();
    await page.getByRole("button", { name: say("Remove", "हटाएँ"), exact: true }).click();
    await page.getByRole("button", { name: say("Remove it for good", "हमेशा के लिए हटाएँ") }).click();
    await page.waitForURL("**/settings/webhooks");
    await page.getByRole("link", { name }).waitFor({ state: "detached" });
  });
  target.stop();
}

async function rules(walking) {
  const { page, system, view } = walking;
  const { named, say } = speaker(walking);
  const path = "/v1/freight-invoices/approval-rule";
  const upTo = page.getByLabel(say("up to", "अधिकतम"));
  const save = () => page.getByRole("button", { name: say("Save", "सहेजें"), exact: true }).click();
  const choose = (english, hindi) => page.getByRole("radio", { name: say(english, hindi) }).check();
  /** As somebody else sets it, whatever it is. */
  const put = (rule) => call(system, "PUT", path, rule, "*");

  await step(page, named("bills are approved by a rule up to an amount, and the rule is kept"), async () => {
    await page.goto(`${system.url}/settings/rules`);
    await choose("Bills that agree to the last paisa", "जो बिल पाई-पाई मेल खाते हैं");
    await upTo.fill("1250.50");
    await accessible(page, `${view.name}-settings-rules`);
    await save();
    await page.getByText(say("Saved.", "सहेजा गया।")).waitFor();
    const rule = await call(system, "GET", path);
    same(`${rule.approve} ${rule.up_to} ${rule.currency}`, "matched 1250.50 INR", "the rule");
  });
  await step(page, named("of two who change the rule, the second sees both versions"), async () => {
    await upTo.fill("99");
    await put({ approve: "within-tolerance", up_to: "700", currency: "INR" });
    await save();
    const told = await page.getByRole("alert").textContent();
    ensure(told.includes("₹1,250.50") && told.includes("₹700.00"), `the conflict tells ${told}`);
    await accessible(page, `${view.name}-settings-rules-conflict`);
    await page.getByRole("alert").getByRole("button").click();
    await page.getByRole("alert").waitFor({ state: "detached" });
    same(await upTo.inputValue(), "700.00", "the amount");
    await choose("Off: a person approves each", "बंद: हर बिल व्यक्ति स्वीकृत करता है");
    await save();
    await page.getByText(say("Saved.", "सहेजा गया।")).waitFor();
    same((await call(system, "GET", path)).approve, "off", "the rule");
  });
}

async function thresholds(walking) {
  const { page, system, view } = walking;
  const { named, say } = speaker(walking);
  const path = "/v1/shipments/thresholds";
  const ocean = page.getByRole("group", { name: say("Ocean", "समुद्री") });
  const halted = ocean.getByLabel(say("Halted after", "रुका माना जाए, इतने बाद"));
  const save = () => page.getByRole("button", { name: say("Save", "सहेजें"), exact: true }).click();

  await step(page, named("a threshold is said for a mode, holds for it, and for no other"), async () => {
    await call(system, "PUT", path, {}, "*");
    await page.goto(`${system.url}/settings/thresholds`);
    await halted.fill("4320");
    await save();
    await page.getByText(say("Saved; open shipments", "सहेजा गया; खुले")).waitFor();
    await ocean.getByText(say("holds now: 72", "अभी लागू: 72")).waitFor();
    await accessible(page, `${view.name}-settings-thresholds`);
    const now = await call(system, "GET", path);
    same(`${now.in_force_by_mode.ocean.halted_after_min} ${now.in_force_by_mode.air.halted_after_min}`, "4320 1440", "what holds for ocean and air");
  });
  await step(page, named("of two who change thresholds, neither loses what only one of them changed"), async () => {
    await halted.fill("2880");
    await call(system, "PUT", path, { modes: { ocean: { halted_after_min: 4320 }, rail: { silent_after_min: 600 } } }, "*");
    await save();
    const conflict = page.locator("[data-conflict]");
    const told = await conflict.textContent();
    ensure(["2880", "4320", "600", say("Ocean · Halted after", "समुद्री · रुका"), say("Rail · Silent after", "रेल · मौन")].every((part) => told.includes(part)), `the conflict tells ${told}`);
    await accessible(page, `${view.name}-settings-thresholds-conflict`);
    await conflict.getByRole("button", { name: say("Save mine on theirs", "उनके ऊपर मेरा सहेजें") }).click();
    await page.getByText(say("Saved; open shipments", "सहेजा गया; खुले")).waitFor();
    const { modes } = await call(system, "GET", path);
    same(`${modes.ocean.halted_after_min} ${modes.rail.silent_after_min}`, "2880 600", "the thresholds");
    await halted.fill("");
    await save();
    await ocean.getByText(say("holds now: 24", "अभी लागू: 24")).first().waitFor();
    await call(system, "PUT", path, {}, "*");
  });
}

async function audit(walking) {
  const { page, system, view } = walking;
  const { named, say } = speaker(walking);

  await step(page, named("the audit log says who did what by name, and leads to all about one thing"), async () => {
    await page.goto(`${system.url}/settings/audit`);
    const entry = page.getByRole("listitem").filter({ hasText: "key.revoked" }).first();
    const me = await page.evaluate(async () => (await (await fetch("/v1/me")).json()).user.name);
    await entry.getByText(me).first().waitFor();
    await entry.locator("summary").click();
    await accessible(page, `${view.name}-settings-audit`);
    await entry.getByRole("link", { name: say("All about this", "इसके बारे में सब") }).click();
    await page.waitForURL("**/settings/audit?subject=key*");
    const made = page.getByRole("listitem").filter({ hasText: "key.made" });
    await made.waitFor();
    await counted(page.locator("ol > li"), 2);
  });
  await step(page, named("the audit log is proven unchanged, and against an earlier head; a wrong one is found"), async () => {
    await page.goto(`${system.url}/settings/audit`);
    const verify = page.getByRole("group").filter({ hasText: say("Every entry is hashed again", "हर प्रविष्टि शुरू से") });
    await verify.locator("summary").click();
    const witness = page.getByLabel(say("An earlier head, if you kept one", "पुराना शीर्ष, यदि रखा हो"));
    const button = page.getByRole("button", { name: say("Verify", "जाँचें"), exact: true });
    await button.click();
    const good = page.locator("[data-verified=true]");
    await good.waitFor();
    await accessible(page, `${view.name}-settings-verified`);
    const head = await good.locator("code").textContent();
    await witness.fill(head);
    const held = page.waitForResponse((answer) => answer.url().endsWith("/v1/audit/verify") && answer.request().postData()?.includes(head));
    await button.click();
    same((await (await held).json()).ok, true, "an earlier head");
    const last = head.at(-1) === "0" ? "1" : "0";
    await witness.fill(`${head.slice(0, -1)}${last}`);
    await button.click();
    await page.locator("[data-verified=false]").waitFor();
  });
}
