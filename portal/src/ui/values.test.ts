import { describe, expect, it } from "vitest";
import { valuesOf } from "./values";

describe("the values of a sentence", () => {
  it("are said in the reader's words where they are the API's, and left as they are else", () => {
    const word = (group: string, value: string) => `<${group}.${value}>`;
    const values = { statuses: "delivered, picked-up", purpose: "cancel", status: "arrived", file: "a, b.xlsx", constructor: "x" };
    expect(valuesOf(values, word)).toEqual({ statuses: "<status.delivered>, <status.picked-up>", purpose: "<purpose.cancel>", status: "<status.arrived>", file: "a, b.xlsx", constructor: "x" });
  });
});
