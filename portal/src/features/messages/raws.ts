// The bytes of a message and of our answers, read once: they are named by what they are.
import { queryOptions } from "@tanstack/react-query";
import { problemOf } from "../../api/client";

/** What names a message: its bytes, and the connection that received them, as several can. */
export const idOf = (message: { id: string; connection: string }) => `${message.id}@${message.connection}`;

async function rawAt(path: string): Promise<Uint8Array> {
  const response = await fetch(`/v1/documents/${path}/raw`);
  if (!response.ok) throw problemOf(await response.json().catch(() => undefined), response);
  return new Uint8Array(await response.arrayBuffer());
}

/** `id` in full; without one there is nothing to read yet. */
export const rawQuery = (id: string | undefined, wanted: boolean) =>
  queryOptions({ queryKey: ["raw", id], queryFn: () => rawAt(encodeURIComponent(id ?? "")), enabled: wanted && id !== undefined, staleTime: Number.POSITIVE_INFINITY });

/** One of our answers to a message, both by their ids in full. */
export const answerQuery = (message: string, answer: string) =>
  queryOptions({ queryKey: ["raw", message, answer], queryFn: () => rawAt(`${encodeURIComponent(message)}/answers/${encodeURIComponent(answer)}`), staleTime: Number.POSITIVE_INFINITY });
