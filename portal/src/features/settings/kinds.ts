// The kinds of event that can be asked for, from the document that describes them.
import { problemOf } from "../../api/client";

export interface Kind {
  name: string;
  summary: string;
}

/** The channels of an AsyncAPI document, in their order. */
export function kindsOf(document: unknown): Kind[] {
  const channels = (document as { channels?: Record<string, { summary?: string }> } | undefined)?.channels ?? {};
  return Object.entries(channels).map(([name, channel]) => ({ name, summary: channel.summary ?? "" }));
}

export const kindsQuery = {
  queryKey: ["kinds"],
  queryFn: async () => {
    const response = await fetch("/asyncapi.json");
    if (!response.ok) throw problemOf(await response.json().catch(() => undefined), response);
    return kindsOf(await response.json());
  },
  staleTime: Number.POSITIVE_INFINITY,
};
