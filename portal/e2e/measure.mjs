// What the portal's speed is: `npm run measure` beside nothing else, against target/release/caravan. Prints a table for docs/performance.md.
// Behind `--` come the parts that are wanted, of start, change, scroll and memory; else all.
//
// Answers are the running system's, but for the long table: its 100,000 rows are answers made here, in pages as the portal asks for them.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { call } from "./api.mjs";
import { alone } from "./devtools.mjs";
import { post, x12 } from "./steps/facts.mjs";
import { signIn } from "./steps/session.mjs";
import { browser, caravan } from "./system.mjs";

const wanted = process.argv.slice(2);
const part = (name) => wanted.length === 0 || wanted.includes(name);
/** How often each of the short ones is measured. */
const RUNS = 10;
const ROWS = 100_000;
const SLOWED = 4;
/** How long live updates are watched, in minutes; two facts a second. */
const MINUTES = Number(process.env.MINUTES ?? 10);
const FACT_MS = 500;
/** A main thread that had nothing long to do for so long is free. */
const QUIET_MS = 1_000;
/** A browser that was opened so long ago has done what it does at its own start. */
const SETTLED_MS = 3_000;

const figures = [];
const told = (what, found, target, met) => {
  figures.push(`| ${what} | ${found} | ${target} | ${met === undefined ? "" : met ? "met" : "missed"} |`);
  console.log(figures[figures.length - 1]);
};
const sorted = (values) => [...values].sort((a, b) => a - b);
const middle = (values) => sorted(values)[Math.floor(values.length / 2)];
const most = (values) => Math.max(...values);
const ms = (value) => `${Math.round(value)} ms`;

/** In the page, before anything of it runs: long tasks, and when something is first there. */
function watch() {
  window.longTasks = [];
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) window.longTasks.push([task.startTime, task.duration]);
  }).observe({ type: "longtask", buffered: true });
  window.seen = (selector, text) =>
    new Promise((resolve) => {
      const there = () => [...document.querySelectorAll(selector)].some((one) => text === undefined || one.textContent === text);
      const look = () => {
        if (!there()) return false;
        // The frame that shows it has been drawn when the task after the next frame runs.
        requestAnimationFrame(() => {
          const channel = new MessageChannel();
          channel.port1.onmessage = () => resolve(performance.now());
          channel.port2.postMessage(0);
        });
        return true;
      };
      if (look()) return;
      const observer = new MutationObserver(() => {
        if (look()) observer.disconnect();
      });
      observer.observe(document, { childList: true, subtree: true, characterData: true });
    });
}

/** In the page: when something is drawn and the main thread is free, in milliseconds since the start of the navigation. */
async function free([selector, quiet]) {
  let end = await window.seen(selector);
  for (;;) {
    const after = window.longTasks.map(([start, duration]) => start + duration);
    end = Math.max(end, ...after);
    const left = end + quiet - performance.now();
    if (left <= 0) return end;
    await new Promise((resolve) => setTimeout(resolve, left));
  }
}

const COUNTS = "[data-count]";
const FORM = "input[type=email]";

/** One visit with the profile of `folder`, by a browser that has been open for a while, as whoever opens a page has it. */
async function visit(folder, rate, walk) {
  const chromium = await alone(folder);
  const tab = await chromium.tab(watch);
  await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
  await tab.slow(rate);
  const interactive = (selector) => tab.value(`(${free})(${JSON.stringify([selector, QUIET_MS])})`);
  await tab.goto(`${system.url}/`);
  await walk(tab, interactive);
  await tab.value("navigator.serviceWorker.ready.then(() => true)");
  await chromium.close();
}

/** In which nobody was there before: until the form to sign in, and from Enter in it until the home screen. */
async function firstVisit(folder, rate, found) {
  await visit(folder, rate, async (tab, interactive) => {
    found.form.push(await interactive(FORM));
    await tab.type("owner@demo.example");
    await tab.press("Tab", 9);
    await tab.type(system.password);
    await tab.value("document.querySelector('form').addEventListener('submit', () => (window.submitted = performance.now()), { capture: true })");
    await tab.press("Enter", 13);
    const home = await interactive(COUNTS);
    found.home.push(home - (await tab.value("window.submitted")));
  });
}

/** First visits, each with a profile of its own, and later ones with the last of these: the worker is there, its files, the session. */
async function visits(rate) {
  const found = { form: [], home: [], later: [], again: [] };
  for (let run = 1; run <= RUNS; run += 1) {
    const folder = mkdtempSync(join(tmpdir(), "caravan-profile-"));
    try {
      await firstVisit(folder, rate, found);
      if (run < RUNS) continue;
      // Once more before it counts: what the worker keeps is run for the first time then.
      for (let later = 0; later <= RUNS; later += 1) {
        await visit(folder, rate, async (tab, interactive) => {
          const first = await interactive(COUNTS);
          await tab.goto("about:blank");
          await tab.goto(`${system.url}/`);
          const second = await interactive(COUNTS);
          if (later === 0) return;
          found.later.push(first);
          found.again.push(second);
        });
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return found;
}

/** From the click on a link until the screen's heading and its first data are drawn; each screen was seen before. */
async function changes(page) {
  const screens = [["/shipments", "tbody tr[aria-rowindex]"], ["/orders", "tbody tr[aria-rowindex]"], ["/messages", "tbody tr[aria-rowindex]"], ["/exceptions", "main h2"], ["/", "[data-count]"]];
  const found = new Map(screens.map(([path]) => [path, []]));
  for (let run = 0; run <= RUNS; run += 1) {
    for (const [path, selector] of screens) {
      await page.locator(`nav a[href="${path}"]`).first().waitFor();
      const taken = await page.evaluate(async ([path, selector]) => {
        const before = document.querySelector("main h1");
        const began = performance.now();
        document.querySelector(`nav a[href="${path}"]`).click();
        // The old screen may have what the new one is known by.
        while (before?.isConnected) await new Promise((resolve) => requestAnimationFrame(resolve));
        return (await window.seen(selector)) - began;
      }, [path, selector]);
      if (run > 0) found.get(path).push(taken);
    }
  }
  return found;
}

/** The API's answers to questions for shipments, made up: as many as there may be, a hundred at a time. */
async function manyShipments(page) {
  const row = (at) => ({
    reference: `MEASURE${String(at).padStart(7, "0")}`, status: ["in-transit", "delivered", "exception"][at % 3], status_since: "2026-11-21T10:30:00Z",
    carrier: "demo", promised_by: "2026-11-25T10:30:00Z", updated_at: "2026-11-24T10:30:00Z", created_at: "2026-11-20T10:30:00Z", milestones: at % 20, references: [],
  });
  await page.route(/\/v1\/shipments\?/, async (route) => {
    const asked = new URL(route.request().url()).searchParams;
    const from = Number(asked.get("cursor") ?? 0);
    const size = Math.min(Number(asked.get("limit") ?? 100), ROWS - from);
    const next = from + size < ROWS ? String(from + size) : null;
    await route.fulfill({ json: { items: Array.from({ length: size }, (_, at) => row(from + at)), next } });
  });
}

/** More pixels than any table has: to its end, whatever that is by then. */
const TO_THE_END = 1e9;

/** Scrolls by so many pixels a frame: for `frames`, to the end, or until `rows` were read; gives how long each frame took, and how many rows there are. */
const scroll = (page, step, { frames, rows }) => page.evaluate(([step, frames, rows]) => new Promise((resolve) => {
  const frame = document.querySelector("[role=region] table").parentElement;
  const took = [];
  let before;
  const turn = (now) => {
    if (before !== undefined) took.push(now - before);
    before = now;
    frame.scrollTop = Math.min(frame.scrollTop + step, frame.scrollHeight);
    const count = Number(frame.querySelector("table").getAttribute("aria-rowcount")) - 1;
    const atEnd = step > 0 ? frame.scrollTop + frame.clientHeight >= frame.scrollHeight - 1 : frame.scrollTop <= 0;
    if (rows ? count >= rows : atEnd || took.length >= frames) resolve({ count, took });
    else requestAnimationFrame(turn);
  };
  requestAnimationFrame(turn);
}), [step, frames, rows]);

async function heap(devtools) {
  // Twice: what the first one finalises the second one frees.
  for (let turn = 0; turn < 2; turn += 1) await devtools.send("HeapProfiler.collectGarbage");
  const { usedSize } = await devtools.send("Runtime.getHeapUsage");
  const { nodes } = await devtools.send("Memory.getDOMCounters");
  return { mb: usedSize / 1e6, nodes };
}

/** Two facts a second for minutes, the home screen open; the heap after forced collections, from the first half minute on. */
async function memory(devtools) {
  const found = [];
  const end = performance.now() + MINUTES * 60_000;
  let [sent, next] = [0, performance.now() + 30_000];
  while (performance.now() < end) {
    const began = performance.now();
    const number = `LIVE${sent % 50}`;
    await post(system, x12(number, [[sent % 2 ? "X6" : "AF", "20261121", `${String(Math.floor(sent / 60) % 24).padStart(2, "0")}${String(sent % 60).padStart(2, "0")}`]]));
    sent += 1;
    if (performance.now() >= next) {
      found.push(await heap(devtools));
      next += 30_000;
    }
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, FACT_MS - (performance.now() - began))));
  }
  found.push(await heap(devtools));
  return { found, sent };
}

const frames = (what, took) => {
  const long = took.filter((one) => one > 50);
  const times = sorted(took);
  told(what, `${took.length} frames, 99 % within ${ms(times[Math.floor(times.length * 0.99)])}, longest ${ms(most(took))}, ${long.length} over 50 ms`, "none over 50 ms", long.length === 0);
};

const slow = (devtools, rate) => devtools.send("Emulation.setCPUThrottlingRate", { rate });
const speed = (rate) => (rate === 1 ? "CPU as it is" : `CPU slowed ${rate} ×`);

async function starts() {
  for (const rate of [SLOWED, 1]) {
    const { form, home, later, again } = await visits(rate);
    for (const [what, found] of [
      ["a first visit: the form to sign in is interactive", form],
      ["… and from Enter in it, the home screen", home],
      ["a later visit, the browser closed since: the home screen is interactive", later],
      ["… once more in the same tab", again],
    ]) told(`${what}, ${speed(rate)}`, `median ${ms(middle(found))}, slowest ${ms(most(found))}`, rate === 1 ? "–" : "≤ 1 s", rate === 1 ? undefined : middle(found) <= 1000);
  }
}

async function changed(page, devtools) {
  for (const rate of [1, SLOWED]) {
    await slow(devtools, rate);
    const found = await changes(page);
    const all = [...found.values()].flat();
    const each = [...found].map(([path, times]) => `${path} ${ms(middle(times))}`).join(", ");
    told(`route change from cache, ${speed(rate)}`, `median ${ms(middle(all))}, slowest ${ms(most(all))} (${each})`, rate === 1 ? "≤ 100 ms" : "–", rate === 1 ? middle(all) <= 100 : undefined);
  }
  await slow(devtools, 1);
}

async function scrolled(page, devtools) {
  await manyShipments(page);
  await page.goto(`${system.url}/shipments`);
  await page.locator("tbody tr[aria-rowindex]").first().waitFor();
  const { count, took } = await scroll(page, TO_THE_END, { rows: ROWS });
  frames(`reading on to row ${count}, page by page`, took);
  frames("100,000 rows, a row a frame", (await scroll(page, -40, { frames: 600 })).took);
  frames("100,000 rows, 50 rows a frame, from end to beginning", (await scroll(page, -2_000, { frames: 10_000 })).took);
  console.log(`heap with all rows: ${(await heap(devtools)).mb.toFixed(1)} MB`);
  await page.unroute(/\/v1\/shipments\?/);
}

async function remembered(page, devtools) {
  await page.goto(`${system.url}/`);
  await page.locator("[data-count]").first().waitFor();
  const { found, sent } = await memory(devtools);
  console.log(found.map(({ mb, nodes }) => `${mb.toFixed(2)} MB, ${nodes} nodes`).join("\n"));
  // The first minutes fill caches and compile code: growth is what the second half has over its own beginning.
  const half = found.slice(Math.floor(found.length / 2));
  const growth = half[half.length - 1].mb - half[0].mb;
  told(`heap after ${sent} live facts in ${MINUTES} minutes`, `${found[0].mb.toFixed(1)} MB after half a minute, ${found[found.length - 1].mb.toFixed(1)} MB at the end, ${growth.toFixed(2)} MB more over the second half`, "flat", growth < 0.5);
}

const system = await caravan();
const chromium = await browser();
try {
  const context = await chromium.newContext({ locale: "en-IN", viewport: { width: 1280, height: 800 }, timezoneId: "Asia/Kolkata", serviceWorkers: "block" });
  await context.addInitScript(watch);
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await page.goto(`${system.url}/`);
  await page.getByLabel("Email").waitFor();
  await signIn(page, system);
  await page.locator("[data-count]").first().waitFor();
  console.log(`${(await chromium.version())}, ${(await call(system, "GET", "/v1/shipments?limit=100")).items.length} shipments`);

  if (part("start")) await starts();
  if (part("change")) await changed(page, devtools);
  if (part("scroll")) await scrolled(page, devtools);
  if (part("memory")) await remembered(page, devtools);
} finally {
  await chromium.close();
  await system.stop();
}
console.log(`\n| what | measured | target | |\n| --- | --- | --- | --- |\n${figures.join("\n")}`);
