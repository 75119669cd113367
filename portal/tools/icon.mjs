// Draws `src/icon-180.png` from `public/icon.svg`, for iOS, which takes no SVG: `node tools/icon.mjs`. Without round corners: iOS makes its own.
import { readFileSync } from "node:fs";
import { browser } from "../e2e/system.mjs";

const SIZE = 180;
const file = (path) => new URL(path, import.meta.url).pathname;

const chromium = await browser();
try {
  const page = await chromium.newPage({ viewport: { width: SIZE, height: SIZE } });
  const svg = readFileSync(file("../public/icon.svg"), "utf8").replace(/ rx="\d+"/, "").replace("<svg ", `<svg width="${SIZE}" height="${SIZE}" `);
  await page.setContent(`<!doctype html><style>body { margin: 0 } svg { display: block }</style>${svg}`);
  await page.screenshot({ path: file("../src/icon-180.png") });
} finally {
  await chromium.close();
}
