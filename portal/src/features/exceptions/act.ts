// What can be done with an exception, and what a form of it becomes when it is sent.
import type { Schemas } from "../../api/client";

export type Exception = Schemas["Exception"];
export type Act = Schemas["ExceptionAct"];
export type Verb = Act["action"];

/** What is typed, of whatever verb: it stays when the verb is changed. */
export interface Draft {
  owner: string;
  until: string;
  text: string;
}

export const EMPTY: Draft = { owner: "", until: "", text: "" };

/** Which verbs a status allows. The API decides; this is what is offered. */
export function verbsOf(status: string): Verb[] {
  return status === "resolved" ? ["comment", "reopen"] : ["assign", "comment", "snooze", "resolve"];
}

/** The draft as the API takes it; nothing when something is missing. */
export function actOf(verb: Verb, draft: Draft): Act | undefined {
  const text = draft.text.trim();
  switch (verb) {
    case "assign":
      return { action: "assign", owner: draft.owner.trim() || null };
    case "snooze": {
      const until = new Date(draft.until);
      return Number.isNaN(until.getTime()) ? undefined : { action: "snooze", until: until.toISOString(), reason: text || null };
    }
    case "comment":
      return text ? { action: "comment", text } : undefined;
    case "resolve":
    case "reopen":
      return text ? { action: verb, reason: text } : undefined;
  }
}

/** By cause, in the order in which causes first appear; within one the order stays. */
export function grouped(items: Exception[]): [string, Exception[]][] {
  const groups = new Map<string, Exception[]>();
  for (const item of items) {
    const group = groups.get(item.cause);
    if (group) group.push(item);
    else groups.set(item.cause, [item]);
  }
  return [...groups];
}
