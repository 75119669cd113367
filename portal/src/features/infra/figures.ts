// The figures of the infrastructure page, as columns of a chart and as texts.
import { type Language, locale } from "../../i18n";

/** A minute of answers, as the API tells it. */
export interface Minute {
  at: string;
  requests: number;
  refused: number;
  failed: number;
  p95_ms?: number | null;
}

/** One series beside its times (seconds since 1970), as uPlot takes them. */
export type Columns = [number[], ...(number | null)[][]];

/** The columns of the minutes; `of` names the series. A minute without the figure is a gap, not a zero. */
export function columns(minutes: Minute[], of: (keyof Omit<Minute, "at">)[]): Columns {
  return [minutes.map((minute) => Math.floor(Date.parse(minute.at) / 1000)), ...of.map((name) => minutes.map((minute) => minute[name] ?? null))];
}

/** The span of a minute of answers, for the explorer: what came in then. */
export function spanOf(minute: Pick<Minute, "at">): { from: string; to: string } {
  const began = Date.parse(minute.at);
  return { from: new Date(began).toISOString(), to: new Date(began + 60_000).toISOString() };
}

export const percent = (of: Language, share: number): string => new Intl.NumberFormat(locale(of), { style: "percent", maximumFractionDigits: share < 0.01 ? 2 : 1 }).format(share);

export const count = (of: Language, value: number): string => new Intl.NumberFormat(locale(of), { maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);

export function seconds(of: Language, value: number): string {
  const [amount, unit] = value >= 3_600 ? [value / 3_600, "hour"] : value >= 60 ? [value / 60, "minute"] : [value, "second"];
  return new Intl.NumberFormat(locale(of), { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 1 }).format(amount);
}

export function millis(of: Language, value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : new Intl.NumberFormat(locale(of), { style: "unit", unit: "millisecond", unitDisplay: "short", maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
}

/** Binary sizes under their decimal names, as operators read them in tools. */
export function size(of: Language, bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) return "–";
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
  let value = bytes;
  let at = 0;
  while (value >= 1024 && at < units.length - 1) {
    value /= 1024;
    at += 1;
  }
  return new Intl.NumberFormat(locale(of), { style: "unit", unit: units[at] ?? "byte", unitDisplay: "short", maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
}
