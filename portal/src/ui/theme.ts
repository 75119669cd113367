// Light or dark: as the system says until somebody chooses. `public/theme.js` did the same before the first paint.
import { kept } from "./store";

const root = typeof document === "undefined" ? undefined : document.documentElement;

export const theme = kept<"light" | "dark">("caravan.theme", ["light", "dark"], root?.dataset.theme === "dark" ? "dark" : "light");

theme.subscribe(() => {
  if (root) root.dataset.theme = theme.get();
});
