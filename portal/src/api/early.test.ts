import { afterEach, describe, expect, it, vi } from "vitest";
import { early } from "./early";

const ORIGIN = "http://portal.test";
const asked = (path: string, method = "GET") => new Request(`${ORIGIN}${path}`, { method });

describe("an answer that was asked for early", () => {
  afterEach(() => vi.unstubAllGlobals());

  const stub = (waiting: Promise<Response>) => {
    vi.stubGlobal("location", { origin: ORIGIN });
    vi.stubGlobal("window", { early: { "/v1/me": waiting } });
    vi.stubGlobal("fetch", async () => new Response("anew"));
  };

  it("is taken once, by the call that it is for", async () => {
    stub(Promise.resolve(new Response("early")));
    expect(await (await early(asked("/v1/tenant"))).text()).toBe("anew");
    expect(await (await early(asked("/v1/me", "DELETE"))).text()).toBe("anew");
    expect(await (await early(asked("/v1/me"))).text()).toBe("early");
    expect(await (await early(asked("/v1/me"))).text()).toBe("anew");
  });

  it("is asked for anew when it is not good: who signs in later is somebody", async () => {
    stub(Promise.resolve(new Response("nobody", { status: 401 })));
    expect(await (await early(asked("/v1/me"))).text()).toBe("anew");
    stub(Promise.reject(new Error("no network")));
    expect(await (await early(asked("/v1/me"))).text()).toBe("anew");
  });
});
