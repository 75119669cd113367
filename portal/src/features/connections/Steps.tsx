// A connection's test, step by step, with what to do next; to be copied for whoever must mend it.
import { useSay } from "../../i18n";
import { Told } from "../../ui/parts";
import { Copy } from "../../ui/Secret";
import { diagnosis, type Trial } from "./diagnosis";

const LOOKS = { ok: ["✓", "text-good"], failed: ["✕", "text-bad"], skipped: ["–", "text-muted"] } as const;

export function Steps({ trial, party, environment }: { trial: Trial; party: string; environment: string }) {
  const { say, word } = useSay();
  return (
    <section aria-label={say("connect.steps")} data-trial={trial.ok ? "ok" : "failed"} className={`rounded-lg border p-4 ${trial.ok ? "border-good/40" : "border-bad/40"}`}>
      <p role="status" className={`font-semibold ${trial.ok ? "text-good" : "text-bad"}`}>{trial.ok ? `✓ ${say("connect.works")}` : `✕ ${say("connect.fails")}`} <span className="text-xs font-normal text-muted">{trial.took_ms} ms</span></p>
      <ol className="my-3 grid gap-2">
        {trial.steps.map((step, index) => {
          const [sign, look] = LOOKS[step.outcome];
          return (
            <li key={index} className="grid grid-cols-[1.25rem_minmax(0,1fr)]">
              <span aria-hidden="true" className={look}>{sign}</span>
              <span className="min-w-0 [overflow-wrap:anywhere]">
                <span className="font-medium">{word("step", step.step)}</span>{step.endpoint && <code className="ml-1 text-xs">{step.endpoint}</code>} <span className={`text-xs ${look}`}>{word("stepOutcome", step.outcome)}</span>
                <span className="block text-xs text-muted" lang="en">{step.detail}</span>
                {step.hint && <span className="block text-xs text-bad">→ <Told code={`hint.${step.hint_code}`} detail={step.hint} /></span>}
              </span>
            </li>
          );
        })}
      </ol>
      <Copy text={diagnosis(trial, { party, environment, at: new Date() })} label={say("connect.copy")} />
    </section>
  );
}
