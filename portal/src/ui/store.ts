// A value that components follow, for the few things that belong to the whole page.
import { useSyncExternalStore } from "react";

export interface Store<T> {
  get(): T;
  set(value: T): void;
  subscribe(listener: () => void): () => void;
}

export function store<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set: (next) => {
      if (Object.is(value, next)) return;
      value = next;
      for (const listener of listeners) listener();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export function useStore<T>(from: Store<T>): T {
  return useSyncExternalStore(from.subscribe, from.get);
}

/** A choice that outlives the tab. Where storage is forbidden it lives as long as the tab. */
export function kept<T extends string>(name: string, values: readonly T[], otherwise: T): Store<T> {
  const read = () => {
    try {
      return values.find((value) => value === localStorage.getItem(name));
    } catch {
      return undefined;
    }
  };
  const inner = store<T>((typeof localStorage === "undefined" ? undefined : read()) ?? otherwise);
  return {
    ...inner,
    set: (value) => {
      try {
        localStorage.setItem(name, value);
      } catch {
        // As said above.
      }
      inner.set(value);
    },
  };
}
