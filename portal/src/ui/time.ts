// Moments as people read them: how long ago, and when exactly in the reader's own zone.
import { type Language, locale, perLanguage } from "../i18n";

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

const ages = perLanguage((of) => new Intl.RelativeTimeFormat(of, { numeric: "auto" }));
const moments = perLanguage((of) => new Intl.DateTimeFormat(of, { dateStyle: "medium", timeStyle: "short" }));

/** "3 hours ago", "in 2 days"; less than a minute is "now". */
export function age(of: Language, at: Date, now: Date): string {
  const seconds = (at.getTime() - now.getTime()) / 1000;
  const format = ages(of);
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return format.format(0, "second");
}

export function moment(of: Language, at: Date): string {
  return Number.isNaN(at.getTime()) ? "–" : moments(of).format(at);
}

export function duration(of: Language, minutes: number): string {
  const unit = (value: number, name: string) =>
    new Intl.NumberFormat(locale(of), { style: "unit", unit: name, unitDisplay: "short" }).format(value);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  if (hours === 0) return unit(minutes, "minute");
  return rest === 0 ? unit(hours, "hour") : `${unit(hours, "hour")} ${unit(rest, "minute")}`;
}
