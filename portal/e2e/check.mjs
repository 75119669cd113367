// What every step of the walk checks with, and how it counts.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

export const results = { passed: 0, failed: [] };

export function ensure(truth, what) {
  if (!truth) throw new Error(what);
}

export function same(found, wanted, what) {
  ensure(found === wanted, `${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`);
}

/** Exactly so many, once the page has settled: what is still on its way is waited for, what leaves too. */
export async function counted(found, wanted) {
  if (wanted > 0) await found.nth(wanted - 1).waitFor({ state: "attached" });
  await found.nth(wanted).waitFor({ state: "detached" });
}

/** One step; a failed one is told with a picture and the walk goes on. */
export async function step(page, name, run) {
  const began = performance.now();
  try {
    await run();
    results.passed += 1;
    console.log(`ok      ${name} (${Math.round(performance.now() - began)} ms)`);
  } catch (error) {
    results.failed.push(name);
    console.log(`FAILED  ${name}: ${error instanceof Error ? error.message : error}`);
    await page.screenshot({ path: shot(`failed-${results.failed.length}`) }).catch(() => undefined);
  }
}

/** What the steps of a view are named, how they say something, and numbers of their own. */
export const speaker = ({ view }) => ({
  named: (what) => `${view.name}: ${what}`,
  say: (english, other) => (view.name === "hi" ? other : english),
  number: (name) => `${name}-${view.name.toUpperCase()}`,
});

export const shot = (name) => new URL(`../shots/${name}.png`, import.meta.url).pathname;

/** The addresses that `accessible` has looked at. */
const looked = new Set();

/** Every screen of the portal was looked at so; at `/sign-in` stands what stands at `/`. */
export function everyScreenIsAccessible() {
  const features = new URL("../src/features/", import.meta.url);
  const routes = readdirSync(features).map((name) => new URL(`${name}/routes.ts`, features)).filter((file) => existsSync(file)).map((file) => readFileSync(file, "utf8"));
  const paths = routes.flatMap((source) => [...source.matchAll(/path: "([^"]+)"/g)].map((match) => match[1])).filter((path) => path !== "/sign-in");
  ensure(paths.length > 30, `only ${paths.length} screens are known`);
  // A screen's own address is none of another's parameter: `/orders/new` is no order.
  const fits = (path) => [...looked].some((one) => (paths.includes(one) ? one === path : new RegExp(`^${path.replace(/\$\w+/g, "[^/]+")}$`).test(one)));
  const missed = paths.filter((path) => !fits(path));
  ensure(missed.length === 0, `axe has not seen ${missed.join(", ")}`);
}

/** No violation of WCAG 2.2 AA in either theme, and nothing wider than the window. */
export async function accessible(page, name) {
  looked.add(new URL(page.url()).pathname);
  for (const theme of ["light", "dark"]) {
    await page.evaluate((value) => {
      document.documentElement.dataset.theme = value;
    }, theme);
    // `evaluate` runs in the debugger's name, which the content security policy does not bind.
    if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
    const found = await page.evaluate((tags) => window.axe.run(document, { runOnly: tags }), TAGS);
    const lines = found.violations.map((one) => `${one.id} at ${one.nodes.map((node) => `${node.target.join(" ")} ${node.any[0]?.message ?? ""}`).slice(0, 3).join("; ")}`);
    ensure(lines.length === 0, `${theme}: ${lines.join(" | ")}`);
    if (process.env.SHOTS) await page.screenshot({ path: shot(`${name}-${theme}`) });
  }
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  ensure(wide <= 0, `the page is ${wide} px wider than the window`);
}
