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

const UNTIL_MS = 15_000;

/** Waits until `truth` says so, which may itself wait for the browser: `waitForFunction` takes a promise for a yes. */
export async function until(page, truth, given) {
  const end = performance.now() + UNTIL_MS;
  while (!(await page.evaluate(truth, given))) {
    ensure(performance.now() < end, `not so within ${UNTIL_MS} ms: ${truth}`);
    await page.waitForTimeout(50);
  }
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
    // The steps behind it have a network, whatever this one had.
    await page.context().setOffline(false).catch(() => undefined);
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

/** Names that are written in Latin letters in Hindi too. */
const NAMES = /\b(Caravan|Excel|OpenDocument|Enter|Incoterms|PostgreSQL|Kafka|Natural Earth|Esc|Webhook)\b/g;
/** Texts in Latin letters on pages in Hindi, each with the first screen that has it. */
const english = new Map();

/** Keeps what stands in English on a page in Hindi: what is neither data (`bdi`, or in no language), nor an identifier (`code`, an
 * example of one in an empty field), nor marked as English. */
async function readHindi(page, name) {
  const texts = await page.evaluate(() => {
    if (document.documentElement.lang !== "hi") return [];
    const aside = "[lang=en], [lang=''], code, pre, kbd, bdi, textarea, script, style";
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) if (!walker.currentNode.parentElement.closest(aside)) found.push(walker.currentNode.textContent.trim());
    for (const element of document.querySelectorAll("[placeholder], [title], [aria-label]")) {
      if (!element.closest(aside)) found.push(...["title", "aria-label", "placeholder"].map((one) => element.getAttribute(one) ?? "").filter((text, at) => at < 2 || text.includes(" ")));
    }
    return found;
  });
  // A text in Devanagari may name something in Latin letters.
  for (const text of texts) if (/[a-z]{3,}/.test(text.replace(NAMES, "")) && !/[\u0900-\u097f]/.test(text) && !english.has(text)) english.set(text, name);
}

/** Nothing that `accessible` saw in Hindi was in English. */
export function everythingWasInHindi() {
  const lines = [...english].map(([text, name]) => `${name}: ${text.slice(0, 100)}`);
  ensure(lines.length === 0, `in English:\n${lines.join("\n")}`);
}

/** No violation of WCAG 2.2 AA in either theme, nothing wider than the window, and in Hindi nothing in English. */
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
  await readHindi(page, name);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  ensure(wide <= 0, `the page is ${wide} px wider than the window`);
}
