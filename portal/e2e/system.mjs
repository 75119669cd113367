// What the walk runs against: `caravan up` on free ports and an empty folder, and Debian's Chromium.
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const BINARY = process.env.CARAVAN_BIN ?? new URL("../../target/release/caravan", import.meta.url).pathname;
/** The first start may have to compile the components. */
const READY_MS = 120_000;

/** Starts the system; gives its address, its logins, and what stops it. */
export async function caravan() {
  const folder = mkdtempSync(join(tmpdir(), "caravan-portal-"));
  // As root the private PostgreSQL runs as another user, who has to get in.
  chmodSync(folder, 0o755);
  const log = join(folder, "log");
  const child = spawn(BINARY, ["--data-dir", join(folder, "data"), "up", "--port-base", "0"], {
    stdio: ["ignore", "pipe", openSync(log, "a")],
  });
  let ended = false;
  const end = new Promise((resolve) => child.once("exit", () => resolve((ended = true))));
  const stop = async () => {
    if (!ended) child.kill("SIGTERM");
    await end;
    rmSync(folder, { recursive: true, force: true });
  };
  let banner = "";
  try {
    await new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error("caravan up was not ready in time")), READY_MS);
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`caravan up ended with ${code}: ${readFileSync(log, "utf8").slice(-2000)}`)));
      child.stdout.on("data", (piece) => {
        banner += piece;
        if (!banner.includes("ready in")) return;
        clearTimeout(late);
        resolve();
      });
    });
    const told = (name) => new RegExp(`^${name}\\s+(.*)$`, "m").exec(banner)?.[1]?.trim() ?? "";
    return {
      // Browsers keep `Secure` cookies of http for this name.
      url: told("gateway").replace("127.0.0.1", "localhost"),
      key: told("api key"),
      password: told("password"),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** How Chromium starts as root in a container. */
export function options() {
  const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => existsSync(path));
  if (!executablePath) throw new Error("Chromium is missing: apt-get install chromium");
  return { executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"] };
}

export const browser = () => chromium.launch(options());
