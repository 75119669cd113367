import { describe, expect, it } from "vitest";
import { compare, folded, words } from "./compare";
import type { Part } from "./parts";

const parts = (...texts: string[]): Part[] => texts.map((text) => ({ text, start: 0, end: 0 }));
const drawn = (left: string[], right: string[], most?: number) =>
  compare(parts(...left), parts(...right), most).rows.map((row) => `${row.left?.text ?? ""}${row.equal ? "=" : "|"}${row.right?.text ?? ""}`);

describe("two messages", () => {
  it("are aligned at what is equal, and at what begins alike", () => {
    expect(drawn(["ST*1", "AT7*AF", "MS1*DELHI", "SE*3"], ["ST*1", "AT7*D1", "LX*1", "SE*3"])).toEqual(["ST*1=ST*1", "AT7*AF|AT7*D1", "MS1*DELHI|", "|LX*1", "SE*3=SE*3"]);
    expect(drawn([], ["a"])).toEqual(["|a"]);
    expect(drawn(["a"], ["a"])).toEqual(["a=a"]);
  });

  it("have beside each other what is most alike", () => {
    const left = ["AT7*ZZ*1", "MS1*A", "AT7*D1*24", "MS1*A"];
    expect(drawn(left, ["AT7*D1*25", "MS1*A"])).toEqual(["AT7*ZZ*1|", "MS1*A|", "AT7*D1*24|AT7*D1*25", "MS1*A=MS1*A"]);
    expect(drawn(["x,1", "x,2", "x,3"], ["x,2", "x,3"])).toEqual(["x,1|", "x,2=x,2", "x,3=x,3"]);
    expect(drawn(["}", "a"], ["]", "b"])).toEqual(["}|", "a|", "|]", "|b"]);
  });

  it("of very many parts are aligned at what is equal", () => {
    const many = Array.from({ length: 3_000 }, (_, at) => `N*${at}`);
    const left = ["A*1", ...many, "B*1"];
    const right = ["A*2", ...many, "B*2"];
    const rows = compare(parts(...left), parts(...right)).rows;
    expect(rows.filter((row) => !row.equal).map((row) => `${row.left?.text}|${row.right?.text}`)).toEqual(["A*1|A*2", "B*1|B*2"]);
  });

  it("give back each of their parts, in order, and no more equal ones than there are", () => {
    // Every pair of words of up to four letters of two.
    const all = [""].concat(..."1".repeat(4).split("").map((_, at) => Array.from({ length: 2 ** (at + 1) }, (_, n) => n.toString(2).padStart(at + 1, "0"))));
    const longest = (left: string, right: string): number => {
      if (left === "" || right === "") return 0;
      if (left[0] === right[0]) return 1 + longest(left.slice(1), right.slice(1));
      return Math.max(longest(left.slice(1), right), longest(left, right.slice(1)));
    };
    for (const left of all) {
      for (const right of all) {
        const { rows } = compare(parts(...left), parts(...right));
        expect(rows.map((row) => row.left?.text ?? "").join("")).toBe(left);
        expect(rows.map((row) => row.right?.text ?? "").join("")).toBe(right);
        const equal = rows.filter((row) => row.equal);
        for (const row of equal) expect(row.left?.text).toBe(row.right?.text);
        expect(equal.length, `${left} and ${right}`).toBe(longest(left, right));
      }
    }
  });

  it("that differ too much keep their equal ends, and say so", () => {
    const many = (sign: string) => Array.from({ length: 1_500 }, (_, at) => `${at}${sign}`);
    const left = parts("a", ...many("l"), "z");
    const right = parts("a", ...many("r"), "z");
    expect(compare(left.slice(0, 50), right.slice(0, 50)).coarse).toBe(false);
    const found = compare(left, right, 20);
    expect(found.coarse).toBe(true);
    expect(found.rows.filter((row) => row.equal).map((row) => row.left?.text)).toEqual(["a", "z"]);
  });
});

describe("two parts", () => {
  it("tell which of their words differ", () => {
    const { left, right } = words("AT7*AF*NS***20261121*1030", "AT7*D1*NS***20261124*1030");
    expect(left.filter((piece) => piece.differs).map((piece) => piece.text)).toEqual(["AF", "20261121"]);
    expect(right.filter((piece) => piece.differs).map((piece) => piece.text)).toEqual(["D1", "20261124"]);
    expect(left.map((piece) => piece.text).join("")).toBe("AT7*AF*NS***20261121*1030");
  });

  it("of very many words are compared by their ends", () => {
    const many = Array.from({ length: 500 }, (_, at) => `w${at}`).join(" ");
    expect(words(`a ${many} z`, `b ${many} z`).left[0]).toEqual({ text: "a", differs: true });
  });
});

describe("equal rows", () => {
  const rows = compare(parts("1", "2", "3", "4", "X", "5"), parts("1", "2", "3", "4", "Y", "5")).rows;

  it("are folded away from a difference, until they are opened", () => {
    expect(folded(rows, new Set(), 1).map((run) => [run.at, run.rows.length, run.folded])).toEqual([[0, 3, true], [3, 4, false]]);
    expect(folded(rows, new Set([0]), 1).every((run) => !run.folded)).toBe(true);
  });

  it("are not folded one by one", () => {
    expect(folded(rows, new Set(), 3).some((run) => run.folded)).toBe(false);
  });
});
