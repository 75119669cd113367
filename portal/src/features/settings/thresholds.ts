// Tracking's thresholds as a form holds them: one text of minutes for each, empty where nothing is said.
import type { Schemas } from "../../api/client";

export type Said = Schemas["Thresholds"];
type Set = Schemas["ThresholdSet"];
type Shown = Schemas["ThresholdsOut"];

export const LIMITS = ["halted_after_min", "silent_after_min", "delay_tolerance_min", "detention_free_min"] as const;
export type Limit = (typeof LIMITS)[number];
/** What is said for all shipments; beside it stand the modes. */
export const ALL = "all";
/** A month: the API takes no more. */
export const MINUTES_MAX = 43_200;

/** What is typed, by `mode.limit`. */
export type Typed = Record<string, string>;

export const nameOf = (group: string, limit: Limit) => `${group}.${limit}`;

/** The least that makes sense: goods are not halted at once. */
export const leastOf = (limit: Limit) => (limit === "halted_after_min" || limit === "silent_after_min" ? 1 : 0);

/** All shipments, then each mode that the API knows. */
export const groupsOf = (shown: Shown): string[] => [ALL, ...Object.keys(shown.in_force_by_mode)];

/** What was said, as texts; every group has each of its limits. */
export function typedOf(shown: Shown): Typed {
  const setOf = (group: string): Set => (group === ALL ? shown.general : (shown.modes[group] ?? {}));
  return Object.fromEntries(groupsOf(shown).flatMap((group) => LIMITS.map((limit) => [nameOf(group, limit), String(setOf(group)[limit] ?? "")])));
}

/** What is said by these texts: what is empty is left out, and so is a mode of which nothing is said. */
export function saidOf(typed: Typed): Said {
  const sets: Record<string, Set> = {};
  for (const [name, text] of Object.entries(typed)) {
    const [group = "", limit = ""] = name.split(".");
    if (text.trim() !== "") sets[group] = { ...sets[group], [limit]: Number(text) };
  }
  const { [ALL]: general = {}, ...modes } = sets;
  return { general, modes };
}
