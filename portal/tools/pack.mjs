// After `vite build`: holds the first route and the public page to their budgets, and packs the files as the gateway serves them.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const FIRST_ROUTE_KB_MAX = 180;
/** All that the public page of a shipment loads, as it is, before anything packs it. */
const PUBLIC_PAGE_KB_MAX = 50;
const dist = process.argv[2] ?? new URL("../dist", import.meta.url).pathname;

// What the page loads before anything of another screen: the entry, which holds the home screen, with its static imports and styles.
const manifest = JSON.parse(readFileSync(join(dist, ".vite/manifest.json"), "utf8"));
const loaded = (...keys) => {
  const files = new Set();
  const take = (key) => {
    const chunk = manifest[key];
    if (!chunk || files.has(chunk.file)) return;
    files.add(chunk.file);
    for (const style of chunk.css ?? []) files.add(style);
    for (const imported of chunk.imports ?? []) take(imported);
  };
  keys.forEach(take);
  return files;
};
const first = loaded("index.html");
// Nearly all of it runs at once: V8 compiles it whole beside the main thread, and not function by function on it (explicit compile
// hints, https://v8.dev/blog/explicit-compile-hints). To others it is a comment.
for (const file of first) {
  if (!file.endsWith(".js")) continue;
  const path = join(dist, file);
  writeFileSync(path, `//# allFunctionsCalledOnLoad\n${readFileSync(path, "utf8")}`);
}
const bytes = [...first].map((file) => gzipSync(readFileSync(join(dist, file)), { level: 9 }).length);
const total = bytes.reduce((sum, size) => sum + size, 0) / 1000;
console.log(`first route: ${total.toFixed(1)} kB gzipped, at most ${FIRST_ROUTE_KB_MAX}`);
if (total > FIRST_ROUTE_KB_MAX || first.size < 3) {
  console.error("error: the first route is over its budget, or its files were not found");
  process.exit(1);
}

// The public page: for somebody at a gate with a slow phone. What it has in common with the portal would be the portal's to change.
const own = ["track.html", ...loaded("track.html")];
const page = own.concat("theme.js", "icon.svg").reduce((sum, file) => sum + statSync(join(dist, file)).size, 0) / 1000;
console.log(`public page: ${page.toFixed(1)} kB as it is, at most ${PUBLIC_PAGE_KB_MAX}`);
if (page > PUBLIC_PAGE_KB_MAX || own.length !== 3) {
  console.error(`error: the public page is over its budget, or is not a page, a script and a style of its own: ${own.join(", ")}`);
  process.exit(1);
}
rmSync(join(dist, ".vite"), { recursive: true });

const walk = (folder) =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? walk(path) : [path];
  });

// The worker learns what there is to keep, without the public page, whose readers have no portal; the page by the address at which the gateway serves it; its version is what all of it is, so that it changes with any file.
const kept = walk(dist).map((path) => path.slice(dist.length)).filter((path) => !/^\/(worker\.js|\.gitkeep)$|\.(br|gz)$/.test(path) && !own.includes(path.slice(1))).sort();
const hash = createHash("sha256");
for (const path of kept) hash.update(path).update(readFileSync(join(dist, path)));
const worker = readFileSync(join(dist, "worker.js"), "utf8");
const told = worker.replace(/(["'`])__FILES__\1/, kept.map((path) => JSON.stringify(path === "/index.html" ? "/" : path)).join(",")).replace("__VERSION__", hash.digest("hex").slice(0, 16));
if (/^import|__(FILES|VERSION)__/m.test(told) || !told.includes('"/"')) {
  console.error("error: worker.js is not one file of its own, or has no place for the names of the files");
  process.exit(1);
}
writeFileSync(join(dist, "worker.js"), told);

for (const path of walk(dist)) {
  if (!/\.(html|js|css|svg|json)$/.test(path)) continue;
  const plain = readFileSync(path);
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  for (const [ending, packed] of [["br", brotliCompressSync(plain, quality)], ["gz", gzipSync(plain, { level: 9 })]]) {
    if (packed.length < plain.length) writeFileSync(`${path}.${ending}`, packed);
  }
}
// Git keeps the folder, so that the gateway's build script has something to watch.
if (!existsSync(join(dist, ".gitkeep"))) writeFileSync(join(dist, ".gitkeep"), "");
