// Exceptions: grouped, acted on one by one and in bulk; when two people act at once, both versions are shown.
import { accessible, ensure, same, step } from "../check.mjs";
import { post, x12 } from "./facts.mjs";

/** A shipment whose carrier reports trouble: `A9` is an exception of X12's list. */
export const trouble = (system, reference) => post(system, x12(reference, [["AF", "20261121", "1030"], ["A9", "20261124", "1030"]]));

export async function exceptionOf(system, reference) {
  const headers = { authorization: `Bearer ${system.key}` };
  const answer = await fetch(`${system.url}/v1/exceptions?reference=${reference}`, { headers });
  return (await answer.json()).items[0];
}

export async function walk({ page, system, view }) {
  const named = (what) => `${view.name}: ${what}`;
  const hindi = view.name === "hi";
  const say = (english, other) => (hindi ? other : english);
  const [one, two, three] = [1, 2, 3].map((n) => `TROUBLE${view.name.toUpperCase()}${n}`);

  await step(page, named("what is wrong is grouped by cause"), async () => {
    for (const reference of [one, two, three]) await trouble(system, reference);
    await page.goto(`${system.url}/exceptions`);
    for (const reference of [one, two, three]) await page.getByRole("button", { name: reference }).waitFor();
    await page.getByRole("heading", { level: 2 }).nth(1).waitFor();
    await accessible(page, `${view.name}-exceptions`);
  });
  await step(page, named("one is opened, taken and commented on"), async () => {
    await page.getByRole("button", { name: one }).click();
    await page.waitForURL("**/exceptions?id=*");
    const detail = page.getByRole("region", { name: one });
    await detail.getByRole("button", { name: say("Assign", "सौंपें") }).first().click();
    await detail.locator("button[type=submit]").click();
    await detail.locator("dd").getByText("owner@demo.example").waitFor();
    await detail.getByRole("button", { name: say("Comment", "टिप्पणी") }).first().click();
    await detail.getByRole("textbox").fill("<b>called the carrier</b>");
    await detail.locator("button[type=submit]").click();
    await detail.locator("li").getByText("<b>called the carrier</b>").waitFor();
    await accessible(page, `${view.name}-exception`);
  });
  await step(page, named("two who act at once see both versions"), async () => {
    const detail = page.getByRole("region", { name: one });
    await detail.getByRole("button", { name: say("Resolve", "सुलझाएँ") }).first().click();
    await detail.getByRole("textbox").fill("agreed by phone");
    const now = await exceptionOf(system, one);
    // The other one's change is kept from this page until it has sent its own.
    await page.route("**/v1/exceptions/*", (route) => (route.request().method() === "GET" ? undefined : route.continue()));
    const headers = { authorization: `Bearer ${system.key}`, "content-type": "application/json", "if-match": `"${now.version}"` };
    const other = await fetch(`${system.url}/v1/exceptions/${now.id}`, { method: "POST", headers, body: JSON.stringify({ action: "assign", owner: "somebody else" }) });
    same(other.status, 200, "the other's change");
    await detail.locator("button[type=submit]").click();
    const conflict = detail.locator("[data-conflict]");
    await conflict.waitFor();
    await page.unroute("**/v1/exceptions/*");
    const told = await conflict.textContent();
    ensure(told.includes("owner@demo.example") && told.includes("somebody else"), `the conflict tells ${told}`);
    same(await detail.getByRole("textbox").inputValue(), "agreed by phone", "what was typed");
    await accessible(page, `${view.name}-conflict`);
    await conflict.getByRole("button", { name: say("Do it all the same", "फिर भी करें") }).click();
    await detail.getByRole("button", { name: say("Reopen", "फिर खोलें") }).first().waitFor();
    same((await exceptionOf(system, one)).status, "resolved", "the exception");
  });
  await step(page, named("many are resolved at once, by a reason"), async () => {
    await page.goto(`${system.url}/exceptions`);
    for (const reference of [two, three]) await page.getByRole("checkbox", { name: reference }).check();
    const bulk = page.getByRole("region", { name: say("2 marked", "2 चुने") });
    await bulk.getByRole("button", { name: say("Resolve", "सुलझाएँ") }).first().click();
    await bulk.getByRole("textbox").fill("one truck, one cause");
    await accessible(page, `${view.name}-bulk`);
    await bulk.locator("button[type=submit]").click();
    await page.locator("[data-bulk]").waitFor();
    for (const reference of [two, three]) {
      const { status, resolution } = await exceptionOf(system, reference);
      same(`${status}: ${resolution}`, "resolved: one truck, one cause", reference);
    }
    await page.getByRole("button", { name: two }).waitFor({ state: "detached" });
  });
}
