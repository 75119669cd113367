// A value that is shown this once: to be copied, and gone when it is put away.
import { useState } from "react";
import { useSay } from "../i18n";

export function Copy({ text, label }: { text: string; label?: string }) {
  const { say } = useSay();
  const [done, setDone] = useState<"copied" | "failed">();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setDone("copied");
    } catch {
      // Over plain http there is no clipboard: the text can be selected.
      setDone("failed");
    }
  };
  return (
    <>
      <button type="button" className="button" onClick={() => void copy()}>{label ?? say("copy")}</button>
      <span role="status" className="text-xs text-muted">{done && say(`copy.${done}`)}</span>
    </>
  );
}

export function Secret({ title, value, hint, onClose }: { title: string; value: string; hint: string; onClose: () => void }) {
  const { say } = useSay();
  return (
    <section aria-label={title} data-secret className="card mb-4 border-warn/40 bg-warn-bg p-4">
      <h2 className="font-semibold text-warn">{title}</h2>
      <p className="mb-2">{hint}</p>
      <p className="mb-3"><code className="block select-all rounded bg-card p-2 text-xs [overflow-wrap:anywhere]">{value}</code></p>
      <div className="flex flex-wrap items-center gap-2"><Copy text={value} /><button type="button" className="button" onClick={onClose}>{say("secret.done")}</button></div>
    </section>
  );
}
