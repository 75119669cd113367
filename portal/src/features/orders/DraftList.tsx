// The drafts of this browser: what waits for a network, what was refused, what was begun.
import { Link } from "@tanstack/react-router";
import { useSay } from "../../i18n";
import { changed } from "../../offline/outbox";
import { Ago, Badge, Told } from "../../ui/parts";
import { useStore } from "../../ui/store";
import { ownerOf, useMe } from "../session/me";
import { type Draft, draftsOf } from "./drafts";

export function DraftList() {
  const { say } = useSay();
  const me = useMe();
  useStore(changed);
  const drafts = me ? draftsOf(ownerOf(me)) : undefined;
  const list = drafts?.list() ?? [];
  if (!drafts || list.length === 0) return null;
  return (
    <section aria-labelledby="drafts" className="card mb-4 p-4">
      <h2 id="drafts" className="mb-2 font-semibold">{say("orders.drafts", { n: list.length })}</h2>
      <ul className="grid gap-2">
        {list.map((draft) => (
          <li key={draft.id} className="flex flex-wrap items-center gap-2" data-draft={draft.state}>
            <Badge group="draft" value={draft.state} />
            {draft.of
              ? <Link className="font-medium underline" to="/orders/$id/edit" params={{ id: draft.of.id }}><bdi>{say("orders.draftOf", { number: draft.of.content.number ?? draft.of.id })}</bdi></Link>
              : <Link className="font-medium underline" to="/orders/new" search={{ draft: draft.id }}><bdi>{nameOf(draft) || say("orders.draftNew")}</bdi></Link>}
            <span className="text-xs text-muted"><Ago at={draft.at} /></span>
            {draft.problem && <span className="text-bad"><Told code={draft.code ?? ""} detail={draft.problem} /></span>}
            <button type="button" className="button ml-auto" onClick={() => drafts.remove(draft.id)}>{say("orders.draftDiscard")}</button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What a person knows a draft by: its number, or from where to where. */
function nameOf({ content }: Draft): string {
  const cities = content.stops?.map((stop) => stop.place?.city ?? stop.name).filter(Boolean) ?? [];
  return content.number ?? cities.join(" → ");
}
