// Sending once: a form that is sent again after a broken connection, or clicked twice, does what it says one time.
import { useRef } from "react";
import { attemptKey } from "./client";

/** Gives the `idempotency-key` of what is sent: the same for as long as that stays the same, until it was `done`. */
export function useAttempt(): { keyOf: (sent: unknown) => string; done: () => void } {
  const last = useRef({ sent: "", key: "" });
  return {
    keyOf: (sent) => {
      const text = JSON.stringify(sent) ?? "";
      if (last.current.key === "" || last.current.sent !== text) last.current = { sent: text, key: attemptKey() };
      return last.current.key;
    },
    done: () => {
      last.current = { sent: "", key: "" };
    },
  };
}
