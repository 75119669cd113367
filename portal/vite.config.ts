// Build and tests of the portal; `npm run dev` forwards the API to a running `caravan up`.
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const hub = process.env.CARAVAN_URL ?? "http://localhost:8080";

/** Links to shipments have their own page, as the gateway has it. */
const track: Plugin = {
  name: "track",
  configureServer: (server) => {
    server.middlewares.use((request, _, next) => {
      if (request.url?.startsWith("/track/")) request.url = "/track.html";
      next();
    });
  },
};

export default defineConfig({
  plugins: [react(), tailwindcss(), track],
  build: {
    target: "es2022",
    // Data URLs and the polyfill's inline script would need a weaker content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: true,
    rollupOptions: {
      input: { index: "index.html", track: "track.html", worker: "src/offline/worker.ts" },
      // The worker is at the root, as its scope is, and under one name, as it is asked for anew.
      output: { entryFileNames: (chunk) => (chunk.name === "worker" ? "worker.js" : "assets/[name]-[hash].js") },
    },
  },
  server: {
    proxy: Object.fromEntries(["/v1", "/docs", "/openapi.json", "/asyncapi.json"].map((path) => [path, { target: hub }])),
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
