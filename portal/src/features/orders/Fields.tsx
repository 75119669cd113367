// The fields of the order's form: each shows what is at its JSON pointer, and what the API said is wrong there.
import { createContext, type InputHTMLAttributes, type ReactNode, useContext } from "react";
import type { Violation } from "../../api/client";
import { useSay } from "../../i18n";
import { Told } from "../../ui/parts";
import { type Content, localOf, momentOf, valueAt, withValue } from "./content";

export interface Form {
  content: Content;
  change: (content: Content) => void;
  /** What is wrong, by pointer. */
  wrong: ReadonlyMap<string, Violation>;
}

const FormContext = createContext<Form>({ content: {}, change: () => {}, wrong: new Map() });
export const FormProvider = FormContext.Provider;
export const useForm = () => useContext(FormContext);

/** The element that a pointer's field has. */
export const fieldId = (at: string) => `field${at.replaceAll("/", "-")}`;

/** What a pointer is called: its last word, and of a stop or a line which. */
export function useNameOf(): (at: string) => string {
  const { say, word } = useSay();
  return (at) => {
    const keys = at.split("/").slice(1);
    const [list, index] = keys;
    const names = keys.filter((key) => !/^\d+$/.test(key) && key !== "stops" && key !== "lines" && key !== "place").map((key) => word("content", key));
    const where = list === "stops" && index ? [say("orders.stop", { at: Number(index) + 1 })] : list === "lines" && index ? [say("orders.line", { at: Number(index) + 1 })] : [];
    return [...where, ...(names.length > 0 || where.length > 0 ? names : [word("content", list ?? "")])].join(" · ");
  };
}

function useField(at: string) {
  const form = useForm();
  const wrong = form.wrong.get(at);
  const id = fieldId(at);
  return {
    value: valueAt(form.content, at),
    set: (value: unknown) => form.change(withValue(form.content, at, value)),
    props: { id, "aria-invalid": wrong !== undefined || undefined, "aria-describedby": wrong === undefined ? undefined : `${id}-wrong`, className: `field min-w-0 ${wrong === undefined ? "" : "border-bad"}` },
    note: wrong !== undefined && <span id={`${id}-wrong`} className="text-xs text-bad"><Told code={`order.${wrong.code}`} detail={wrong.message} /></span>,
  };
}

function Labelled({ label, note, wide, children }: { label: string; note: ReactNode; wide?: boolean | undefined; children: ReactNode }) {
  return (
    <div className={wide ? "grid min-w-0 content-start gap-1 sm:col-span-2" : "grid min-w-0 content-start gap-1"}>
      <label className="grid min-w-0 gap-1"><span className="label">{label}</span>{children}</label>
      {note}
    </div>
  );
}

export function Text({ at, label, wide, ...rest }: { at: string; label: string; wide?: boolean } & Pick<InputHTMLAttributes<HTMLInputElement>, "maxLength" | "placeholder" | "inputMode" | "autoComplete" | "required">) {
  const field = useField(at);
  return (
    <Labelled label={label} note={field.note} wide={wide}>
      <input {...field.props} maxLength={100} autoComplete="off" {...rest} value={typeof field.value === "string" ? field.value : ""} onChange={(event) => field.set(event.target.value || undefined)} />
    </Labelled>
  );
}

/** A whole number. What is no number is kept out of the field, as the browser does it for numbers. */
export function Count({ at, label }: { at: string; label: string }) {
  const field = useField(at);
  return (
    <Labelled label={label} note={field.note}>
      <input {...field.props} type="number" min={1} max={1_000_000} step={1} value={typeof field.value === "number" ? field.value : ""} onChange={(event) => field.set(Number.isInteger(event.target.valueAsNumber) ? event.target.valueAsNumber : undefined)} />
    </Labelled>
  );
}

export function Area({ at, label, rows = 2 }: { at: string; label: string; rows?: number }) {
  const field = useField(at);
  return (
    <Labelled label={label} note={field.note} wide>
      <textarea {...field.props} rows={rows} maxLength={2000} value={typeof field.value === "string" ? field.value : ""} onChange={(event) => field.set(event.target.value || undefined)} />
    </Labelled>
  );
}

/** The lines of an address, one to a line. */
export function Street({ at, label }: { at: string; label: string }) {
  const field = useField(at);
  const lines = Array.isArray(field.value) ? (field.value as string[]) : [];
  return (
    <Labelled label={label} note={field.note} wide>
      <textarea {...field.props} rows={2} maxLength={400} value={lines.join("\n")} onChange={(event) => field.set(event.target.value === "" ? undefined : event.target.value.split("\n").slice(0, 4))} />
    </Labelled>
  );
}

export function When({ at, label }: { at: string; label: string }) {
  const field = useField(at);
  return (
    <Labelled label={label} note={field.note}>
      <input {...field.props} type="datetime-local" value={localOf(field.value)} onChange={(event) => field.set(momentOf(event.target.value))} />
    </Labelled>
  );
}

export function Choose({ at, label, values, group, optional }: { at: string; label: string; values: readonly string[]; group: string; optional?: boolean }) {
  const { word } = useSay();
  const field = useField(at);
  const now = typeof field.value === "string" ? field.value : "";
  return (
    <Labelled label={label} note={field.note}>
      <select {...field.props} value={now} onChange={(event) => field.set(event.target.value || undefined)}>
        {optional && <option value="">–</option>}
        {values.map((value) => <option key={value} value={value}>{word(group, value)}</option>)}
        {now !== "" && !values.includes(now) && <option value={now}>{now}</option>}
      </select>
    </Labelled>
  );
}

/** A quantity and its unit side by side; the usual unit is set with the first digit. */
export function Measure({ at, label, units }: { at: string; label: string; units: readonly string[] }) {
  const { say } = useSay();
  const form = useForm();
  const value = useField(`${at}/value`);
  const unit = useField(`${at}/unit`);
  const now = (valueAt(form.content, `${at}/unit`) as string | undefined) ?? units[0] ?? "";
  const set = (text: string) => form.change(withValue(form.content, at, text === "" && !valueAt(form.content, `${at}/unit`) ? undefined : { value: text, unit: now }));
  return (
    <div className="grid content-start gap-1">
      <div className="grid grid-cols-[minmax(0,1fr)_auto] items-end gap-1">
        <label className="grid gap-1"><span className="label">{label}</span>
          <input {...value.props} inputMode="decimal" maxLength={20} autoComplete="off" value={typeof value.value === "string" ? value.value : ""} onChange={(event) => set(event.target.value)} />
        </label>
        <select {...unit.props} aria-label={say("orders.unitOf", { what: label })} className="field w-auto" value={now} onChange={(event) => form.change(withValue(form.content, at, { value: typeof value.value === "string" ? value.value : "", unit: event.target.value }))}>
          {units.map((one) => <option key={one} value={one}>{one}</option>)}
          {!units.includes(now) && <option value={now}>{now}</option>}
        </select>
      </div>
      {value.note}{unit.note}
    </div>
  );
}
