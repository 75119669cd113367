import { describe, expect, it } from "vitest";
import { entryAddress, entryOf } from "./entry";

describe("an address that lets somebody in", () => {
  it("carries its token behind the hash, whatever is in it", () => {
    for (const kind of ["invitation", "reset"] as const) {
      const address = new URL(entryAddress("https://freight.example", kind, "a+b/c=&d#e"));
      expect(address.pathname + address.search).toBe("/sign-in");
      expect(entryOf(address.hash)).toEqual({ kind, token: "a+b/c=&d#e" });
    }
  });

  it("is none without a token", () => {
    for (const hash of ["", "#", "#invitation=", "#content", "#other=x"]) expect(entryOf(hash)).toBeUndefined();
  });
});
