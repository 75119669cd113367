// Who has nothing yet, who may only look, and what is shown when the server fails.
import { accessible, ensure, same, step } from "../check.mjs";
import { signIn } from "./session.mjs";

export async function walk({ page, system, view }) {
  if (view.name !== "en") return;
  const signOut = () => page.getByRole("button", { name: "Sign out" }).click();

  await step(page, "a server's failure is told with what next and a trace, and another attempt mends it", async () => {
    const body = JSON.stringify({ type: "/docs/problems/internal", title: "Internal", status: 500, code: "internal", detail: "The request met a defect." });
    const headers = { "caravan-trace": "0123456789abcdef0123456789abcdef" };
    // What happens meanwhile would have the page look again by itself, before it is asked to.
    await page.route("**/v1/stream", (route) => route.abort());
    await page.route("**/v1/exceptions?*", (route) => route.fulfill({ status: 500, contentType: "application/problem+json", headers, body }));
    await page.goto(`${system.url}/exceptions`);
    const alert = page.getByRole("alert");
    await alert.waitFor();
    const told = await alert.textContent();
    ensure(told.includes("The request met a defect.") && told.includes(headers["caravan-trace"]) && told.includes("operator"), `it tells ${told}`);
    await accessible(page, "en-failure");
    await page.unroute("**/v1/exceptions?*");
    await alert.getByRole("button", { name: "Try again" }).click();
    await alert.waitFor({ state: "detached" });
    await page.unroute("**/v1/stream");
  });
  await step(page, "who may only look sees no action", async () => {
    await signOut();
    await signIn(page, system, undefined, "viewer@demo.example");
    await page.getByText("· Viewer").waitFor();
    await page.goto(`${system.url}/exceptions`);
    const row = page.getByRole("button", { name: "PRODEMO1005" });
    await row.click();
    await page.getByText("Your role may look, but not change.").waitFor();
    same(await page.getByRole("checkbox").count(), 0, "checkboxes");
    // The others are known by their names, and by no more.
    await page.goto(`${system.url}/exceptions?status=resolved`);
    await page.getByRole("button", { name: "TROUBLEEN1" }).click();
    const history = page.getByRole("region", { name: "TROUBLEEN1" }).locator("li");
    await history.getByText("Asha Rao").first().waitFor();
    ensure(!(await history.allTextContents()).join().includes("user/"), "somebody has no name");
    await page.goto(`${system.url}/messages?status=rejected`);
    await page.getByRole("link", { name: "demo-rejected.edi" }).click();
    await page.getByRole("link", { name: "Download" }).first().waitFor();
    same(await page.getByRole("button", { name: "Replay…" }).count(), 0, "replay buttons");
  });
  await step(page, "a company without anything is told how to begin, and sees nothing of another's", async () => {
    await signOut();
    await signIn(page, system, undefined, "owner@neighbour.example");
    await page.getByText("Neighbour Mills").waitFor();
    for (const [path, words] of [["", "No shipments yet"], ["shipments", "No shipments yet"], ["exceptions", "Nothing needs attention here"], ["messages", "No messages yet"], ["orders", "No orders yet"]]) {
      await page.goto(`${system.url}/${path}`);
      await page.getByText(words).waitFor();
      await accessible(page, `en-empty-${path || "home"}`);
    }
    await page.goto(`${system.url}/shipments/PRODEMO1005`);
    await page.getByRole("alert").waitFor();
  });
}
