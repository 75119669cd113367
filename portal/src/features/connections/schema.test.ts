import { describe, expect, it } from "vitest";
import { diagnosis } from "./diagnosis";
import { draftOf, formOf, inLanguage, placeOf, type Schema, typedOf } from "./schema";

/** As the API answers it for a carrier with an address, settings, secrets and both doors. */
const SCHEMA: Schema = {
  type: "object",
  required: ["name", "environment", "secrets"],
  properties: {
    name: { type: "string", title: "Name", maxLength: 100, description: "Your own name for it." },
    environment: { enum: ["production", "sandbox"], title: "Environment" },
    endpoints: { type: "object", description: "Base URLs in place of the connector's own.", properties: { api: { type: "string", format: "uri", title: "Base URL", maxLength: 500 } } },
    settings: { type: "object", properties: { "a/b": { type: "string", default: "x-token" }, per_page: { type: "integer" } } },
    secrets: {
      type: "object",
      required: ["token"],
      properties: {
        token: { title: "API token", type: "object", required: ["value"], properties: { value: { type: "string", writeOnly: true, description: "From the account's page." } } },
        login: { title: "Login", type: "object", required: ["user"], properties: { user: { type: "string", writeOnly: true }, password: { type: "string", writeOnly: true } } },
      },
    },
    sftp: { type: "object", title: "SFTP account", required: ["user", "public_keys"], properties: { user: { type: "string" }, public_keys: { type: "array", items: { type: "string" } } } },
    webhook: { type: "boolean", title: "Webhook" },
  },
};

describe("a connection's schema", () => {
  const form = formOf(SCHEMA);
  const all = form.flatMap((group) => group.fields);
  const field = (pointer: string) => all.find((one) => one.pointer === pointer);

  it("is said in a language as far as it has its words, and otherwise as it is", () => {
    const schema: Schema = {
      title: "Party",
      properties: { name: { type: "string", title: "Name", description: "Yours." }, zone: { type: "string" }, toString: { type: "string" } },
      "x-words": { hi: { Name: "नाम", "Yours.": "आपका।", zone: "समय क्षेत्र" } },
    };
    const told = (language: string) => formOf(inLanguage(schema, language)).flatMap((group) => group.fields.map((field) => [field.label, field.help]));
    expect(told("hi")).toEqual([["नाम", "आपका।"], ["समय क्षेत्र", undefined], ["ToString", undefined]]);
    expect(told("en")).toEqual([["Name", "Yours."], ["Zone", undefined], ["ToString", undefined]]);
  });

  it("becomes groups of fields, each with its place, its hint and its kind", () => {
    expect(form.map((group) => group.id)).toEqual(["", "secrets", "endpoints", "settings", "sftp"]);
    expect(field("/name")).toMatchObject({ label: "Name", kind: "text", required: true, help: "Your own name for it." });
    expect(field("/environment")).toMatchObject({ kind: "choice", choices: ["production", "sandbox"] });
    expect(field("/webhook")).toMatchObject({ kind: "yes", required: false });
    expect(field("/settings/a~1b")).toMatchObject({ label: "A/b", placeholder: "x-token" });
    expect(field("/settings/per_page")).toMatchObject({ label: "Per page", kind: "number" });
    expect(field("/secrets/token/value")).toMatchObject({ label: "API token", kind: "secret", help: "From the account's page." });
    expect(field("/secrets/login/password")?.label).toBe("Login: Password");
    expect(field("/sftp/public_keys")?.kind).toBe("lines");
  });

  it("has what must be there first, in the order in which it is asked for", () => {
    const text = { type: "string" };
    const slot = formOf({ required: ["b", "a"], properties: { a: text, b: text, c: text } });
    expect(slot.flatMap((group) => group.fields.map((one) => one.pointer))).toEqual(["/b", "/a", "/c"]);
  });

  it("asks for what must be there, and for nothing of a part that may be left out", () => {
    expect(all.filter((one) => one.required).map((one) => one.pointer)).toEqual(["/name", "/environment", "/secrets/token/value"]);
  });

  it("gives a draft of what was filled in, and of nothing else", () => {
    const draft = draftOf(form, {
      "/name": "  Acme  ", "/environment": "sandbox", "/settings/a~1b": "y", "/settings/per_page": "50", "/endpoints/api": " ",
      "/secrets/token/value": " with space ", "/sftp/public_keys": "one\n\n two ", "/webhook": "yes", "/secrets/login/user": "",
    });
    expect(draft).toEqual({
      name: "Acme", environment: "sandbox", settings: { "a/b": "y", per_page: 50 }, secrets: { token: { value: " with space " } },
      sftp: { public_keys: ["one", "two"] }, webhook: true,
    });
  });

  it("is filled from what is stored, without secrets", () => {
    const stored = { name: "Acme", environment: "production", settings: { per_page: 7 }, secrets: [{ slot: "token", field: "value" }], sftp: { user: "acme", public_keys: ["a", "b"] }, webhook: false };
    expect(typedOf(form, stored)).toEqual({ "/name": "Acme", "/environment": "production", "/settings/per_page": "7", "/sftp/user": "acme", "/sftp/public_keys": "a\nb", "/webhook": "" });
  });

  it("shows what is wrong at its field, and what is missing as a whole at the first of it", () => {
    expect(["/connection/name", "/sftp/public_keys", "/connection/secrets/login", "/connection/nowhere"].map((pointer) => placeOf(form, pointer)))
      .toEqual(["/name", "/sftp/public_keys", "/secrets/login/user", undefined]);
  });

  it("that is empty or of another kind is an empty form", () => {
    expect(formOf({}).flatMap((group) => group.fields)).toEqual([]);
    expect(draftOf(formOf({}), { "/name": "x" })).toEqual({});
  });
});

describe("a diagnosis", () => {
  it("tells every step, and what to do next", () => {
    const text = diagnosis({
      ok: false, took_ms: 42,
      steps: [
        { step: "dns", endpoint: "api", outcome: "ok", detail: "93.184.216.34" },
        { step: "auth", outcome: "failed", detail: "401 was answered", hint: "check the token" },
        { step: "sample", outcome: "skipped", detail: "an earlier step failed" },
      ],
    }, { party: "acme", environment: "sandbox", at: new Date("2026-11-26T10:00:00Z") });
    expect(text).toBe([
      "Caravan, test of the connection to acme (sandbox), 2026-11-26T10:00:00.000Z, 42 ms",
      "ok      dns (api): 93.184.216.34",
      "FAILED  auth: 401 was answered",
      "        next: check the token",
      "skipped sample: an earlier step failed",
    ].join("\n"));
  });
});
