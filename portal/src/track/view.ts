// What the public page makes of an answer, before any of it is shown.
import type { components } from "../api/schema";

export type Shipment = components["schemas"]["PublicShipment"];

/** Where a status lies on the way: booked, on the way, near, delivered. What is over in another way lies nowhere on it. */
const STAGES: readonly (readonly string[])[] = [
  ["tendered", "booked", "booking-rejected", "label-created", "pickup-scheduled", "arrived-pickup", "pickup-failed"],
  ["picked-up", "departed", "in-transit", "arrived", "transferred", "customs-in-progress", "customs-held", "customs-cleared", "delayed", "exception"],
  ["at-delivery-facility", "delivery-scheduled", "out-for-delivery", "arrived-delivery", "delivery-attempted", "available-for-pickup", "partially-delivered"],
  ["delivered"],
];
const WRONG = ["pickup-failed", "customs-held", "delivery-attempted", "delayed", "exception", "returned", "cancelled"];

/** Which of the four stages a shipment has come to. */
export function stageOf({ status, direction }: Pick<Shipment, "status" | "direction">): number | undefined {
  const at = STAGES.findIndex((stage) => stage.includes(status));
  return direction === "return" || at < 0 ? undefined : at;
}

export function toneOf({ status, direction }: Pick<Shipment, "status" | "direction">): "good" | "warn" | "plain" {
  if (direction === "return" || WRONG.includes(status)) return "warn";
  return status === "delivered" ? "good" : "plain";
}

/** Whether nothing more is waited for. */
export const isOver = ({ status }: Pick<Shipment, "status">) => ["delivered", "returned", "cancelled"].includes(status);

/** A carrier's name as people write it: an order's as it is, the catalogue's id (`canada-post`, `dhl`) without its spelling. */
export function carrierName(name: string): string {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) return name;
  return name.split("-").map((part) => (part.length <= 4 && !name.includes("-") ? part.toUpperCase() : part.charAt(0).toUpperCase() + part.slice(1))).join(" ");
}

/** The token at the end of the page's address. */
export const tokenOf = (path: string) => /^\/track\/([^/]+)\/?$/.exec(path)?.[1] ?? "";
