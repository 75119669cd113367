// The client's types against the document that the running system serves: what the portal calls must still be there, as it is called.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { results } from "../check.mjs";

const root = new URL("../../", import.meta.url).pathname;

export async function walk({ url }) {
  try {
    // A copy of the sources with types of now; the document may say more than the committed types, but nothing else.
    const live = `${root}.live`;
    rmSync(live, { recursive: true, force: true });
    mkdirSync(live, { recursive: true });
    cpSync(`${root}src`, `${live}/src`, { recursive: true });
    writeFileSync(`${live}/tsconfig.json`, JSON.stringify({ extends: "../tsconfig.json", include: ["src"] }));
    const run = (name, ...rest) => execFileSync(`${root}node_modules/.bin/${name}`, rest, { cwd: root, stdio: "pipe", encoding: "utf8" });
    run("openapi-typescript", `${url}/openapi.json`, "-o", `${live}/src/api/schema.d.ts`);
    run("tsc", "-p", live);
    rmSync(live, { recursive: true, force: true });
    results.passed += 1;
    console.log("ok      the portal's calls fit the running API");
  } catch (error) {
    results.failed.push("drift");
    console.log(`FAILED  the portal's calls fit the running API: ${error.stdout ?? error}`);
  }
}
