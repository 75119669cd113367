// A test's steps as text, to be sent to the party: what was tried, what was seen, and never a secret.
import type { Schemas } from "../../api/client";

export type Trial = Schemas["ConnectionTest"];

export function diagnosis(trial: Trial, about: { party: string; environment: string; at: Date }): string {
  const signs = { ok: "ok     ", failed: "FAILED ", skipped: "skipped" } as const;
  const lines = trial.steps.flatMap((step) => {
    const head = `${signs[step.outcome]} ${step.step}${step.endpoint ? ` (${step.endpoint})` : ""}: ${step.detail}`;
    return step.hint ? [head, `        next: ${step.hint}`] : [head];
  });
  return [`Caravan, test of the connection to ${about.party} (${about.environment}), ${about.at.toISOString()}, ${trial.took_ms} ms`, ...lines].join("\n");
}
