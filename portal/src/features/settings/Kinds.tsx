// Which kinds of event an endpoint gets.
import { useQuery } from "@tanstack/react-query";
import { useSay } from "../../i18n";
import { Problem, Said } from "../../ui/parts";
import { kindsQuery } from "./kinds";

export function Kinds({ chosen, onChange }: { chosen: ReadonlySet<string>; onChange: (chosen: ReadonlySet<string>) => void }) {
  const { say } = useSay();
  const kinds = useQuery(kindsQuery);
  const turn = (kind: string) => {
    const next = new Set(chosen);
    if (!next.delete(kind)) next.add(kind);
    onChange(next);
  };
  return (
    <fieldset>
      <legend className="label mb-1">{say("hooks.kinds")}</legend>
      {kinds.error && <Problem error={kinds.error} />}
      <ul className="grid max-h-72 gap-x-4 gap-y-1 overflow-auto sm:grid-cols-2">
        {kinds.data?.map((kind) => (
          <li key={kind.name}>
            <label className="flex items-start gap-2"><input type="checkbox" className="mt-0.5 size-6 shrink-0" checked={chosen.has(kind.name)} onChange={() => turn(kind.name)} /><span className="min-w-0"><code className="text-xs">{kind.name}</code><span className="block text-xs text-muted"><Said by={`event.${kind.name}`} text={kind.summary} /></span></span></label>
          </li>
        ))}
      </ul>
    </fieldset>
  );
}
