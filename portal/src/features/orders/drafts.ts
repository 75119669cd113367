// Drafts of orders: kept in the browser with every letter, so that a closed tab, a lost session or a dead network loses nothing.
// A draft that is placed without a network waits, and is sent when there is one; its id is the idempotency key, so that it is placed once.
import { client, ok } from "../../api/client";
import { box, type Item, Kept } from "../../offline/outbox";
import { type Shelf, shelf } from "../../ui/shelf";
import { type Content, toSend } from "./content";

export interface Draft extends Item {
  content: Content;
  /** The order that is changed, as it was read. */
  of?: { id: string; version: number; content: Content };
}

export const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

export const draftsOf = (owner: string, on: Shelf = shelf()) => new Kept<Draft>(on, "draft", owner, (found) => typeof found.content === "object");

/** Places one draft; the same draft twice is one order. */
export const place = (draft: Pick<Draft, "id" | "content">) =>
  ok(client.POST("/v1/orders", { params: { header: { "idempotency-key": `draft-${draft.id}` } }, body: toSend(draft.content) }));

/** Drafts that wait, as they are sent. */
export const draftBox = (owner: string) => box(draftsOf(owner), place, ["orders"]);
