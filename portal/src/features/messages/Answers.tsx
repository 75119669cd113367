// What we answered to a message (a 997, a SYSTAT01): each answer's bytes, as they went out.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { useSay } from "../../i18n";
import { Loading, Moment, Problem } from "../../ui/parts";
import { bytes, textOf } from "./raw";
import { answerQuery } from "./raws";

type Answer = Schemas["DocumentAnswer"];
/** A larger one is downloaded, not shown. */
const SHOWN_BYTES_MAX = 200_000;

export function Answers({ message, answers }: { message: string; answers: Answer[] }) {
  const { say, language } = useSay();
  const [chosen, setChosen] = useState<string>();
  const shown = answers.find((answer) => answer.document === chosen) ?? answers[0];
  if (!shown) return null;
  return (
    <section aria-labelledby="answers" className="min-w-0">
      <h2 id="answers" className="mb-2 font-semibold">{say("message.answers")}</h2>
      <ul className="mb-2 grid min-w-0 grid-cols-1 gap-1">
        {answers.map((answer) => (
          <li key={answer.name} className="flex min-w-0 flex-wrap items-center justify-between gap-2">
            <button type="button" className="button h-auto min-h-8 max-w-full text-start [overflow-wrap:anywhere] whitespace-normal" aria-pressed={answer.document === shown.document} onClick={() => setChosen(answer.document)}>
              <bdi className="font-mono text-xs">{answer.name}</bdi> <code className="text-muted">{answer.kind}</code>
            </button>
            <span className="text-muted">{bytes(language, answer.size_bytes)} · <Moment at={answer.created_ms} /> · <a className="underline" href={`/v1/documents/${message}/answers/${answer.document}/raw`} download={answer.name}>{say("message.download")}</a></span>
          </li>
        ))}
      </ul>
      {shown.size_bytes > SHOWN_BYTES_MAX ? <p className="card p-4 text-muted">{say("message.tooLarge")}</p> : <Out message={message} answer={shown} />}
    </section>
  );
}

function Out({ message, answer }: { message: string; answer: Answer }) {
  const { say } = useSay();
  const raw = useQuery(answerQuery(message, answer.document));
  if (raw.error) return <Problem error={raw.error} retry={() => void raw.refetch()} />;
  if (!raw.data) return <Loading />;
  return (
    <pre data-answer={answer.document} tabIndex={0} role="region" aria-label={say("message.answered", { name: answer.name })} dir="ltr"
      className="card max-h-[70dvh] overflow-auto whitespace-pre-wrap p-3 font-mono text-xs leading-5 [overflow-wrap:anywhere]">
      {textOf(raw.data)}
    </pre>
  );
}
