// Orders: found by status and words, made on one page, kept as drafts without session and network, and taken through their whole life.
import { accessible, ensure, same, speaker, step } from "../check.mjs";
import { call, order } from "../api.mjs";
import { HOSTILE, post, x12 } from "./facts.mjs";
import { signIn } from "./session.mjs";

export async function walk(walking) {
  await list(walking);
  await make(walking);
  await life(walking);
  await together(walking);
  if (walking.view.name !== "phone") await alone(walking);
}

async function list(walking) {
  const { page, system, view } = walking;
  const { named, say, number } = speaker(walking);
  await step(page, named("the orders are listed, filtered and searched"), async () => {
    const first = await order(system, "DEMO-1006");
    const copy = await call(system, "POST", `/v1/orders/${first.id}/duplicate`, { number: number("COPY") });
    await page.goto(`${system.url}/orders`);
    await page.locator("tbody tr[aria-rowindex]").first().waitFor();
    await accessible(page, `${view.name}-orders`);
    await page.getByRole("combobox", { name: say("Status", "स्थिति"), exact: true }).selectOption("indent");
    await page.waitForURL("**/orders?status=indent");
    await page.keyboard.press("/");
    await page.getByRole("search").getByRole("textbox").fill(copy.number);
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/orders?status=indent&q=${copy.number}`);
    await page.getByRole("link", { name: copy.number }).click();
    await page.waitForURL(`**/orders/${copy.id}`);
  });
}

/** Fills the two stops and the weight of the form. */
async function fill(page, say, number) {
  const stop = (at) => page.getByRole("group", { name: say(`Stop ${at}`, `पड़ाव ${at}`), exact: true });
  await page.getByLabel(say("Order number", "ऑर्डर नंबर")).fill(number);
  for (const [at, name, city, state, pin] of [[1, HOSTILE, "Delhi", "DL", "110020"], [2, "Bengaluru Stores", "Bengaluru", "KA", "560001"]]) {
    await stop(at).getByLabel(say("Name", "नाम"), { exact: true }).fill(name);
    await stop(at).getByLabel(say("City", "शहर")).fill(city);
    await stop(at).getByLabel(say("State", "राज्य")).fill(state);
    await stop(at).getByLabel(say("PIN code", "पिन कोड")).fill(pin);
  }
  await page.getByRole("textbox", { name: say("Gross weight", "कुल वजन") }).first().fill("820");
}

async function make(walking) {
  const { page, context, system, view } = walking;
  const { named, say, number } = speaker(walking);
  const place = page.getByRole("button", { name: say("Place the order", "ऑर्डर दें") });

  await step(page, named("what an order lacks is told in one place, and leads to the fields"), async () => {
    await page.goto(`${system.url}/orders`);
    await page.getByRole("link", { name: say("New order", "नया ऑर्डर") }).click();
    await page.waitForURL("**/orders/new?draft=*");
    await accessible(page, `${view.name}-order-new`);
    await page.getByLabel(say("Order number", "ऑर्डर नंबर")).fill("no # such * number");
    await place.click();
    const alert = page.getByRole("alert");
    await alert.waitFor();
    if (view.name === "hi") await alert.getByText("यह नंबर, मात्रा या दूरी सही रूप में नहीं है।").waitFor();
    await accessible(page, `${view.name}-order-wrong`);
    await alert.getByRole("link", { name: say("Number", "नंबर"), exact: true }).click();
    same(await page.evaluate(() => document.activeElement?.id), "field-number", "the field in focus");
  });
  await step(page, named("what is typed is kept over a reload and a session that ends, and then placed"), async () => {
    await fill(page, say, number("NEW"));
    await page.reload();
    same(await page.getByLabel(say("Order number", "ऑर्डर नंबर")).inputValue(), number("NEW"), "the number after a reload");
    await context.clearCookies();
    await place.click();
    const dialog = page.getByRole("dialog");
    await dialog.waitFor();
    await signIn(page, system, view.name === "hi" ? { email: "ईमेल", password: "पासवर्ड", signIn: "साइन इन करें" } : undefined);
    await dialog.waitFor({ state: "detached" });
    await place.click();
    await page.getByRole("heading", { level: 1, name: number("NEW") }).waitFor();
    const made = await order(system, number("NEW"));
    same(made.content.stops[0].name, HOSTILE, "the hostile name");
    same(made.content.gross_weight.value, "820", "the weight");
    same(await page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("caravan.draft.")).length), 0, "drafts left");
  });
}

async function life(walking) {
  const { page, system, view } = walking;
  const { named, say, number } = speaker(walking);
  const next = page.getByRole("region", { name: say("What to do next", "आगे क्या करना है") });
  const choose = async (english, hindi) => next.getByRole("button", { name: say(english, hindi), exact: true }).click();
  const go = async () => next.getByRole("button", { name: say("Do it:", "करें:") }).click();
  const stands = (english, hindi) => page.locator("main p").first().getByText(say(english, hindi)).waitFor();

  await step(page, named("an order is held for a reason, released and approved, and its history says who and why"), async () => {
    await choose("Hold", "रोकें");
    ensure(await next.getByRole("button", { name: say("Do it:", "करें:") }).isDisabled(), "it can be held without a reason");
    await next.getByLabel(say("Reason", "कारण")).fill("<i>the lorry is late</i>");
    await go();
    await stands("On hold", "रोका गया");
    await page.getByText("<i>the lorry is late</i>").waitFor();
    await choose("Release", "छोड़ें");
    await go();
    await stands("Indent", "इंडेंट");
    await choose("Approve", "स्वीकृत करें");
    await go();
    await stands("Approved", "स्वीकृत");
  });
  await step(page, named("the cheapest carrier by rate is offered it, and its answer is seen without a reload"), async () => {
    await choose("Assign a carrier", "वाहक सौंपें");
    await page.locator("[data-quotes='1']").getByText("₹9,430.00").waitFor();
    await accessible(page, `${view.name}-order-assign`);
    await go();
    await stands("Assigned", "सौंपा गया");
    await choose("Offer it to the carrier", "वाहक को प्रस्ताव दें");
    await go();
    // The demo's carrier answers our 204 by its 990.
    await stands("Accepted", "मंज़ूर");
    await page.locator("[data-tender=accepted]").waitFor();
  });
  await step(page, named("it is dispatched with its LR, delivered and closed"), async () => {
    await choose("Dispatch", "रवाना करें");
    await next.getByLabel(say("Lorry receipt (LR)", "लॉरी रसीद (LR)")).fill(`LR-${number("NEW")}`);
    await next.getByLabel(say("Vehicle number", "वाहन नंबर")).fill("MH 12 AB 1234");
    await next.getByLabel(say("Driver's phone", "ड्राइवर का फोन")).fill("+91 98765 43210");
    await accessible(page, `${view.name}-order-dispatch`);
    await go();
    await stands("Dispatched", "भेजा गया");
    await page.getByRole("region", { name: say("Papers", "कागज़ात") }).getByText("MH12AB1234").waitFor();
    await choose("It was delivered", "पहुँच गया");
    await next.getByLabel(say("Proof of delivery", "डिलीवरी का प्रमाण")).fill("POD-7");
    await go();
    await stands("Delivered", "पहुँचा");
    await choose("Close the order", "ऑर्डर बंद करें");
    await go();
    await stands("Closed", "बंद");
    await accessible(page, `${view.name}-order`);
  });
}

async function together(walking) {
  const { page, system, view } = walking;
  const { named, say, number } = speaker(walking);
  const copyOf = async (name) => call(system, "POST", `/v1/orders/${(await order(system, "DEMO-1006")).id}/duplicate`, { number: number(name) });

  await step(page, named("of two who act on an order at once, the second sees both versions"), async () => {
    const copy = await copyOf("TWO");
    await page.goto(`${system.url}/orders/${copy.id}`);
    await page.getByRole("button", { name: say("Hold", "रोकें"), exact: true }).click();
    await page.getByLabel(say("Reason", "कारण")).fill("it rains");
    await page.route(`**/v1/orders/${copy.id}`, (route) => (route.request().method() === "GET" ? undefined : route.continue()));
    await call(system, "POST", `/v1/orders/${copy.id}/approve`, {}, copy.version);
    await page.getByRole("button", { name: say("Do it:", "करें:") }).click();
    const conflict = page.getByRole("alert");
    await conflict.waitFor();
    await page.unroute(`**/v1/orders/${copy.id}`);
    const told = await conflict.textContent();
    ensure(told.includes(say("Indent", "इंडेंट")) && told.includes(say("Approved", "स्वीकृत")), `the conflict tells ${told}`);
    same(await page.getByLabel(say("Reason", "कारण")).inputValue(), "it rains", "what was typed");
    await accessible(page, `${view.name}-order-conflict`);
  });
  await step(page, named("of two who change its content, neither loses what only one of them changed"), async () => {
    const copy = await copyOf("EDIT");
    await page.goto(`${system.url}/orders/${copy.id}/edit`);
    await page.getByLabel(say("Notes", "टिप्पणी")).fill("call before noon");
    await page.getByLabel(say("Service", "सेवा"), { exact: true }).fill("express");
    await call(system, "PUT", `/v1/orders/${copy.id}`, { ...copy.content, service: "road", distance_km: "2150" }, copy.version);
    await page.getByRole("button", { name: say("Save", "सहेजें"), exact: true }).click();
    const conflict = page.locator("[data-conflict]");
    await conflict.getByText("2150").waitFor();
    await accessible(page, `${view.name}-order-edit-conflict`);
    await conflict.getByRole("button", { name: say("Save mine on theirs", "उनके ऊपर मेरा सहेजें") }).click();
    await page.waitForURL(`**/orders/${copy.id}`);
    const { content } = await call(system, "GET", `/v1/orders/${copy.id}`);
    same(`${content.notes} ${content.service} ${content.distance_km}`, "call before noon express 2150", "the content");
  });
  await step(page, named("goods that move although the order was cancelled are a conflict that somebody resolves"), async () => {
    const copy = await copyOf("GONE");
    const pro = `PRO77${number("GONE").replace("-", "")}`;
    const named = await call(system, "PUT", `/v1/orders/${copy.id}`, { ...copy.content, references: [{ kind: "pro", value: pro }] }, copy.version);
    await call(system, "POST", `/v1/orders/${copy.id}/cancel`, { reason: "not needed" }, named.version);
    await page.goto(`${system.url}/orders/${copy.id}`);
    await page.getByText("not needed").waitFor();
    await post(system, x12(pro, [["AF", "20261125", "1030"]]));
    const conflict = page.locator("[data-open-conflict]");
    await conflict.getByText("A carrier reports that the goods of this cancelled order move.").waitFor();
    if (view.name === "hi") await conflict.getByText("वाहक के अनुसार इस रद्द ऑर्डर का माल चल रहा है।").waitFor();
    await accessible(page, `${view.name}-order-moved`);
    await conflict.getByRole("textbox").fill("the driver turned back");
    await conflict.getByRole("button", { name: say("Resolve", "सुलझाएँ") }).click();
    await conflict.waitFor({ state: "detached" });
    await page.getByText("the driver turned back").first().waitFor();
  });
}

async function alone(walking) {
  const { page, context, system, view } = walking;
  const { named, say, number } = speaker(walking);
  const waits = page.getByRole("link", { name: say("1 order waits for the network", "1 ऑर्डर नेटवर्क की प्रतीक्षा में") });

  await step(page, named("an order that is placed without a network waits, says so, and is placed once when the network is back"), async () => {
    await page.goto(`${system.url}/orders/new`);
    await page.waitForURL("**/orders/new?draft=*");
    await fill(page, say, number("OFFLINE"));
    await context.setOffline(true);
    await page.getByRole("button", { name: say("Place the order", "ऑर्डर दें") }).click();
    await page.getByText(say("The order waits in this browser", "ऑर्डर इस ब्राउज़र में रुका है")).waitFor();
    await waits.waitFor();
    await accessible(page, `${view.name}-order-waits`);
    await context.setOffline(false);
    await waits.waitFor({ state: "detached" });
    await order(system, number("OFFLINE"));
  });
  await step(page, named("a change without a network waits, is saved once when the network is back, and shows both versions when somebody was first"), async () => {
    const made = await order(system, number("OFFLINE"));
    await page.goto(`${system.url}/orders/${made.id}/edit`);
    const save = page.getByRole("button", { name: say("Save", "सहेजें"), exact: true });
    const change = async (words) => {
      await page.getByLabel(say("Notes", "टिप्पणी")).fill(words);
      await context.setOffline(true);
      await save.click();
      await page.getByText(say("The change waits in this browser", "बदलाव इस ब्राउज़र में रुका है")).waitFor();
      await waits.waitFor();
    };
    await change("ring the bell");
    await accessible(page, `${view.name}-order-edit-waits`);
    await context.setOffline(false);
    await waits.waitFor({ state: "detached" });
    const saved = await call(system, "GET", `/v1/orders/${made.id}`);
    same(`${saved.content.notes} ${saved.version}`, `ring the bell ${made.version + 1}`, "the order");
    await page.goto(`${system.url}/orders/${made.id}/edit`);
    await change("ring twice");
    await call(system, "PUT", `/v1/orders/${made.id}`, { ...saved.content, service: "road" }, saved.version);
    await context.setOffline(false);
    await page.getByRole("link", { name: say("1 order waits for the network", "1 ऑर्डर नेटवर्क की प्रतीक्षा में") }).waitFor({ state: "detached" });
    await page.goto(`${system.url}/orders`);
    await page.locator("[data-draft=refused]").getByRole("link").click();
    await page.getByRole("alert").waitFor();
    await save.click();
    const conflict = page.locator("[data-conflict]");
    await conflict.getByText("road").waitFor();
    await conflict.getByRole("button", { name: say("Save mine on theirs", "उनके ऊपर मेरा सहेजें") }).click();
    await page.waitForURL(`**/orders/${made.id}`);
    const { content } = await call(system, "GET", `/v1/orders/${made.id}`);
    same(`${content.notes} ${content.service}`, "ring twice road", "the content");
  });
  await step(page, named("the last order is duplicated and lands in its form; what is begun there is found among the drafts"), async () => {
    await page.goto(`${system.url}/orders?q=${number("OFFLINE")}`);
    await page.getByRole("button", { name: say("Duplicate the last", "पिछले की प्रति") }).click();
    await page.waitForURL("**/orders/*/edit");
    await page.getByLabel(say("Notes", "टिप्पणी")).fill("begun, not saved");
    await page.goto(`${system.url}/orders`);
    const draft = page.locator("[data-draft=open]");
    await draft.getByRole("link").click();
    await page.waitForURL("**/orders/*/edit");
    same(await page.getByLabel(say("Notes", "टिप्पणी")).inputValue(), "begun, not saved", "what was begun");
    await page.getByRole("button", { name: say("Leave it as it was", "जैसा था रहने दें") }).click();
    await page.waitForURL(/orders\/[0-9a-f-]+$/);
    await page.goto(`${system.url}/orders`);
    await page.getByRole("heading", { name: say("Orders", "ऑर्डर"), level: 1 }).waitFor();
    same(await draft.count(), 0, "drafts left");
  });
}
