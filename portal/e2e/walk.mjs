// The walk: a real system, a real browser, every screen in English, Hindi and on a phone. Started by `cargo xtask test`.
import { mkdirSync } from "node:fs";
import { everyScreenIsAccessible, everythingWasInHindi, results, step } from "./check.mjs";
import { browser, caravan } from "./system.mjs";
import * as drift from "./steps/drift.mjs";
import * as session from "./steps/session.mjs";
import * as home from "./steps/home.mjs";
import * as shipments from "./steps/shipments.mjs";
import * as track from "./steps/track.mjs";
import * as messages from "./steps/messages.mjs";
import * as exceptions from "./steps/exceptions.mjs";
import * as orders from "./steps/orders.mjs";
import * as keyboard from "./steps/keyboard.mjs";
import * as imports from "./steps/imports.mjs";
import * as offline from "./steps/offline.mjs";
import * as settlement from "./steps/settlement.mjs";
import * as connections from "./steps/connections.mjs";
import * as settings from "./steps/settings.mjs";
import * as infra from "./steps/infra.mjs";
import * as people from "./steps/people.mjs";
import * as companies from "./steps/companies.mjs";

mkdirSync(new URL("../shots", import.meta.url), { recursive: true });
const began = performance.now();
const system = await caravan();
const chromium = await browser();
try {
  const views = [
    { name: "en", locale: "en-IN", viewport: { width: 1280, height: 800 } },
    { name: "hi", locale: "hi-IN", viewport: { width: 1280, height: 800 } },
    { name: "phone", locale: "en-IN", viewport: { width: 390, height: 844 } },
  ];
  await drift.walk(system);
  for (const view of views) {
    // Answers are faked and networks cut here, which a service worker would stand between; it has steps of its own.
    const context = await chromium.newContext({ locale: view.locale, viewport: view.viewport, timezoneId: "Asia/Kolkata", reducedMotion: "reduce", serviceWorkers: "block" });
    context.setDefaultTimeout(30_000);
    const page = await context.newPage();
    const wrong = [];
    page.on("console", (message) => {
      // What the content security policy stops is told here, and so is what React finds wrong.
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) wrong.push(message.text());
    });
    page.on("pageerror", (error) => wrong.push(String(error)));
    const walk = { page, context, system, view, wrong };
    await session.walk(walk);
    await home.walk(walk);
    await shipments.walk(walk);
    await track.walk(walk);
    await messages.walk(walk);
    await exceptions.walk(walk);
    await orders.walk(walk);
    await imports.walk(walk);
    await keyboard.walk(walk);
    await settlement.walk(walk);
    await connections.walk(walk);
    await settings.walk(walk);
    await infra.walk(walk);
    await people.walk(walk);
    await companies.walk(walk);
    await session.end(walk);
    if (view.name === "en") await step(page, "axe has looked at every screen, in both themes", everyScreenIsAccessible);
    if (view.name === "hi") await step(page, "hi: nothing that is ours to say is in English", everythingWasInHindi);
    await context.close();
  }
  await offline.walk({ chromium, system });
} finally {
  await chromium.close();
  await system.stop();
}
const seconds = ((performance.now() - began) / 1000).toFixed(1);
console.log(`portal: ${results.passed} passed, ${results.failed.length} failed, ${seconds} s`);
process.exitCode = results.failed.length === 0 ? 0 : 1;
