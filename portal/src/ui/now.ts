// One clock for every age on the page, so that they tick together.
import { useEffect } from "react";
import { store, useStore } from "./store";

const clock = store(new Date());
let users = 0;
let timer: ReturnType<typeof setInterval> | undefined;

export function useNow(): Date {
  useEffect(() => {
    users += 1;
    timer ??= setInterval(() => clock.set(new Date()), 15_000);
    return () => {
      users -= 1;
      if (users === 0) {
        clearInterval(timer);
        timer = undefined;
      }
    };
  }, []);
  return useStore(clock);
}
