// The saved views of a screen: one is a link; the address of now can be saved under a name, or copied for somebody else.
import { Link, useRouterState } from "@tanstack/react-router";
import { type FormEvent, type ReactNode, useState } from "react";
import { ownerOf, useMe } from "../features/session/me";
import { useSay } from "../i18n";
import { shelf } from "./shelf";
import { useStore } from "./store";
import { keepViews, NAME_CHARS_MAX, viewsChanged, viewsOf, withView } from "./views";

export function Views({ screen, children }: { screen: string; children?: ReactNode }) {
  const { say } = useSay();
  const me = useMe();
  const at = useRouterState({ select: (state) => state.location });
  const [name, setName] = useState<string>();
  const [copied, setCopied] = useState(false);
  useStore(viewsChanged);
  if (!me) return null;
  const owner = ownerOf(me);
  const views = viewsOf(shelf(), screen, owner);
  const save = (event: FormEvent) => {
    event.preventDefault();
    if (!name?.trim()) return;
    keepViews(shelf(), screen, owner, withView(views, { name, search: at.searchStr }));
    setName(undefined);
  };
  // Without https there is no clipboard; the address bar has the same.
  const copy = async () => {
    await navigator.clipboard?.writeText(location.href);
    setCopied(true);
  };
  return (
    <div className="mb-3 flex flex-wrap items-center gap-2" role="group" aria-label={say("views.title")}>
      {children}
      {views.map((view) => (
        <span key={view.name} className="inline-flex items-center rounded-md border border-line bg-card">
          <Link to={at.pathname} search={Object.fromEntries(new URLSearchParams(view.search)) as never} className={`px-2.5 py-1 hover:underline ${view.search === at.searchStr ? "font-semibold" : ""}`} aria-current={view.search === at.searchStr ? "true" : undefined}><bdi>{view.name}</bdi></Link>
          <button type="button" className="size-7 text-muted hover:text-ink" aria-label={say("views.remove", { name: view.name })} onClick={() => keepViews(shelf(), screen, owner, views.filter((one) => one !== view))}>✕</button>
        </span>
      ))}
      {name === undefined ? (
        <>
          <button type="button" className="button" disabled={at.searchStr === ""} onClick={() => setName("")}>{say("views.save")}</button>
          {at.searchStr !== "" && <button type="button" className="button" onClick={() => void copy().catch(() => setCopied(false))}>{say(copied ? "views.copied" : "views.copy")}</button>}
        </>
      ) : (
        <form onSubmit={save} className="flex gap-2">
          <input className="field w-44" autoFocus aria-label={say("views.name")} placeholder={say("views.name")} maxLength={NAME_CHARS_MAX} value={name} onChange={(event) => setName(event.target.value)}
            onKeyDown={(event) => { if (event.key === "Escape") setName(undefined); }} />
          <button type="submit" className="button-main" disabled={name.trim() === ""}>{say("views.save")}</button>
        </form>
      )}
    </div>
  );
}
