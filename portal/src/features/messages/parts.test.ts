import { describe, expect, it } from "vitest";
import { cut, partsOf } from "./parts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const ISA = "ISA*00*          *00*          *02*DEMO           *ZZ*CARAVAN-DEMO   *261126*1200*U*00401*000000001*0*T*:";

describe("a message is cut", () => {
  it("at the terminator that an X12 interchange declares, with the line end behind it", () => {
    expect(cut(`\n${ISA}~\r\nGS*QM~ST*214~`)).toEqual([`\n${ISA}~\r\n`, "GS*QM~", "ST*214~"]);
    expect(cut(`${ISA}\nGS*QM\nGE*1`)).toEqual([`${ISA}\n`, "GS*QM\n", "GE*1"]);
  });

  it("at the terminator of EDIFACT, but not where it is released", () => {
    expect(cut("UNB+UNOA'FTX+it?'s 2??'UNZ'")).toEqual(["UNB+UNOA'", "FTX+it?'s 2??'", "UNZ'"]);
    expect(cut("UNA:+.! |UNB+UNOA|FTX+a!|b|")).toEqual(["UNA:+.! |", "UNB+UNOA|", "FTX+a!|b|"]);
  });

  it("at lines, and long lines of XML and JSON by their structure", () => {
    expect(cut("a,b\n1,2\r\nlast")).toEqual(["a,b\n", "1,2\r\n", "last"]);
    const text = "x".repeat(120);
    expect(cut(`<a><b>${text}</b><c/></a>`)).toEqual(["<a>", `<b>${text}</b>`, "<c/>", "</a>"]);
    expect(cut(`{"a":[1,2],"b":"x,{\\"${text}"}`)).toEqual(["{", '"a":[', "1,", "2],", `"b":"x,{\\"${text}"}`]);
  });

  it("without losing a sign, whatever it is", () => {
    const long = "y".repeat(200);
    for (const text of ["", "\n\n", "ISA", `${ISA}A`, "UNA", "UNB+?", `{"${long}`, `[${long}"a"",",]`, `<${long}><`, "\ufeffa\nb"]) {
      expect(cut(text).join(""), JSON.stringify(text)).toBe(text);
      const parts = partsOf(utf8(text));
      expect(parts.map((part) => part.text).join("")).toBe(text);
      parts.forEach((part, at) => expect(part.start).toBe(at === 0 ? 0 : parts[at - 1]?.end));
    }
  });

  it("with offsets in bytes, also where it is no UTF-8", () => {
    expect(partsOf(utf8("दिल्ली\nb")).map(({ start, end }) => [start, end])).toEqual([[0, 19], [19, 20]]);
    expect(partsOf(Uint8Array.of(0x93, 0x0a, 0xff))).toEqual([{ text: "\u0093\n", start: 0, end: 2 }, { text: "ÿ", start: 2, end: 3 }]);
  });
});
