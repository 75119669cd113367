// Single keys are shortcuts only where nobody is typing, and where nobody switched them off (WCAG 2.1.4).
import { kept } from "../../ui/store";

export const keys = kept<"on" | "off">("caravan.keys", ["on", "off"], "on");

export function typing(event: KeyboardEvent): boolean {
  const target = event.target;
  return (
    keys.get() === "off" || event.ctrlKey || event.metaKey || event.altKey ||
    document.querySelector("dialog[open]") !== null ||
    (target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)))
  );
}
