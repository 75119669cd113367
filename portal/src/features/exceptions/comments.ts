// Comments on exceptions: sent once by their id, and kept in the browser while there is no network, as orders are.
import { client, ok } from "../../api/client";
import { box, type Item, Kept } from "../../offline/outbox";
import { type Shelf, shelf } from "../../ui/shelf";

export interface Comment extends Item {
  exception: string;
  /** The shipment's number, as a person knows the exception by it. */
  reference: string;
  text: string;
}

export const commentsOf = (owner: string, on: Shelf = shelf()) =>
  new Kept<Comment>(on, "comment", owner, (found) => typeof found.exception === "string" && typeof found.reference === "string" && typeof found.text === "string");

/** Says it; the same comment twice is said once. It changes nothing that another may have changed, so that any version takes it. */
export const tell = (comment: Pick<Comment, "id" | "exception" | "text">) =>
  ok(client.POST("/v1/exceptions/{id}", {
    params: { path: { id: comment.exception }, header: { "if-match": "*", "idempotency-key": `comment-${comment.id}` } },
    body: { action: "comment", text: comment.text },
  }));

/** What is old when something was done about an exception. */
export const OLD = ["exception", "exceptions", "counts", "timeline", "shipments"] as const;

/** Comments that wait, as they are sent. */
export const commentBox = (owner: string) => box(commentsOf(owner), tell, OLD);
