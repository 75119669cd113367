import { describe, expect, it } from "vitest";
import { say } from "../../i18n";
import { nameOf } from "./Who";

describe("who did it", () => {
  it("is a name where it is known, and never hidden", () => {
    const names = { "1": "Asha Rao" };
    const told = (principal: string) => nameOf(principal, names, (key, values) => say("en", key, values));
    expect(["user/1", "user/2", "user/constructor", "key/8P33", "system", "demo-carrier"].map(told)).toEqual(["Asha Rao", "user/2", "user/constructor", "API key 8P33", "Caravan", "demo-carrier"]);
  });
});
