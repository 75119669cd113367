// Views that somebody saved: a name for the filters, order and columns of an address. They are this browser's; an address is how one is shared.
import type { Shelf } from "./shelf";
import { store } from "./store";

export interface View {
  name: string;
  /** The address's search text. */
  search: string;
}

const VIEWS_MAX = 30;
export const NAME_CHARS_MAX = 60;

/** Goes up with every change. */
export const viewsChanged = store(0);

const keyOf = (screen: string, owner: string) => `caravan.views.${screen}.${owner}`;

export function viewsOf(shelf: Pick<Shelf, "getItem">, screen: string, owner: string): View[] {
  try {
    const list: unknown = JSON.parse(shelf.getItem(keyOf(screen, owner)) ?? "[]");
    const isView = (one: Partial<View> | null) => typeof one?.name === "string" && typeof one.search === "string";
    return Array.isArray(list) ? list.filter(isView) : [];
  } catch {
    return [];
  }
}

/** With another view: one of the same name takes the old one's place. */
export function withView(views: View[], view: View): View[] {
  const name = view.name.trim().slice(0, NAME_CHARS_MAX);
  return name === "" ? views : [...views.filter((one) => one.name !== name), { ...view, name }].slice(-VIEWS_MAX);
}

export function keepViews(shelf: Pick<Shelf, "setItem">, screen: string, owner: string, views: View[]): void {
  try {
    shelf.setItem(keyOf(screen, owner), JSON.stringify(views));
  } catch {
    // No room: the address still has all of it.
  }
  viewsChanged.set(viewsChanged.get() + 1);
}
