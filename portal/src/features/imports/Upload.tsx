// Where a file is dropped, chosen or pasted. It is only looked at: orders are made when somebody says so.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useEffectEvent, useState } from "react";
import { client, ok } from "../../api/client";
import { useSay } from "../../i18n";
import { Problem } from "../../ui/parts";
import { isTable } from "./choices";

type Given = File | string;

/** The file as it is; the API finds out what it is. */
function upload(given: Given) {
  const isText = typeof given === "string";
  const query = isText ? {} : { file_name: given.name };
  const headers = { "content-type": isText ? "text/plain" : "application/octet-stream" };
  return ok(client.POST("/v1/orders/imports", { params: { query }, headers, body: given as string, bodySerializer: (body) => body as BodyInit }));
}

export function Upload() {
  const { say } = useSay();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [over, setOver] = useState(false);
  const mutation = useMutation({
    mutationFn: upload,
    onSuccess: async (made) => {
      queries.setQueryData(["imports", "one", made.id], made);
      await queries.invalidateQueries({ queryKey: ["imports", "list"] });
      await navigate({ to: "/imports/$id", params: { id: made.id }, search: made.repeated ? { repeated: "yes" } : {} });
    },
  });
  const take = (given: Given | undefined | null) => {
    if (given && !mutation.isPending) mutation.mutate(given);
  };
  const pasted = (event: ClipboardEvent | React.ClipboardEvent) => {
    const file = event.clipboardData?.files[0];
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!file && !isTable(text)) return;
    event.preventDefault();
    take(file ?? text);
  };
  const onPaste = useEffectEvent((event: ClipboardEvent) => {
    const at = event.target;
    if (document.querySelector("dialog[open]") || (at instanceof HTMLElement && /^(INPUT|TEXTAREA)$/.test(at.tagName))) return;
    pasted(event);
  });
  useEffect(() => {
    const listen = (event: ClipboardEvent) => onPaste(event);
    window.addEventListener("paste", listen);
    return () => window.removeEventListener("paste", listen);
  }, []);

  return (
    <section aria-labelledby="upload" className="mb-6">
      <h2 id="upload" className="sr-only">{say("imports.upload")}</h2>
      <div className="grid gap-3 md:grid-cols-2">
        <label
          className={`grid cursor-pointer place-items-center gap-2 rounded-lg border-2 border-dashed p-8 text-center focus-within:outline-2 focus-within:outline-accent ${over ? "border-accent bg-mark" : "border-line bg-card hover:bg-sunken"}`}
          onDragOver={(event) => { event.preventDefault(); setOver(true); }}
          onDragLeave={() => setOver(false)}
          onDrop={(event) => { event.preventDefault(); setOver(false); take(event.dataTransfer.files[0]); }}
        >
          <span className="text-base font-medium">{say(mutation.isPending ? "imports.reading" : "imports.drop")}</span>
          <span className="text-muted">{say("imports.forms")}</span>
          <input className="sr-only" type="file" accept=".xlsx,.xls,.ods,.csv,.tsv,.txt" disabled={mutation.isPending}
            onChange={(event) => { take(event.target.files?.[0]); event.target.value = ""; }} />
          <span aria-hidden="true" className="button-main">{say("imports.choose")}</span>
        </label>
        <div className="card grid content-start gap-3 p-4">
          <label className="grid gap-1">
            <span className="font-medium">{say("imports.paste")}</span>
            <textarea className="field font-mono text-xs" rows={3} value="" placeholder={say("imports.pasteHint")} onPaste={pasted} onChange={(event) => { if (isTable(event.target.value)) take(event.target.value); }} />
          </label>
          <p className="text-muted">{say("imports.safe")}</p>
          <p className="flex flex-wrap gap-x-4 gap-y-2">
            {(["en", "hi"] as const).map((one) => (
              <a key={one} className="underline" lang={one} href={`/v1/orders/imports/template?language=${one}`} download>{say(one === "en" ? "imports.template.en" : "imports.template.hi")}</a>
            ))}
          </p>
        </div>
      </div>
      {mutation.error && <div className="mt-3"><Problem error={mutation.error} /></div>}
    </section>
  );
}
