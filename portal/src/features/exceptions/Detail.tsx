// One exception: why it is one, what was done about it, and what to do. When two people change it, both versions are shown.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useAttempt } from "../../api/attempt";
import { client, ok, ProblemError, type Schemas } from "../../api/client";
import { useSay } from "../../i18n";
import { Ago, Badge, Loading, Moment, Problem, Said, Told } from "../../ui/parts";
import { ownerOf, useMay, useMe } from "../session/me";
import { Who } from "../session/Who";
import { type Act, type Exception, verbsOf } from "./act";
import { ActForm } from "./ActForm";
import { commentsOf, OLD, tell } from "./comments";

export function Detail({ id, onClose }: { id: string; onClose: () => void }) {
  const { say, word } = useSay();
  const queries = useQueryClient();
  const may = useMay("shipments:write");
  const me = useMe();
  const attempt = useAttempt();
  const query = useQuery({ queryKey: ["exception", id], queryFn: () => ok(client.GET("/v1/exceptions/{id}", { params: { path: { id } } })) });
  const mutation = useMutation({
    mutationFn: async ({ act, version, seen }: { act: Act; version: number; seen: Exception }) => {
      if (act.action !== "comment") return ok(client.POST("/v1/exceptions/{id}", { params: { path: { id }, header: { "if-match": `"${version}"` } }, body: act }));
      const comment = { id: attempt.keyOf([id, act.text]), at: Date.now(), exception: id, reference: seen.reference, text: act.text };
      try {
        return await tell(comment);
      } catch (error) {
        // Without a network it waits, if there is room for it.
        const isKept = error instanceof ProblemError && error.code === "offline" && me && commentsOf(ownerOf(me)).put({ ...comment, state: "waiting" });
        if (!isKept) throw error;
        return undefined;
      }
    },
    onSuccess: async (changed) => {
      attempt.done();
      if (changed) await queries.invalidateQueries({ predicate: (one) => OLD.some((old) => old === one.queryKey[0]) });
    },
  });
  const found = query.data;
  if (query.error) return <Problem error={query.error} retry={() => void query.refetch()} />;
  if (!found) return <Loading />;
  const conflict = mutation.error instanceof ProblemError && mutation.error.status === 412 ? mutation.error : undefined;
  const now = conflict?.current as Exception | undefined;
  const sent = mutation.variables;

  return (
    <section aria-labelledby="detail" className="card p-4">
      <div className="flex items-start justify-between gap-2">
        <h2 id="detail" className="min-w-0 font-semibold">
          <Link to="/shipments/$reference" params={{ reference: found.reference }} className="underline"><bdi className="font-mono text-sm">{found.reference}</bdi></Link>
        </h2>
        <button type="button" className="button" onClick={onClose}>{say("close")}</button>
      </div>
      <p className="mt-1 flex flex-wrap gap-1"><Badge group="cause" value={found.cause} /><Badge group="state" value={found.status} /></p>
      <p className="mt-2"><Told code={found.rule} detail={found.detail} /></p>
      <dl className="mt-2 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-xs">
        <dt className="text-muted">{say("exceptions.rule")}</dt><dd><code>{found.rule}</code></dd>
        <dt className="text-muted">{say("exceptions.since")}</dt><dd><Moment at={found.since} /> (<Ago at={found.since} />)</dd>
        <dt className="text-muted">{say("exceptions.owner")}</dt><dd>{found.owner ? <Who principal={found.owner} /> : "–"}</dd>
        {found.snoozed_until && <><dt className="text-muted">{say("act.until")}</dt><dd><Moment at={found.snoozed_until} /></dd></>}
        {found.resolution && <><dt className="text-muted">{say("exceptions.resolution")}</dt><dd><Text by={found.resolved_by} kind={found.resolution_kind} values={found.resolution_values} text={found.resolution} /></dd></>}
      </dl>
      {conflict && now && sent && (
        <div role="alert" data-conflict className="mt-3 rounded-md border border-warn/40 bg-warn-bg p-3 text-warn">
          <p className="font-medium">{say("conflict.title")}</p>
          <div className="mt-2 grid grid-cols-2 gap-3 text-ink">
            <Version title={say("conflict.seen")} version={sent.seen} />
            <Version title={say("conflict.now")} version={now} />
          </div>
          <p className="mt-2">{say("conflict.yours")} <strong>{say(`act.${sent.act.action}`)}</strong></p>
          <div className="mt-2 flex flex-wrap gap-2">
            <button type="button" className="button-main" onClick={() => mutation.mutate({ act: sent.act, version: now.version, seen: now })}>{say("conflict.mine")}</button>
            <button type="button" className="button" onClick={() => { mutation.reset(); void query.refetch(); }}>{say("conflict.theirs")}</button>
          </div>
        </div>
      )}
      {mutation.error && !conflict && <div className="mt-3"><Problem error={mutation.error} /></div>}
      <div className="mt-4 border-t border-line pt-3">
        {may ? (
          <ActForm verbs={verbsOf(found.status)} busy={mutation.isPending}
            onAct={(act, done) => mutation.mutate({ act, version: found.version, seen: found }, { onSuccess: done })} />
        ) : <p className="text-muted">{say("exceptions.mayNot")}</p>}
      </div>
      <h3 className="mb-1 mt-4 text-xs font-semibold text-muted">{say("exceptions.history")}</h3>
      <ol className="grid gap-1.5 text-xs">
        {[...(found.history ?? [])].reverse().map((line, index) => (
          <li key={index}><span className="font-medium">{word("acted", line.action)}</span> <span className="text-muted"><Who principal={line.actor} /> · <Ago at={line.at} /></span>{line.text && <span className="block"><Line of={found} line={line} text={line.text} /></span>}</li>
        ))}
      </ol>
    </section>
  );
}

/** What a line of the history says: to whom it was given, what the rule found, or what somebody wrote. */
function Line({ of, line, text }: { of: Exception; line: Schemas["ExceptionLine"]; text: string }) {
  if (line.action === "assigned") return <Who principal={text} />;
  return text === of.detail ? <Told code={of.rule} detail={text} /> : <Text by={line.actor} kind={line.text_kind} values={line.text_values} text={text} />;
}

/** What somebody wrote, or what Caravan itself says of an end or of another shipment: by its kind, or in English where it is from before there were kinds. */
function Text({ by, kind, values, text }: { by: string | null | undefined; kind: string | null | undefined; values: Record<string, string> | undefined; text: string }) {
  if (by === "system" && !kind) return <span lang="en">{text}</span>;
  return kind ? <Said by={`ended.${kind}`} values={values} text={text} /> : <bdi>{text}</bdi>;
}

function Version({ title, version }: { title: string; version: Exception }) {
  const { say } = useSay();
  return (
    <div className="min-w-0">
      <p className="text-xs font-semibold">{title}</p>
      <p><Badge group="state" value={version.status} /></p>
      <p className="text-xs">{say("exceptions.owner")}: {version.owner ? <Who principal={version.owner} /> : "–"}</p>
      {version.snoozed_until && <p className="text-xs"><Moment at={version.snoozed_until} /></p>}
      {version.resolution && <p className="text-xs"><Text by={version.resolved_by} kind={version.resolution_kind} values={version.resolution_values} text={version.resolution} /></p>}
    </div>
  );
}
