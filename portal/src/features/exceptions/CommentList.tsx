// The comments of this browser that wait for a network, or were refused.
import { Link } from "@tanstack/react-router";
import { useSay } from "../../i18n";
import { changed } from "../../offline/outbox";
import { Ago, Badge, Told } from "../../ui/parts";
import { useStore } from "../../ui/store";
import { ownerOf, useMe } from "../session/me";
import { commentsOf } from "./comments";

export function CommentList() {
  const { say } = useSay();
  const me = useMe();
  useStore(changed);
  const comments = me ? commentsOf(ownerOf(me)) : undefined;
  const list = comments?.list() ?? [];
  if (!comments || list.length === 0) return null;
  return (
    <section aria-labelledby="comments" className="card mb-4 p-4">
      <h2 id="comments" className="mb-2 font-semibold">{say("comments.title")}</h2>
      <p className="mb-2 text-muted">{say("comments.how")}</p>
      <ul className="grid gap-2">
        {list.map((comment) => (
          <li key={comment.id} className="flex flex-wrap items-center gap-2" data-comment={comment.state}>
            <Badge group="draft" value={comment.state} />
            <Link className="font-mono text-xs underline" to="/exceptions" search={{ id: comment.exception }}><bdi>{comment.reference}</bdi></Link>
            <bdi className="min-w-0">{comment.text}</bdi>
            <span className="text-xs text-muted"><Ago at={comment.at} /></span>
            {comment.problem && <span className="text-bad"><Told code={comment.code ?? ""} detail={comment.problem} /></span>}
            <button type="button" className="button ml-auto" onClick={() => comments.remove(comment.id)}>{say("orders.draftDiscard")}</button>
          </li>
        ))}
      </ul>
    </section>
  );
}
