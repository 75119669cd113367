// How far a party was verified, as a sign and in words.
import { useSay } from "../../i18n";

const SIGNS: Record<string, string> = { spec: "●○○", sandbox: "●●○", production: "●●●" };

export function Verified({ level }: { level: string }) {
  const { word } = useSay();
  return <span className="text-xs"><span aria-hidden="true" className="mr-1 text-accent">{SIGNS[level] ?? "○○○"}</span>{word("verified", level)}</span>;
}
