// The steps of an order's life as a person tells them, and what each sends; nothing is sent that still lacks a word.
import type { Schemas } from "../../api/client";
import { momentOf } from "./content";

export const VERBS = ["approve", "assign", "tender", "accept", "decline", "dispatch", "deliver", "close", "release", "hold", "withdraw", "cancel"] as const;
export type Verb = (typeof VERBS)[number];

/** What is typed, for whichever step. */
export const SAID = { reason: "", carrier: "", within: "120", reference: "", lr: "", vehicle: "", driver: "", phone: "", pro: "", awb: "", at: "", pod: "" };
export type Said = typeof SAID;

const REASONED: readonly Verb[] = ["hold", "withdraw", "cancel", "decline"];
/** Whether a step is refused without a reason. */
export const needsReason = (verb: Verb) => REASONED.includes(verb);

/** The steps that an order allows and the caller's scopes open, in the order of its life. */
export function verbsOf(allowed: readonly string[], scopes: readonly string[]): Verb[] {
  const may = (scope: string) => scopes.includes("*") || scopes.includes(scope);
  return VERBS.filter((verb) => allowed.includes(verb) && may(verb === "approve" ? "orders:approve" : "orders:write"));
}

const given = (text: string) => text.trim() || null;

export const reasonOf = (verb: Verb, said: Said): Schemas["ReasonIn"] | undefined => (needsReason(verb) && !given(said.reason) ? undefined : { reason: given(said.reason) });

/** Without a carrier the cheapest by rate is taken. */
export const assignOf = (said: Said): Schemas["AssignIn"] => {
  const carrier = given(said.carrier);
  return carrier ? { by: "hand", carrier, reason: given(said.reason) } : { by: "rate", reason: given(said.reason) };
};

export const tenderOf = (said: Said): Schemas["TenderIn"] => ({ respond_within_min: Number(said.within) });

export const answerOf = (verb: "accept" | "decline", said: Said): Schemas["AnswerIn"] | undefined => {
  if (verb === "accept") return { answer: "accepted", carrier_reference: given(said.reference), reason: given(said.reason) };
  return given(said.reason) ? { answer: "declined", reason: given(said.reason) } : undefined;
};

export const dispatchOf = (said: Said): Schemas["DispatchIn"] | undefined => {
  const [lr, vehicle] = [given(said.lr), given(said.vehicle)];
  if (!lr || !vehicle) return undefined;
  const driver = given(said.driver) || given(said.phone) ? { name: given(said.driver), phone: given(said.phone) } : null;
  return { lr_number: lr, vehicle, driver, pro: given(said.pro), awb: given(said.awb), at: momentOf(said.at) ?? null };
};

export const deliverOf = (said: Said): Schemas["DeliverIn"] => ({ at: momentOf(said.at) ?? null, pod: given(said.pod), reason: given(said.reason) });

/** Whether a step has all that it needs. */
export function isReady(verb: Verb, said: Said): boolean {
  if (verb === "dispatch") return dispatchOf(said) !== undefined;
  if (verb === "accept" || verb === "decline") return answerOf(verb, said) !== undefined;
  return reasonOf(verb, said) !== undefined;
}
