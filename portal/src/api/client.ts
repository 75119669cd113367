// The API as the portal calls it: typed by the OpenAPI document, every failure a `ProblemError`.
import createClient from "openapi-fetch";
import { expired } from "../features/session/session";
import { early } from "./early";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

export const client = createClient<paths>({ baseUrl: "", headers: { "caravan-csrf": "1" }, fetch: early });

/** One thing that is wrong with what was sent, and where; its code is stable. */
export interface Violation {
  pointer: string;
  message: string;
  code?: string;
}

/** What went wrong, in the words of RFC 9457. `code` is stable; `offline` and `unreadable` are our own. */
export class ProblemError extends Error {
  constructor(
    readonly code: string,
    readonly detail: string,
    readonly status = 0,
    readonly trace: string | undefined = undefined,
    /** What is there now, when somebody else was first (412). */
    readonly current: unknown = undefined,
    readonly violations: Violation[] = [],
    /** The whole problem, for members that are its own. */
    readonly members: Record<string, unknown> = {},
  ) {
    super(detail);
  }
}

/** A failed answer as a problem. */
export function problemOf(error: unknown, response: Response): ProblemError {
  const body = (typeof error === "object" && error !== null ? error : {}) as Record<string, unknown>;
  const text = (value: unknown, otherwise: string) => (typeof value === "string" && value ? value : otherwise);
  const list = Array.isArray(body.errors) ? body.errors : [];
  return new ProblemError(
    text(body.code, "unreadable"),
    text(body.detail, text(body.title, response.statusText || `HTTP ${response.status}`)),
    response.status,
    response.headers.get("caravan-trace") ?? undefined,
    body.current,
    list.filter((item) => typeof item?.message === "string"),
    body,
  );
}

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** An answer that is no failure, or a thrown problem. A session that has ended is told to the shell, which asks to sign in again. */
async function answered<T>(call: Promise<Answer<T>>): Promise<Answer<T>> {
  let answer: Answer<T>;
  try {
    answer = await call;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ProblemError("offline", String(error));
  }
  if (answer.response.ok) return answer;
  const problem = problemOf(answer.error, answer.response);
  if (problem.status === 401) expired();
  throw problem;
}

/** The answer's body, or a thrown problem. */
export async function ok<T>(call: Promise<Answer<T>>): Promise<T> {
  return (await answered(call)).data as T;
}

/** A body with the version that a change of it sends as `if-match`. */
export interface Tagged<T> {
  body: T;
  etag: string;
}

/** As `ok`, with the answer's `etag`. */
export async function tagged<T>(call: Promise<Answer<T>>): Promise<Tagged<T>> {
  const { data, response } = await answered(call);
  return { body: data as T, etag: response.headers.get("etag") ?? "" };
}

/** A fresh `idempotency-key`: what is sent twice under one key happens once. `randomUUID` is not there over plain http. */
export function attemptKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
