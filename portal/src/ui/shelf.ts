// Where this browser keeps texts: its `localStorage`, or a map that lives as long as the page where that is forbidden.
export type Shelf = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

/** One that nobody else has, and that is gone with the page. */
export const memory = (): Shelf => {
  const map = new Map<string, string>();
  return {
    get length() {
      return map.size;
    },
    key: (index) => [...map.keys()][index] ?? null,
    getItem: (key) => map.get(key) ?? null,
    setItem: (key, value) => void map.set(key, value),
    removeItem: (key) => void map.delete(key),
  };
};

let found: Shelf | undefined;

export function shelf(): Shelf {
  try {
    found ??= localStorage;
  } catch {
    found ??= memory();
  }
  return found;
}
