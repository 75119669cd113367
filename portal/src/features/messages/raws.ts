// The bytes of a message, read once: they are named by what they are.
import { queryOptions } from "@tanstack/react-query";
import { problemOf } from "../../api/client";

async function rawOf(id: string): Promise<Uint8Array> {
  const response = await fetch(`/v1/documents/${encodeURIComponent(id)}/raw`);
  if (!response.ok) throw problemOf(await response.json().catch(() => undefined), response);
  return new Uint8Array(await response.arrayBuffer());
}

/** `id` in full; without one there is nothing to read yet. */
export const rawQuery = (id: string | undefined, wanted: boolean) =>
  queryOptions({ queryKey: ["raw", id], queryFn: () => rawOf(id ?? ""), enabled: wanted && id !== undefined, staleTime: Number.POSITIVE_INFINITY });
