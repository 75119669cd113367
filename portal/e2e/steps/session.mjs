// Signing in, the shell, a session that ends while something is typed, signing out.
import { accessible, ensure, same, step } from "../check.mjs";

const text = {
  en: { email: "Email", password: "Password", signIn: "Sign in", wrong: "wrong", signOut: "Sign out", again: "Your session has ended", role: "Owner" },
  hi: { email: "ईमेल", password: "पासवर्ड", signIn: "साइन इन करें", wrong: "गलत", signOut: "साइन आउट", again: "आपका सत्र समाप्त हो गया", role: "स्वामी" },
};
const wordsOf = (view) => text[view.name] ?? text.en;

export async function signIn(page, system, words = text.en, email = "owner@demo.example") {
  await page.getByLabel(words.email).fill(email);
  await page.getByLabel(words.password).fill(system.password);
  await page.getByRole("button", { name: words.signIn }).click();
}

export async function walk({ page, context, system, view }) {
  const words = wordsOf(view);
  const named = (what) => `${view.name}: ${what}`;

  await step(page, named("the first page asks to sign in, under a strict policy"), async () => {
    const answer = await page.goto(`${system.url}/shipments?status=delivered`);
    const policy = answer.headers()["content-security-policy"];
    ensure(policy.includes("script-src 'self';") && !policy.includes("unsafe"), `the policy is ${policy}`);
    await page.getByLabel(words.email).waitFor();
    await accessible(page, `${view.name}-sign-in`);
  });
  await step(page, named("a wrong password is told in the user's language"), async () => {
    await page.getByLabel(words.email).fill("owner@demo.example");
    await page.getByLabel(words.password).fill("not the password");
    await page.getByRole("button", { name: words.signIn }).click();
    ensure((await page.getByRole("alert").textContent()).includes(words.wrong), "the alert says something else");
  });
  await step(page, named("signing in leads to the page that was asked for, with company and role"), async () => {
    await signIn(page, system, words);
    await page.getByText("Demo Traders").waitFor();
    await page.getByText(`· ${words.role}`).first().waitFor();
    same(new URL(page.url()).search, "?status=delivered", "the address");
  });
  await step(page, named("a session that ends while something is typed loses nothing"), async () => {
    const field = page.getByRole("search").getByRole("textbox");
    await field.fill("typed before it ended");
    await context.clearCookies();
    await page.getByRole("combobox").nth(1).selectOption({ index: 2 });
    await page.getByRole("dialog").getByText(words.again).waitFor();
    await accessible(page, `${view.name}-expired`);
    await signIn(page, system, words);
    await page.getByRole("dialog").waitFor({ state: "detached" });
    same(await field.inputValue(), "typed before it ended", "what was typed");
  });
}

export async function end({ page, view, wrong }) {
  const words = wordsOf(view);
  await step(page, `${view.name}: signing out asks to sign in again`, async () => {
    await page.getByRole("button", { name: words.signOut }).click();
    await page.getByLabel(words.email).waitFor();
    same(wrong.join("\n"), "", "what the browser complained about");
  });
}
