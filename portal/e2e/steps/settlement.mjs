// Settlement: bills by what is to be done, one that is wrong from its clause and its bytes to what came back, contracts from a workbook.
import { accessible, counted, ensure, same, speaker, step } from "../check.mjs";
import { call, order } from "../api.mjs";
import { HOSTILE, post, x12 } from "./facts.mjs";

/** What the demo's contract says for its orders: 820 kg at 11.50. */
const AGREED = "9430.00";

export async function walk(walking) {
  const pro = await delivered(walking.system, speaker(walking).number("BILLED-7"));
  await compared(walking, pro);
  await disputed(walking, pro);
  await noted(walking);
  await together(walking, pro);
  await contracts(walking);
}

/** An order of the demo's carrier that was delivered; gives the carrier's number. */
async function delivered(system, number) {
  const { id } = await order(system, "DEMO-1006");
  const copy = await call(system, "POST", `/v1/orders/${id}/duplicate`, { number });
  const pro = `PRO${number.replaceAll("-", "")}`;
  const life = [
    ["approve", {}],
    ["assign", {}],
    ["tender", { respond_within_min: 240 }],
    ["answer", { answer: "accepted", carrier_reference: pro }],
    ["dispatch", { lr_number: `LR-${number}`, vehicle: "DL 01 AB 1234", pro }],
  ];
  for (const [act, body] of life) await call(system, "POST", `/v1/orders/${copy.id}/${act}`, body);
  await post(system, x12(pro, [["AF", "20261121", "1030"], ["D1", "20261124", "1030"]]));
  return pro;
}

let control = 7100;

/** A 210 of the demo's carrier; each charge is `[amount, code]`, and the carriage itself has no code. */
function x12Bill(number, pro, charges, correction = "") {
  control += 1;
  const id = String(control).padStart(9, "0");
  const paise = (amount) => amount.replace(".", "");
  const total = charges.reduce((sum, [amount]) => sum + BigInt(paise(amount)), 0n);
  const body = [
    "ST*210*0001",
    `B3**${number}*${number}*PP**20261125*${total}*${correction}***DEMO`,
    "C3*INR",
    `N9*CN*${pro}`,
    ...charges.flatMap(([amount, code], index) => [`LX*${index + 1}`, `L1*${index + 1}***${paise(amount)}${code ? `****${code}` : ""}`]),
  ];
  return [
    `ISA*00*          *00*          *02*DEMO           *ZZ*CARAVAN-DEMO   *261126*1200*U*00401*${id}*0*T*>`,
    `GS*IM*DEMO*CARAVAN-DEMO*20261126*1200*${control}*X*004010`,
    ...body,
    `SE*${body.length + 1}*0001`,
    `GE*1*${control}`,
    `IEA*1*${id}`,
    "",
  ].join("~\n");
}

/** The bill of a number, as it is now. */
async function billOf(system, number) {
  const { items } = await call(system, "GET", `/v1/freight-invoices?number=${number}`);
  same(items.length, 1, `bills ${number}`);
  return call(system, "GET", `/v1/freight-invoices/${items[0].id}`);
}

/** Waits until the list tells that the bill of a number stands so, without a reload. */
async function listed({ page, system }, number, standing) {
  await page.goto(`${system.url}/settlement?number=${number}`);
  await page.getByRole("row", { name: number }).getByText(standing).waitFor();
}

/** A bill by the API, of the carriage alone. */
async function typed(walking, number, pro, total, standing) {
  const lines = [{ description: "Linehaul", amount: total }];
  await call(walking.system, "POST", "/v1/freight-invoices", { carrier: "DEMO", number, currency: "INR", total, billed_date: "2026-11-25", references: [{ kind: "pro", value: pro }], lines });
  await listed(walking, number, standing);
}

async function compared(walking, pro) {
  const { page, system, view } = walking;
  const { named, say, number } = speaker(walking);

  await step(page, named("bills are in piles by what is to be done, filtered, found by their number"), async () => {
    await post(system, x12Bill(number("WRONG"), pro, [["11250.00"], ["500.00", "FUE"]]));
    await listed(walking, number("WRONG"), say("Does not agree", "मेल नहीं खाता"));
    const bill = await billOf(system, number("WRONG"));
    await page.goto(`${system.url}/settlement`);
    await page.locator("tbody tr[aria-rowindex]").first().waitFor();
    await accessible(page, `${view.name}-bills`);
    await page.locator("[data-pile=disputed]").click();
    await page.waitForURL("**/settlement?status=open&outcome=disputed");
    await page.getByRole("link", { name: number("WRONG") }).waitFor();
    await page.getByRole("combobox", { name: say("State", "स्थिति"), exact: true }).selectOption("settled");
    await page.getByRole("link", { name: number("WRONG") }).waitFor({ state: "detached" });
    await page.getByRole("button", { name: say("Clear the filters", "फ़िल्टर हटाएँ") }).click();
    await page.keyboard.press("/");
    await page.getByRole("search").getByRole("textbox").fill(number("WRONG"));
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/settlement?number=${number("WRONG")}`);
    await page.getByRole("link", { name: number("WRONG") }).click();
    await page.waitForURL(`**/settlement/bills/${bill.id}`);
  });
  await step(page, named("a wrong bill is compared line by line, down to the clause and the segment"), async () => {
    const sides = page.locator("[data-sides]");
    const row = (name) => page.getByRole("row", { name });
    const told = await row(say("Linehaul", "मुख्य भाड़ा")).textContent();
    ensure(["₹11,250.00", "₹9,430.00", "₹1,820.00"].every((amount) => told.includes(amount)), `the row tells ${told}`);
    await sides.getByText("₹11.50").waitFor();
    await sides.getByText(say("Delivered", "पहुँचा")).first().waitFor();
    await accessible(page, `${view.name}-bill`);
    await row(say("Fuel", "ईंधन")).getByRole("button").click();
    await sides.getByText(say("Nothing was agreed for this charge.", "इस शुल्क के लिए कुछ तय नहीं था।")).waitFor();
    await row(say("Linehaul", "मुख्य भाड़ा")).getByRole("button").click();
    await sides.getByText(say(/^lane 1 from /, /^मार्ग 1: /)).first().waitFor();
    await sides.getByRole("link", { name: say("contract version 1, line 1", "अनुबंध संस्करण 1, पंक्ति 1") }).first().click();
    await page.locator("[data-marked]").getByText("₹11.50").waitFor();
    await accessible(page, `${view.name}-contract`);
    await page.goBack();
    await sides.getByRole("region", { name: say("The bill says", "बिल कहता है") }).getByRole("link").click();
    await page.waitForURL("**/messages/*from=*");
    await page.locator("pre [data-marked]").getByText("L1*1***1125000").waitFor();
    await page.goBack();
  });
}

/** What was brought back so far, in rupees. */
async function recovered(system) {
  const all = await call(system, "GET", "/v1/freight-invoices/recovered");
  return Number(all.find((one) => one.currency === "INR")?.amount ?? 0);
}

/** Waits until the screen says that so much was brought back. */
async function tellsRecovered({ page, system }, amount) {
  await page.goto(`${system.url}/settlement`);
  const text = new Intl.NumberFormat("en-IN", { style: "currency", currency: "INR" }).format(amount);
  await page.locator("[data-recovered]").getByText(text, { exact: true }).waitFor();
}

async function disputed(walking, pro) {
  const { page, system, view } = walking;
  const { named, say, number } = speaker(walking);
  const wrong = number("WRONG");
  const next = page.getByRole("region", { name: say("What to do next", "आगे क्या करना है") });
  const thread = page.getByRole("region", { name: say("Disputes", "विवाद") });
  let before = 0;

  await step(page, named("it is disputed with the documents that show why"), async () => {
    before = await recovered(system);
    const bill = await billOf(system, wrong);
    await page.goto(`${system.url}/settlement/bills/${bill.id}`);
    await next.getByRole("button", { name: say("Dispute…", "विवाद करें…") }).click();
    const form = page.getByRole("form", { name: say("Dispute…", "विवाद करें…") });
    same(await form.getByLabel(say("What is wrong", "क्या गलत है")).inputValue(), "rate", "what it is about");
    await form.getByLabel(say("What you tell the carrier", "आप वाहक से क्या कहते हैं")).fill(HOSTILE);
    await form.getByRole("checkbox", { name: say("The bill, version 1", "बिल, संस्करण 1") }).check();
    await form.getByRole("checkbox", { name: say(/^Message: .*Delivered/, /^संदेश: .*पहुँचा/) }).check();
    await accessible(page, `${view.name}-dispute`);
    await form.getByRole("button", { name: say("Open the dispute", "विवाद शुरू करें") }).click();
    await thread.getByText(HOSTILE).waitFor();
    await counted(thread.getByRole("link"), 2);
    ensure((await thread.textContent()).includes("Asha Rao"), "the thread does not name who said it");
    await page.locator("main p").first().getByText(say("In dispute", "विवाद में")).waitFor();
  });
  await step(page, named("the carrier's reply is kept in the thread, its corrected bill compared, the dispute resolved"), async () => {
    const reply = page.getByRole("form", { name: say("Add to the thread", "बातचीत में जोड़ें") });
    await reply.getByRole("radio", { name: say("The carrier", "वाहक") }).check();
    await reply.getByRole("textbox", { name: say("Words", "शब्द") }).fill("You are right: a corrected bill follows.");
    await reply.getByRole("button", { name: say("Add to the thread", "बातचीत में जोड़ें") }).click();
    await thread.getByRole("listitem").filter({ hasText: say("The carrier ·", "वाहक ·") }).getByText("a corrected bill follows").waitFor();
    await accessible(page, `${view.name}-disputed`);
    await post(system, x12Bill(wrong, pro, [[AGREED]], "CO"));
    await page.getByText(say("Version 2", "संस्करण 2"), { exact: true }).first().waitFor();
    const resolve = page.getByRole("form", { name: say("Resolve", "सुलझाएँ") });
    await resolve.getByRole("textbox").fill("as the contract says");
    await resolve.getByRole("button", { name: say("Resolve", "सुलझाएँ") }).click();
    await thread.getByText("as the contract says").waitFor();
    await next.getByText(say("it can be approved as it is", "इसे ऐसे ही स्वीकृत किया जा सकता है")).waitFor();
    await tellsRecovered(walking, before + 2320);
  });
}

async function noted(walking) {
  const { page, system, view } = walking;
  const { named, say, number } = speaker(walking);
  const next = page.getByRole("region", { name: say("What to do next", "आगे क्या करना है") });

  await step(page, named("it is approved, a credit and a debit note are booked on it, and the money that came back is told"), async () => {
    const before = await recovered(system);
    const bill = await billOf(system, number("WRONG"));
    await page.goto(`${system.url}/settlement/bills/${bill.id}`);
    await next.getByRole("button", { name: say("Approve", "स्वीकृत करें") }).click();
    await page.getByRole("region", { name: say("Approvals", "स्वीकृतियाँ") }).getByText("₹9,430.00").first().waitFor();
    const form = page.getByRole("form", { name: say("Book a note…", "नोट दर्ज करें…") });
    for (const [kind, note, amount] of [[say("Credit note", "क्रेडिट नोट"), number("CN"), "30.00"], [say("Debit note", "डेबिट नोट"), number("DN"), "12.50"]]) {
      await next.getByRole("button", { name: say("Book a note…", "नोट दर्ज करें…") }).click();
      await form.getByRole("radio", { name: kind }).check();
      await form.getByLabel(say("Its number", "उसका नंबर")).fill(note);
      await form.getByLabel(say("Amount in INR", "राशि INR में")).fill(amount);
      await form.getByLabel(say("Reason", "कारण")).fill("a pallet came back");
      if (note === number("DN")) await accessible(page, `${view.name}-note`);
      await form.getByRole("button", { name: say("Book it", "दर्ज करें") }).click();
      await page.getByRole("region", { name: say("Notes", "नोट"), exact: true }).getByText(`${kind} ${note}`).waitFor();
    }
    const postings = say("Postings in the ledger", "खाता बही की प्रविष्टियाँ");
    await page.getByText(postings).click();
    const ledger = page.locator("details").filter({ hasText: postings });
    await ledger.getByText(`credit note ${number("CN")}`).waitFor();
    await ledger.getByText(`debit note ${number("DN")}`).waitFor();
    if (view.name === "hi") {
      await ledger.getByText("बिल पर वाहक का नोट दर्ज हुआ।").first().waitFor();
      await ledger.getByText("वाहकों को देय").first().waitFor();
    }
    await accessible(page, `${view.name}-bill-approved`);
    await tellsRecovered(walking, before + 30);
  });
}

async function together(walking, pro) {
  const { page, system, view } = walking;
  const { named, say, number } = speaker(walking);
  // Other amounts for the same goods: the same one would be a duplicate.
  const bills = [[number("ONE"), "9431.00", say("Within tolerance", "छूट के भीतर")], [number("TWO"), "9999.00", say("Does not agree", "मेल नहीं खाता")]];

  await step(page, named("bills are approved together, one that does not agree for a reason"), async () => {
    for (const [name, total, standing] of bills) await typed(walking, name, pro, total, standing);
    await page.goto(`${system.url}/settlement?status=open`);
    for (const [name] of bills) await page.getByRole("checkbox", { name }).check();
    const bulk = page.getByRole("region", { name: say("2 bills marked", "2 बिल चुने") });
    await bulk.getByText("₹19,430.00").waitFor();
    const approve = bulk.getByRole("button", { name: say("Approve 2 bills", "2 बिल स्वीकृत करें") });
    ensure(await approve.isDisabled(), "one that does not agree can be approved without a reason");
    await bulk.getByRole("textbox").fill("agreed by phone");
    await accessible(page, `${view.name}-bills-marked`);
    await approve.click();
    await page.locator("[data-bulk]").getByText(say("2 bills approved", "2 बिल स्वीकृत")).waitFor();
    same((await billOf(system, number("TWO"))).approvals[0].reason, "agreed by phone", "the reason");
  });
  await step(page, named("what is approved is handed over once, with its file"), async () => {
    await page.getByRole("link", { name: say("Hand-overs", "सुपुर्दगी") }).click();
    const make = page.getByRole("region", { name: say("Hand over", "सुपुर्द करें") });
    await make.getByText(say("3 approved bills wait", "3 स्वीकृत बिल")).waitFor();
    await make.getByRole("button", { name: say("Hand over", "सुपुर्द करें") }).click();
    const file = make.getByRole("status").getByRole("link", { name: say("CSV file", "CSV फ़ाइल") });
    await file.waitFor();
    await accessible(page, `${view.name}-hand-overs`);
    const headers = { authorization: `Bearer ${system.key}` };
    const rows = (await (await fetch(new URL(await file.getAttribute("href"), system.url), { headers })).text()).trim().split("\n");
    // The header, three bills, and the notes on the first.
    same(rows.length, 6, "rows of the file");
    await make.getByRole("button", { name: say("Hand over", "सुपुर्द करें") }).click();
    await make.getByRole("alert").getByText(say("No approved bill or note waits", "सौंपने के लिए कोई स्वीकृत बिल नहीं है।")).waitFor();
  });
}

async function contracts(walking) {
  const { page, system, view } = walking;
  const { named, say, number } = speaker(walking);
  const name = `Imported ${number("C")}`;
  const rates = [
    "carrier,name,currency,valid_from,origin_region,destination_region,up_to,per,amount",
    `HIND,${name},INR,2026-01-01,MH,TN,500,kg,12.50`,
    `HIND,${name},INR,2026-01-01,MH,TN,,kg,10.00`,
    `HIND,Another,INR,2026-01-01,MH,TN,,kg,ten`,
    `HIND,Another,INR,2026-01-01,MH,KA,,,10.00`,
  ].join("\n");

  await step(page, named("rates from a workbook are tried, made a draft, and published"), async () => {
    await page.goto(`${system.url}/settlement/contracts`);
    await page.getByRole("heading", { name: "Demo road" }).waitFor();
    await page.getByText(say("Import rates from a workbook", "वर्कबुक से दरें लाएँ")).click();
    await page.getByLabel(say("Workbook or CSV", "वर्कबुक या CSV")).setInputFiles({ name: "rates.csv", mimeType: "text/csv", buffer: Buffer.from(rates) });
    await page.getByRole("button", { name: say("Try it first", "पहले परखें") }).click();
    const report = page.locator("[data-report]");
    await report.getByText(say("It would make 1 draft.", "इससे 1 मसौदा बनेगा।")).waitFor();
    await report.getByText(say("Row 4", "पंक्ति 4")).waitFor();
    await report.getByText(say("Row 5: per is empty; fill it in.", "पंक्ति 5: एक ज़रूरी सेल खाली है; उसे भरें।")).waitFor();
    if (view.name === "hi") await report.getByText("संख्या 12.50 की तरह लिखें").waitFor();
    await accessible(page, `${view.name}-contracts`);
    await page.getByRole("button", { name: say("Make 1 draft", "1 मसौदा बनाएँ") }).click();
    await report.getByRole("link", { name: say("Open the draft", "मसौदा खोलें") }).click();
    await page.getByText("₹12.50").waitFor();
    await page.getByText(say("up to 500 kg", "500 किग्रा तक")).waitFor();
    await accessible(page, `${view.name}-draft`);
    await page.getByRole("button", { name: say("Publish", "प्रकाशित करें") }).click();
    await page.locator("main p").first().getByText(say(/^published /, /^प्रकाशित /)).waitFor();
    same(await page.getByRole("button", { name: say("Publish", "प्रकाशित करें") }).count(), 0, "ways to publish it again");
  });
}
