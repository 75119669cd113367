// Documents as a carrier would send them, posted to the running system.
import { ensure } from "../check.mjs";

/** A place's name that would be a script if it were ever taken for markup. */
export const HOSTILE = "<img src=x onerror=document.title=1>";

let control = 9100;

/** A 214 of one shipment; each fact is `[code, YYYYMMDD, HHMM]`, with a place of its own as the elements of an MS1 if it has one. */
export const x12 = (reference, facts, place) => interchange([[reference, facts, place]]);

/** A 214 of many shipments, each as `x12` takes it. */
export function interchange(shipments) {
  control += 1;
  const id = String(control).padStart(9, "0");
  const sets = shipments.flatMap(([reference, facts, place = "DELHI"], at) => {
    const set = String(at + 1).padStart(4, "0");
    const body = [
      `ST*214*${set}`,
      `B10*${reference}*${reference}*DEMO`,
      "LX*1",
      ...facts.flatMap(([code, day, time, own]) => [`AT7*${code}*NS***${day}*${time}*UT`, `MS1*${own ?? `${place}*DL*IN`}`]),
    ];
    return [...body, `SE*${body.length + 1}*${set}`];
  });
  return [
    `ISA*00*          *00*          *02*DEMO           *ZZ*CARAVAN-DEMO   *261126*1200*U*00401*${id}*0*T*:`,
    `GS*QM*DEMO*CARAVAN-DEMO*20261126*1200*${control}*X*004010`,
    ...sets,
    `GE*${shipments.length}*${control}`,
    `IEA*1*${id}`,
    "",
  ].join("~\n");
}

/** Posts a document as the demo's carrier, or by another connection; gives its id. */
export async function post(system, body, connection = "demo-carrier") {
  const headers = { authorization: `Bearer ${system.key}`, "content-type": "application/edi-x12" };
  const answer = await fetch(`${system.url}/v1/connections/${connection}/documents`, { method: "POST", headers, body });
  ensure(answer.status < 300 || answer.status === 422, `the document was answered ${answer.status}: ${await answer.clone().text()}`);
  return answer.headers.get("caravan-document");
}
