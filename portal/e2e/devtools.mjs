// A browser of its own, spoken to by Chromium's DevTools protocol and nothing else, for what is timed: Playwright has the network and every script observed,
// for which V8 parses functions a second time and compiles Playwright's own scripts in the page, half as long again as a start takes without.
// https://chromedevtools.github.io/devtools-protocol/
import { spawn } from "node:child_process";
import { options } from "./system.mjs";

/** Starts Chromium with its profile in `folder`, `--remote-debugging-pipe`: messages in JSON, each ended by a zero byte. */
export async function alone(folder) {
  const { executablePath, args } = options();
  const child = spawn(executablePath, [...args, "--headless", "--no-first-run", `--user-data-dir=${folder}`, "--window-size=1280,800", "--lang=en-IN", "--remote-debugging-pipe", "about:blank"], {
    stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
  });
  const [, , , into, from] = child.stdio;
  const waiting = new Map();
  const ended = new Promise((resolve) => child.once("exit", resolve));
  let [next, rest] = [1, ""];
  from.setEncoding("utf8").on("data", (piece) => {
    const messages = (rest + piece).split("\0");
    rest = messages.pop();
    for (const { id, result, error } of messages.map((text) => JSON.parse(text))) {
      const { resolve, reject } = waiting.get(id) ?? {};
      waiting.delete(id);
      if (error) reject?.(new Error(error.message));
      else resolve?.(result);
    }
  });
  void ended.then(() => {
    for (const { reject } of waiting.values()) reject(new Error("the browser ended"));
  });
  const send = (method, params = {}, sessionId = undefined) =>
    new Promise((resolve, reject) => {
      waiting.set(next, { resolve, reject });
      into.write(`${JSON.stringify({ id: next, method, params, sessionId })}\0`);
      next += 1;
    });

  return {
    /** A tab whose address is changed by `goto`; `before` is run in each page before anything of it. */
    tab: async (before) => {
      const { targetId } = await send("Target.createTarget", { url: "about:blank" });
      const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
      const say = (method, params) => send(method, params, sessionId);
      await say("Page.enable");
      await say("Page.addScriptToEvaluateOnNewDocument", { source: `(${before})()` });
      return {
        slow: (rate) => say("Emulation.setCPUThrottlingRate", { rate }),
        goto: (url) => say("Page.navigate", { url }),
        /** What an expression comes to in the page, when it has come to it. */
        value: async (expression) => {
          const { result, exceptionDetails } = await say("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
          if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
          return result.value;
        },
        type: (text) => say("Input.insertText", { text }),
        press: async (key, code) => {
          for (const type of ["rawKeyDown", "char", "keyUp"]) await say("Input.dispatchKeyEvent", { type, key, code: key, windowsVirtualKeyCode: code, ...(key === "Enter" && { text: "\r" }) });
        },
      };
    },
    /** Ends it; its profile is on disk then. */
    close: async () => {
      await send("Browser.close").catch(() => undefined);
      await ended;
    },
  };
}
