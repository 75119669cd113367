// Who belongs to several companies goes over from one to the other, and takes nothing along.
import { accessible, ensure, same, step } from "../check.mjs";
import { signIn } from "./session.mjs";

const EMAIL = "operations@demo.example";

export async function walk({ page, system, view }) {
  if (view.name !== "en") return;
  const signOut = () => page.getByRole("button", { name: "Sign out" }).click();

  await step(page, "whoever belongs to two companies goes over to the other, and sees nothing of the first there", async () => {
    await signOut();
    await signIn(page, system, undefined, "owner@neighbour.example");
    await page.getByText("Neighbour Mills").waitFor();
    const invited = await page.evaluate(async (email) => {
      const headers = { "content-type": "application/json", "caravan-csrf": "1" };
      const answer = await fetch("/v1/users", { method: "POST", headers, body: JSON.stringify({ email, name: "Ravi", role: "viewer" }) });
      return answer.json();
    }, EMAIL);
    const headers = { "content-type": "application/json", "caravan-csrf": "1" };
    const accepted = await fetch(`${system.url}/v1/invitations/accept`, { method: "POST", headers, body: JSON.stringify({ token: invited.token, password: system.password }) });
    ensure(accepted.ok, `the invitation was answered ${accepted.status}: ${await accepted.clone().text()}`);
    await signOut();
    await signIn(page, system, undefined, EMAIL);
    const company = page.getByRole("combobox", { name: "Company" });
    await company.waitFor();
    const there = (await company.locator("option:checked").textContent()) === "Demo Traders" ? "Neighbour Mills" : "Demo Traders";
    await accessible(page, "en-companies");
    const arrived = page.waitForResponse((answer) => answer.url().endsWith("/v1/me") && answer.ok());
    await company.selectOption({ label: there });
    await arrived;
    await page.goto(`${system.url}/shipments`);
    await company.waitFor();
    same(await company.locator("option:checked").textContent(), there, "the company");
    if (there === "Neighbour Mills") await page.getByText("No shipments yet").waitFor();
    else await page.locator("tbody tr[aria-rowindex]").first().waitFor();
  });
}
