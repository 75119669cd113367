// The order on one page: what it is, its stops, its goods, its numbers. The API is the judge; what it refuses is shown at the fields.
import { type FormEvent, type ReactNode, useEffect, useRef } from "react";
import { ProblemError } from "../../api/client";
import { useSay } from "../../i18n";
import { Problem, Told } from "../../ui/parts";
import { type Content, withValue } from "./content";
import { Area, Choose, Count, fieldId, Measure, Street, Text, FormProvider, useForm, useNameOf, When } from "./Fields";

const WEIGHTS = ["KGM", "TNE", "DTN", "GRM", "LBR"];
const VOLUMES = ["MTQ", "LTR", "FTQ"];

export function OrderForm({ content, onChange, onSubmit, error, busy, fixedNumber, submit, children }: {
  content: Content;
  onChange: (content: Content) => void;
  onSubmit: () => void;
  error: unknown;
  busy: boolean;
  fixedNumber: boolean;
  submit: string;
  children?: ReactNode;
}) {
  const { say } = useSay();
  const violations = error instanceof ProblemError ? error.violations : [];
  const wrong = new Map(violations.map((one) => [one.pointer, one]));
  const send = (event: FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <FormProvider value={{ content, change: onChange, wrong }}>
      <form onSubmit={send} className="grid gap-4 [&_.field]:scroll-mb-20" noValidate>
        {error !== undefined && error !== null && (violations.length > 0 ? <Wrong error={error as ProblemError} /> : <Problem error={error} />)}
        <Stops />
        <Goods />
        <section className="card p-4" aria-labelledby="basics">
          <h2 id="basics" className="mb-3 font-semibold">{say("orders.basics")}</h2>
          <div className="grid gap-3 sm:grid-cols-2 lg:grid-cols-4">
            {!fixedNumber && <Text at="/number" label={say("orders.number")} placeholder={say("orders.numberMade")} maxLength={35} />}
            <Choose at="/mode" label={say("orders.mode")} values={["ftl", "ltl", "parcel", "air", "ocean", "rail"]} group="mode" optional />
            <Choose at="/priority" label={say("orders.priority")} values={["low", "normal", "high", "urgent"]} group="priority" optional />
            <Choose at="/payment" label={say("orders.payment")} values={["prepaid", "collect", "third-party"]} group="payment" optional />
            <Text at="/service" label={say("orders.service")} />
            <Text at="/equipment" label={say("orders.equipment")} />
            <Text at="/incoterms" label={say("orders.incoterms")} />
            <Text at="/distance_km" label={say("orders.distance")} inputMode="decimal" maxLength={12} />
          </div>
        </section>
        <Numbers />
        <section className="card p-4"><Area at="/notes" label={say("orders.notes")} rows={3} /></section>
        <div className="sticky bottom-0 -mx-1 flex flex-wrap items-center gap-2 border-t border-line bg-page px-1 py-3">
          <button type="submit" className="button-main" disabled={busy}>{submit}</button>
          {children}
        </div>
      </form>
    </FormProvider>
  );
}

/** All that is wrong, in one place, each a way to its field. */
function Wrong({ error }: { error: ProblemError }) {
  const { say } = useSay();
  const nameOf = useNameOf();
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => ref.current?.focus(), [error]);
  return (
    <div ref={ref} tabIndex={-1} role="alert" className="rounded-lg border border-bad/40 bg-bad-bg p-3 text-bad">
      <p className="font-medium">{say("orders.wrong", { n: error.violations.length })}</p>
      <ul className="mt-1 grid gap-1">
        {error.violations.map((one) => (
          <li key={`${one.pointer} ${one.message}`}><a className="underline" href={`#${fieldId(one.pointer)}`} onClick={(event) => { event.preventDefault(); document.getElementById(fieldId(one.pointer))?.focus(); }}>{nameOf(one.pointer)}</a>: <Told code={`order.${one.code}`} detail={one.message} /></li>
        ))}
      </ul>
    </div>
  );
}

function Stops() {
  const { say } = useSay();
  const { content, change } = useForm();
  const stops = content.stops ?? [];
  const put = (next: Content["stops"]) => change({ ...content, stops: next });
  const move = (from: number, to: number) => {
    const next = [...stops];
    const [stop] = next.splice(from, 1);
    if (stop) next.splice(to, 0, stop);
    put(next);
  };
  return (
    <section className="grid gap-3" aria-labelledby="stops">
      <h2 id="stops" className="font-semibold">{say("orders.stops")}</h2>
      <div className="grid gap-3 lg:grid-cols-2">
        {stops.map((_, index) => {
          const at = `/stops/${index}`;
          const name = say("orders.stop", { at: index + 1 });
          return (
            <fieldset key={index} className="card min-w-0 p-4">
              <legend className="sr-only">{name}</legend>
              <div className="mb-3 flex flex-wrap items-center justify-between gap-2">
                <span className="font-medium" aria-hidden="true">{name}</span>
                <span className="flex gap-1">
                  {index > 0 && <button type="button" className="button" aria-label={say("orders.stopUp", { at: index + 1 })} onClick={() => move(index, index - 1)}>↑</button>}
                  {index < stops.length - 1 && <button type="button" className="button" aria-label={say("orders.stopDown", { at: index + 1 })} onClick={() => move(index, index + 1)}>↓</button>}
                  {stops.length > 2 && <button type="button" className="button" aria-label={say("orders.stopRemove", { at: index + 1 })} onClick={() => put(stops.filter((_, one) => one !== index))}>✕</button>}
                </span>
              </div>
              <div className="grid gap-3 sm:grid-cols-2">
                <Choose at={`${at}/kind`} label={say("orders.stopKind")} values={["pickup", "delivery"]} group="stop" />
                <Text at={`${at}/name`} label={say("orders.stopName")} />
                <Street at={`${at}/street`} label={say("orders.street")} />
                <Text at={`${at}/place/city`} label={say("orders.city")} />
                <Text at={`${at}/place/postal_code`} label={say("orders.postalCode")} inputMode="numeric" maxLength={12} />
                <Text at={`${at}/place/region`} label={say("orders.region")} />
                <Text at={`${at}/place/country`} label={say("orders.country")} maxLength={2} />
                <When at={`${at}/earliest`} label={say("orders.earliest")} />
                <When at={`${at}/latest`} label={say("orders.latest")} />
                <Text at={`${at}/phone`} label={say("orders.phone")} inputMode="tel" maxLength={24} />
                <Text at={`${at}/instructions`} label={say("orders.instructions")} maxLength={2000} />
              </div>
            </fieldset>
          );
        })}
      </div>
      <p><button type="button" className="button" onClick={() => put([...stops, { kind: "delivery", place: { country: stops[0]?.place?.country ?? "IN" } }])}>{say("orders.stopAdd")}</button></p>
    </section>
  );
}

function Goods() {
  const { say } = useSay();
  const { content, change } = useForm();
  const lines = content.lines ?? [];
  const number = () => String((Math.max(0, ...lines.map((line) => Number(line.number) || 0)) || lines.length * 10) + 10);
  return (
    <section className="card min-w-0 p-4" aria-labelledby="goods">
      <h2 id="goods" className="mb-3 font-semibold">{say("orders.goods")}</h2>
      <div className="grid gap-3 sm:grid-cols-3">
        <Measure at="/gross_weight" label={say("orders.weight")} units={WEIGHTS} />
        <Measure at="/volume" label={say("orders.volume")} units={VOLUMES} />
        <Count at="/packages" label={say("orders.packages")} />
      </div>
      {lines.map((_, index) => {
        const at = `/lines/${index}`;
        return (
          <fieldset key={index} className="mt-3 grid gap-3 border-t border-line pt-3 sm:grid-cols-2 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)_minmax(0,1fr)_minmax(0,1fr)_auto]">
            <legend className="sr-only">{say("orders.line", { at: index + 1 })}</legend>
            <Text at={`${at}/description`} label={say("orders.description")} maxLength={500} />
            <Text at={`${at}/material`} label={say("orders.material")} />
            <Measure at={`${at}/quantity`} label={say("orders.quantity")} units={["PCE", "CT", "PK", "KGM"]} />
            <Measure at={`${at}/gross_weight`} label={say("orders.weight")} units={WEIGHTS} />
            <button type="button" className="button self-end" aria-label={say("orders.lineRemove", { at: index + 1 })} onClick={() => change({ ...content, lines: lines.filter((_, one) => one !== index) })}>✕</button>
          </fieldset>
        );
      })}
      <p className="mt-3"><button type="button" className="button" onClick={() => change({ ...content, lines: [...lines, { number: number() }] })}>{say("orders.lineAdd")}</button></p>
    </section>
  );
}

function Numbers() {
  const { say } = useSay();
  const { content, change } = useForm();
  const references = content.references ?? [];
  return (
    <section className="card min-w-0 p-4" aria-labelledby="references">
      <h2 id="references" className="mb-1 font-semibold">{say("orders.references")}</h2>
      {references.map((_, index) => (
        <fieldset key={index} className="mt-2 grid grid-cols-[minmax(0,1fr)_minmax(0,2fr)_auto] items-end gap-2">
          <legend className="sr-only">{say("orders.reference", { at: index + 1 })}</legend>
          <Text at={`/references/${index}/kind`} label={say("orders.referenceKind")} placeholder="purchase-order" maxLength={40} />
          <Text at={`/references/${index}/value`} label={say("orders.referenceValue")} />
          <button type="button" className="button self-end" aria-label={say("orders.referenceRemove", { at: index + 1 })} onClick={() => change(withValue(content, "/references", references.filter((_, one) => one !== index)))}>✕</button>
        </fieldset>
      ))}
      <p className="mt-2"><button type="button" className="button" onClick={() => change({ ...content, references: [...references, { kind: "", value: "" }] })}>{say("orders.referenceAdd")}</button></p>
    </section>
  );
}
