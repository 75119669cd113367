// The small parts that every screen is made of.
import { type ReactNode, useEffect, useId, useRef } from "react";
import { ProblemError } from "../api/client";
import { useSay } from "../i18n";
import { age, moment } from "./time";
import { useNow } from "./now";
import { valuesOf } from "./values";

/** What a failure of the API is: its own words, in another language below what they mean. */
export function Told({ code, detail }: { code: string; detail: string | null | undefined }) {
  const { meaning, language } = useSay();
  const known = meaning(code);
  if (!known) return language === "en" ? <>{detail || code}</> : <span lang="en">{detail || code}</span>;
  return <>{known}{detail && <span lang="en" className="block text-xs font-normal">{detail}</span>}</>;
}

/** A sentence of the API: what `by`, its kind or the sentence itself, means in the reader's language with its values, else as it came. */
export function Said({ by, values, text }: { by: string; values?: Record<string, string> | undefined; text: string }) {
  const { meaning, word } = useSay();
  const known = meaning(by, values && valuesOf(values, word));
  return known ? <>{known}</> : <span lang="en">{text}</span>;
}

/** A failure: what, what next, and what to quote to the operator. */
export function Problem({ error, retry }: { error: unknown; retry?: () => void }) {
  const { say } = useSay();
  const problem = error instanceof ProblemError ? error : new ProblemError("unreadable", String(error));
  const next = () => {
    if (problem.code === "offline") return say("problem.next.offline");
    if (problem.status === 403) return say("problem.next.403");
    if (problem.status === 404) return say("problem.next.404");
    return say(problem.status >= 400 && problem.status < 500 ? "problem.next.4" : "problem.next.5");
  };
  return (
    <div role="alert" className="rounded-lg border border-bad/40 bg-bad-bg p-3 text-bad">
      <p className="font-medium">{problem.code === "offline" ? say("problem.offline") : problem.detail ? <Told code={problem.code} detail={problem.detail} /> : say("problem.title")}</p>
      {problem.violations.map((violation) => (
        <p key={violation.pointer}><code>{violation.pointer}</code>: {violation.message}</p>
      ))}
      <p className="mt-1">{next()}</p>
      <p className="mt-2 flex flex-wrap items-center gap-x-4 gap-y-1 text-xs">
        {problem.status > 0 && (
          <a className="underline" href={`/docs/problems/${encodeURIComponent(problem.code)}`}>
            {say("problem.about", { code: problem.code })}
          </a>
        )}
        {problem.trace && <span>{say("problem.trace")} <code className="select-all">{problem.trace}</code></span>}
        {retry && <button type="button" className="button" onClick={retry}>{say("problem.retry")}</button>}
      </p>
    </div>
  );
}

export function Loading() {
  const { say } = useSay();
  return <p role="status" className="p-6 text-muted">{say("loading")}</p>;
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="card p-8 text-center">
      <p className="font-medium">{title}</p>
      {children && <div className="mx-auto mt-1 max-w-prose text-muted">{children}</div>}
    </div>
  );
}

const TONES: Record<string, "good" | "warn" | "bad"> = {
  delivered: "good", done: "good", matched: "good", "within-tolerance": "good", approved: "good", settled: "good", active: "good", enabled: "good", valid: "good", published: "good", ok: "good", resolved: "good", ready: "good", accepted: "good",
  exception: "bad", returned: "bad", damage: "bad", problem: "bad", return: "bad", failed: "bad", rejected: "bad", refused: "bad", declined: "bad", error: "bad", duplicate: "bad", unreachable: "bad",
  "delivery-attempted": "warn", "failed-attempt": "warn", delay: "warn", halt: "warn", silence: "warn", partial: "warn", waiting: "warn", silent: "warn", checking: "warn", committing: "warn", warning: "warn", snoozed: "warn", disputed: "warn", "missing-delivery": "warn", degraded: "warn", pending: "warn", held: "warn", expired: "warn",
};
const LOOKS = {
  good: ["✓", "bg-good-bg text-good"],
  warn: ["!", "bg-warn-bg text-warn"],
  bad: ["✕", "bg-bad-bg text-bad"],
  plain: ["•", "bg-sunken text-ink"],
} as const;

/** Brings the next page of a list, as long as there is one. */
export function More({ pages }: { pages: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown } }) {
  const { say } = useSay();
  if (!pages.hasNextPage) return null;
  return <button type="button" className="button mt-2" disabled={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>{say("exceptions.more")}</button>;
}

/** A state, as a sign and a word: never by colour alone. */
export function Badge({ group, value }: { group: string; value: string }) {
  const { word } = useSay();
  const [sign, look] = LOOKS[TONES[value] ?? "plain"];
  return (
    <span className={`inline-flex items-center gap-1 rounded px-1.5 py-0.5 text-xs font-medium ${look}`}>
      <span aria-hidden="true">{sign}</span>{word(group, value)}
    </span>
  );
}

/** A moment by its age, exact on hover and to assistive technology. */
export function Ago({ at }: { at: string | number | null | undefined }) {
  const { language } = useSay();
  const now = useNow();
  if (at === null || at === undefined) return <>–</>;
  const date = new Date(at);
  const exact = moment(language, date);
  if (exact === "–") return <>–</>;
  return <time dateTime={date.toISOString()} title={exact}>{age(language, date, now)}</time>;
}

export function Moment({ at }: { at: string | number | null | undefined }) {
  const { language } = useSay();
  if (at === null || at === undefined) return <>–</>;
  const date = new Date(at);
  const exact = moment(language, date);
  return exact === "–" ? <>{String(at)}</> : <time dateTime={date.toISOString()}>{exact}</time>;
}

/** A modal dialog: the browser's own, so that focus stays in it and Escape leaves it. */
export function Dialog({ title, onClose, children, closable = true }: { title: string; onClose: () => void; children: ReactNode; closable?: boolean }) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = ref.current;
    if (dialog && !dialog.open) dialog.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        if (closable) onClose();
      }}
      className="card w-[min(34rem,calc(100vw-2rem))] p-5 text-ink shadow-xl"
    >
      <h2 id={id} className="mb-3 text-base font-semibold">{title}</h2>
      {children}
    </dialog>
  );
}
