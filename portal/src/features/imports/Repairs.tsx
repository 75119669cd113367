// What is wrong with the rows, as groups: one decision repairs all rows of a group. What cannot be repaired is told with where it is.
import { useSay } from "../../i18n";
import { Told } from "../../ui/parts";
import { type Change, type Choices, isWanted, parts, type Problem, repair } from "./choices";

export function Repairs({ problems, choices, busy, may, onChange }: { problems: Problem[]; choices: Choices; busy: boolean; may: boolean; onChange: (change: Change) => void }) {
  const { say } = useSay();
  const groups: [string, Problem[]][] = [
    ["imports.toDo", problems.filter((one) => one.fixable < one.rows || !one.applied)],
    ["imports.repaired", problems.filter((one) => one.applied && one.fixable === one.rows)],
  ];
  return (
    <section aria-labelledby="repairs" className="card min-w-0 p-4">
      <h2 id="repairs" className="font-semibold">{say("imports.problems")}</h2>
      {problems.length === 0 && <p className="mt-1 text-muted">{say("imports.noProblems")}</p>}
      {groups.map(([title, group]) => group.length > 0 && (
        <div key={title} className="mt-3">
          <h3 className="text-xs font-semibold text-muted">{say(title === "imports.toDo" ? "imports.toDo" : "imports.repaired")}</h3>
          <ul className="divide-y divide-line">
            {group.map((problem) => <Group key={problem.id} problem={problem} wanted={isWanted(problem, choices)} busy={busy} may={may} onChange={onChange} />)}
          </ul>
        </div>
      ))}
    </section>
  );
}

function Group({ problem, wanted, busy, may, onChange }: { problem: Problem; wanted: boolean; busy: boolean; may: boolean; onChange: (change: Change) => void }) {
  const { say, word } = useSay();
  const { field, rule } = parts(problem.id);
  const label = word("field", field);
  const known = word("rule", rule);
  // What the API says of an order begins with the number of rows, which stands beside it here.
  const what = problem.column && known !== rule ? <><strong className="font-medium">{label}</strong> {known}</> : <Told code={problem.id} detail={problem.text.replace(/^[\d,]+ rows?: /, "")} />;
  return (
    <li className="grid gap-2 py-3 sm:grid-cols-[minmax(0,1fr)_auto]" data-problem={problem.id}>
      <div className="min-w-0">
        <p><span className="mr-2 rounded bg-sunken px-1.5 py-0.5 text-xs font-medium tabular-nums">{say("imports.rows", { n: problem.rows })}</span>{what}</p>
        <ul className="mt-1 flex flex-wrap gap-x-4 gap-y-1 text-xs">
          {problem.examples.map((example) => (
            <li key={example.at} className="min-w-0">
              <span lang="en" className="rounded bg-sunken px-1 font-mono text-muted">{example.at}</span>{" "}
              {example.before !== "" && <code className={example.after === undefined || example.after === null ? "text-bad" : "text-muted line-through"}>{example.before}</code>}
              {example.after !== undefined && example.after !== null && <> → <code className="text-good">{example.after}</code></>}
            </li>
          ))}
        </ul>
      </div>
      {problem.fixable > 0 ? (
        <label className="flex items-center gap-2 justify-self-start whitespace-nowrap">
          <input type="checkbox" className="size-6" checked={wanted} disabled={!may} aria-disabled={busy} onChange={() => onChange(repair(problem, !wanted))} />
          {problem.fixable < problem.rows ? say("imports.repairSome", { n: problem.fixable }) : say("imports.repair")}
        </label>
      ) : <span className="text-xs text-muted">{say("imports.byHand")}</span>}
    </li>
  );
}
