// One draft on the page: kept with every change.
import { useState } from "react";
import { changed } from "../../offline/outbox";
import { useStore } from "../../ui/store";
import { ownerOf, useMe } from "../session/me";
import { type Content, isFresh } from "./content";
import { type Draft, draftsOf } from "./drafts";

/** `begin` is what the form holds when there is no draft yet. */
export function useDraft(id: string, begin: () => Pick<Draft, "content" | "of">) {
  const me = useMe();
  const drafts = draftsOf(me ? ownerOf(me) : "");
  useStore(changed);
  const [typed, setDraft] = useState<Draft>(() => drafts.get(id) ?? { id, at: 0, state: "open", ...begin() });
  const [full, setFull] = useState(false);
  // What waits is sent, or refused, behind the page's back.
  const kept = drafts.get(id);
  const draft = typed.state === "waiting" && kept ? kept : typed;
  const keep = (next: Draft) => {
    setDraft(next);
    setFull(!drafts.put(next));
  };
  return {
    draft,
    /** There was no room to keep it: it lives as long as the page. */
    full,
    /** It waited and is not there any more: it was sent. */
    isSent: typed.state === "waiting" && !kept && !full,
    keep,
    change: (content: Content) => keep({ ...draft, content, at: Date.now(), state: "open" }),
    forget: () => drafts.remove(id),
    /** Whether there is something that a person would miss. */
    isWorth: draft.at > 0 && !isFresh(draft.content),
  };
}
