// Addresses that let somebody in once: an invitation, or a new password. The token stands behind `#`, which browsers send to nobody.

export type Entry = { kind: "invitation" | "reset"; token: string };

const KINDS = ["invitation", "reset"] as const;

export const entryAddress = (origin: string, kind: Entry["kind"], token: string): string => `${origin}/sign-in#${kind}=${encodeURIComponent(token)}`;

/** What an address's part behind `#` lets in by, if anything. */
export function entryOf(hash: string): Entry | undefined {
  const told = new URLSearchParams(hash.replace(/^#/, ""));
  for (const kind of KINDS) {
    const token = told.get(kind);
    if (token) return { kind, token };
  }
  return undefined;
}
