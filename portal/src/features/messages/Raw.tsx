// The bytes as text, with the offset of each line, and the bytes of what is chosen marked.
import { useEffect, useMemo, useRef } from "react";
import { useSay } from "../../i18n";
import { ownerAt, pieces, type Span, windowOf } from "./raw";

export function Raw({ bytes, spans, shown, scrollTo, onHover, onPin }: {
  bytes: Uint8Array;
  spans: Span[];
  shown: number | undefined;
  scrollTo: number | undefined;
  onHover: (index: number | undefined) => void;
  onPin: (index: number | undefined) => void;
}) {
  const { say } = useSay();
  const frame = useRef<HTMLPreElement>(null);
  const around = scrollTo === undefined ? 0 : (spans[scrollTo]?.start ?? 0);
  const part = windowOf(bytes.length, around);
  const key = spans.map((span) => `${span.start}-${span.end}`).join();
  // The spans are made anew at each render; what they say is in `key`.
  const cut = useMemo(() => pieces(bytes, spans, { start: part.start, end: part.end }), [bytes, key, part.start, part.end]);

  useEffect(() => {
    if (scrollTo === undefined) return;
    const mark = frame.current?.querySelector<HTMLElement>("[data-marked]");
    if (mark && frame.current) frame.current.scrollTop = mark.offsetTop - frame.current.offsetTop - 80;
  }, [scrollTo, cut]);

  const span = shown === undefined ? undefined : spans[shown];
  return (
    <>
      <pre ref={frame} tabIndex={0} role="region" aria-label={say("message.raw")} className="card relative max-h-[70dvh] overflow-auto whitespace-pre-wrap p-3 font-mono text-xs leading-5 [overflow-wrap:anywhere]" dir="ltr">
        {cut.map((piece) => {
          const on = shown !== undefined && piece.owners.includes(shown);
          const owner = ownerAt(spans, piece.owners);
          return (
            <span
              key={piece.start}
              data-start={piece.start}
              data-marked={on || undefined}
              className={on ? "rounded-sm bg-mark outline outline-1 outline-accent" : owner === undefined ? "" : "underline decoration-line decoration-dotted underline-offset-4"}
              onMouseEnter={() => onHover(owner)}
              onMouseLeave={() => onHover(undefined)}
              onClick={() => onPin(owner)}
            >
              {piece.text}
            </span>
          );
        })}
      </pre>
      <p className="label mt-1" role="status" data-range={span ? `${span.start}-${span.end}` : undefined}>
        {span ? say("message.range", { from: span.start, to: span.end }) : say("message.hint")}
        {part.end - part.start < bytes.length && ` ${say("message.window", { from: part.start, to: part.end, all: bytes.length })}`}
      </p>
    </>
  );
}
