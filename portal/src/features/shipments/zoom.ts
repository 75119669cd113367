// A timeline from afar: facts that say the same of the same place in a row are one, and what was corrected is behind what corrected it.
import type { Schemas } from "../../api/client";
import { whereOf } from "./places";

export type Milestone = Schemas["MilestoneOut"];
export const ZOOMS = ["compact", "timeline", "full"] as const;
export type Zoom = (typeof ZOOMS)[number];

/** The zoom that an address names. */
export const zoomOf = (text: string | undefined): Zoom => ZOOMS.find((zoom) => zoom === text) ?? "timeline";

/** Facts in a row, the latest first; there is at least one. */
export type Group = [Milestone, ...Milestone[]];

const place = (milestone: Milestone) => whereOf(milestone).toLowerCase();

export function groups(milestones: Milestone[]): Group[] {
  const found: Group[] = [];
  for (const milestone of milestones) {
    if (milestone.superseded) continue;
    const last = found[found.length - 1];
    const same = last && last[0].status === milestone.status && last[0].classifier === milestone.classifier && place(last[0]) === place(milestone);
    if (same) last.push(milestone);
    else found.push([milestone]);
  }
  return found;
}
