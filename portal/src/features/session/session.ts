// Who is signed in, as far as this tab knows: the shell draws what follows from it.
import { store } from "../../ui/store";

export type Standing = "unknown" | "in" | "out" | "expired";

export const standing = store<Standing>("unknown");

/** A call was refused for want of a session: after a page was in use it stays as it is, under a dialog that asks to sign in. */
export function expired(): void {
  const now = standing.get();
  standing.set(now === "in" || now === "expired" ? "expired" : "out");
}
