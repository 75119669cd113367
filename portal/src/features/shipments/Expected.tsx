// When the delivery is expected, by whom, and how sure that is; and each time that it was said otherwise.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { client, ok, type Schemas } from "../../api/client";
import { useSay } from "../../i18n";
import { Ago, Loading, Moment, Problem } from "../../ui/parts";

type Expectation = Schemas["Expectation"];

export function Expected({ reference, expected }: { reference: string; expected: Expectation[] }) {
  const { say } = useSay();
  const [open, setOpen] = useState(false);
  return (
    <section className="card p-4" aria-labelledby="expected">
      <h2 id="expected" className="mb-2 font-semibold">{say("timeline.eta")}</h2>
      {expected.length === 0 ? <p className="text-muted">{say("eta.none")}</p> : (
        <ul className="grid gap-2">{expected.map((one) => <li key={one.source} data-eta={one.source}><Said one={one} /></li>)}</ul>
      )}
      <details className="mt-2" onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary className="cursor-pointer text-xs text-muted">{say("eta.changes")}</summary>
        {open && <Changes reference={reference} />}
      </details>
    </section>
  );
}

function Said({ one }: { one: Expectation }) {
  const { say, word } = useSay();
  return (
    <>
      <span className="flex flex-wrap items-baseline gap-x-2"><strong className="font-medium"><Moment at={one.at} /></strong><span className="text-xs text-muted">{word("eta", one.source)} · <Ago at={one.told_at} /></span></span>
      {one.earliest && one.latest && <span className="block text-xs text-muted">{say("eta.between")} <Moment at={one.earliest} /> – <Moment at={one.latest} /> ({say("eta.sample", { n: one.sample ?? 0 })})</span>}
    </>
  );
}

function Changes({ reference }: { reference: string }) {
  const { word } = useSay();
  const query = useQuery({ queryKey: ["timeline", reference, "etas"], queryFn: () => ok(client.GET("/v1/shipments/{reference}/etas", { params: { path: { reference } } })) });
  if (query.error) return <Problem error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Loading />;
  return (
    <ol className="mt-1 grid gap-1 text-xs">
      {[...query.data.items].reverse().map((one) => (
        <li key={`${one.source} ${one.told_at} ${one.at ?? ""}`}><Moment at={one.told_at} />: {word("eta", one.source)}, {word("etaWhy", one.why)} {one.at && <strong className="font-medium"><Moment at={one.at} /></strong>}</li>
      ))}
    </ol>
  );
}
