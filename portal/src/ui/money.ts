// Money as people read it: the API's decimal texts, never a floating-point number.
import { type Language, locale } from "../i18n";

/** `1250000.50` of `INR` as ₹12,50,000.50; an unknown currency stands behind the amount as it came. */
export function money(of: Language, amount: string | null | undefined, currency: string): string {
  if (amount === null || amount === undefined) return "–";
  if (!/^-?\d+(\.\d+)?$/.test(amount)) return `${amount} ${currency}`;
  try {
    // A text is formatted exactly, however long it is (ECMA-402, Intl mathematical values).
    return new Intl.NumberFormat(locale(of), { style: "currency", currency }).format(amount as Intl.StringNumericLiteral);
  } catch {
    return `${amount} ${currency}`;
  }
}

/** The sum of decimal texts with the same number of places at most, as a decimal text. */
export function sum(amounts: string[]): string {
  const places = amounts.reduce((most, amount) => Math.max(most, amount.split(".")[1]?.length ?? 0), 0);
  const total = amounts.reduce((so, amount) => {
    const [whole = "0", part = ""] = amount.replace("-", "").split(".");
    const units = BigInt(whole + part.padEnd(places, "0"));
    return amount.startsWith("-") ? so - units : so + units;
  }, 0n);
  const digits = (total < 0n ? -total : total).toString().padStart(places + 1, "0");
  const text = places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
  return total < 0n ? `-${text}` : text;
}

/** Whether it is neither nothing nor zero. */
export const nonzero = (amount: string | null | undefined): boolean => /[1-9]/.test(amount ?? "");
