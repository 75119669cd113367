// In a row of links that is wider than the window, the one of now is in sight.
import { useLocation } from "@tanstack/react-router";
import { type RefObject, useEffect, useRef } from "react";

export function useCurrentInSight<T extends HTMLElement>(): RefObject<T | null> {
  const row = useRef<T>(null);
  const { pathname } = useLocation();
  useEffect(() => {
    // Newer browsers answer a promise, which an effect must not give back.
    void row.current?.querySelector("[aria-current=page]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [pathname]);
  return row;
}
