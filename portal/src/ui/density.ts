// How close the lines stand: the same for every list, as the reader likes it.
import { kept } from "./store";

const root = typeof document === "undefined" ? undefined : document.documentElement;

export const density = kept<"comfortable" | "compact">("caravan.density", ["comfortable", "compact"], "comfortable");

const show = () => {
  if (root) root.dataset.density = density.get();
};
show();
density.subscribe(show);
