// Comments on exceptions: sent once by their id, and kept in the browser while there is no network, as orders are.
import { client, ok, ProblemError } from "../../api/client";
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

/** How many of a comment on many exceptions are on their way at once. */
const ABREAST = 4;

/** What became of one exception's comment: said, waiting for a network, or refused. */
export interface Said {
  id: string;
  done: boolean;
  waits?: true;
  code?: string;
  detail?: string;
}

/**
 * Says the same about many, as a comment on each: `key` and the exception make its id, so that it is said once however often it is
 * sent. From where there is no network on they wait in `kept`. What is wrong with one exception is told of it; what is wrong with
 * all, as a session that ended, is thrown, and sending it all again goes on from there.
 */
export async function tellAll(about: readonly Pick<Comment, "exception" | "reference">[], text: string, key: string, kept: Kept<Comment> | undefined): Promise<Said[]> {
  let isOffline = false;
  const one = async ({ exception, reference }: Pick<Comment, "exception" | "reference">): Promise<Said> => {
    const comment = { id: `${key}-${exception}`, at: Date.now(), exception, reference, text };
    try {
      if (isOffline) throw new ProblemError("offline", "");
      await tell(comment);
      return { id: exception, done: true };
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      if (error.code === "offline" || error.status === 429) {
        isOffline = true;
        if (kept?.put({ ...comment, state: "waiting" })) return { id: exception, done: false, waits: true };
      }
      if (![404, 409, 422].includes(error.status)) throw error;
      return { id: exception, done: false, code: error.code, detail: error.detail };
    }
  };
  const said: Said[] = [];
  for (let at = 0; at < about.length; at += ABREAST) said.push(...(await Promise.all(about.slice(at, at + ABREAST).map(one))));
  return said;
}

/** What is old when something was done about an exception. */
export const OLD = ["exception", "exceptions", "counts", "timeline", "shipments"] as const;

/** Comments that wait, as they are sent. */
export const commentBox = (owner: string) => box(commentsOf(owner), tell, OLD);
