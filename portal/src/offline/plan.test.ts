import { describe, expect, it } from "vitest";
import { planFor } from "./plan";

const files = new Set(["/assets/index-1.js", "/icon.svg"]);
const plan = (path: string, change: Partial<{ method: string; mode: string; url: string }> = {}) =>
  planFor({ method: "GET", mode: "cors", url: `https://hub.example${path}`, ...change }, "https://hub.example", files);

describe("without a network", () => {
  it("pages open, and the files that they are made of", () => {
    for (const path of ["/", "/orders/new?draft=1", "/shipments/A%2F1"]) expect(plan(path, { mode: "navigate" }), path).toBe("page");
    for (const path of ["/docs", "/docs/problems/internal", "/v1/orders/imports/1/rejects", "/openapi.json", "/track/Ab1"]) expect(plan(path, { mode: "navigate" }), path).toBe("pass");
    expect([plan("/icon.svg"), plan("/assets/index-0.js")]).toEqual(["file", "pass"]);
  });

  it("what was seen of shipments, orders and exceptions is seen again", () => {
    for (const path of ["/v1/me", "/v1/shipments?limit=100", "/v1/shipments/counts", "/v1/shipments/A/timeline", "/v1/orders?status=indent", "/v1/orders/1", "/v1/exceptions"]) expect(plan(path), path).toBe("data");
  });

  it("nothing secret, owed or raw is kept, and no change", () => {
    for (const path of ["/v1/documents/1/raw", "/v1/documents", "/v1/freight-invoices", "/v1/connections", "/v1/users", "/v1/keys", "/v1/stream", "/v1/orders/imports", "/v1/orders/1/quotes", "/v1/mean", "/v1/public/shipments/Ab1"]) expect(plan(path), path).toBe("pass");
    expect(plan("/v1/orders", { method: "POST" })).toBe("pass");
    expect(plan("", { url: "https://elsewhere.example/v1/orders" })).toBe("pass");
  });

  it("who signs in or out leaves nothing behind", () => {
    for (const method of ["GET", "POST", "DELETE"]) expect(plan("/v1/session", { method })).toBe("forget");
    expect(plan("/v1/session/tenant", { method: "POST" })).toBe("forget");
    expect(plan("/v1/session/oidc/callback?code=1", { mode: "navigate" })).toBe("forget");
  });
});
