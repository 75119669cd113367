// Drafts of orders: kept in the browser with every letter, so that a closed tab, a lost session or a dead network loses nothing.
// What is placed or changed without a network waits, and is sent when there is one; its idempotency key is its own, so that it is done once.
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

/** A draft of a change: of which order as it was read, and of which moment. */
export type Alteration = Pick<Draft, "id" | "at" | "content"> & { of: NonNullable<Draft["of"]> };

/** Changes an order if it still is as it was read; the same draft of the same moment twice is one change. */
export const alter = ({ id, at, content, of }: Alteration) =>
  ok(client.PUT("/v1/orders/{id}", { params: { path: { id: of.id }, header: { "if-match": `"${of.version}"`, "idempotency-key": `${id}-${of.version}-${at}` } }, body: toSend(content) }));

/** Drafts that wait, as they are sent: new orders, and changes of orders. */
export const draftBox = (owner: string) => box(draftsOf(owner), (draft) => (draft.of ? alter({ ...draft, of: draft.of }) : place(draft)), ["orders"]);
