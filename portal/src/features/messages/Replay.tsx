// Replay: first what it would give, with nothing written; then, with a reason, for real. The trail keeps who and why.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { client, ok } from "../../api/client";
import { useSay } from "../../i18n";
import { Dialog, Loading, Problem, Told } from "../../ui/parts";
import { useMay } from "../session/me";

export function Replay({ id, onClose }: { id: string; onClose: () => void }) {
  const { say } = useSay();
  const queries = useQueryClient();
  const may = useMay("documents:replay");
  const [reason, setReason] = useState("");
  const call = (dry: boolean) =>
    ok(client.POST("/v1/documents/{id}/replay", { params: { path: { id }, query: dry ? { dry_run: true } : { reason: reason.trim() } } }));
  const dry = useMutation({ mutationFn: () => call(true) });
  const real = useMutation({
    mutationFn: () => call(false),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["documents"] }),
  });
  const { mutate } = dry;
  useEffect(() => mutate(), [mutate]);
  const result = dry.data && "records" in dry.data ? dry.data : undefined;

  return (
    <Dialog title={say("replay.title")} onClose={onClose}>
      {dry.isPending && <Loading />}
      {dry.error && <Problem error={dry.error} retry={() => dry.mutate()} />}
      {result && (
        <div data-dry-run className="mb-3 rounded-md bg-sunken p-3">
          <p className="font-medium">{say("replay.would")}</p>
          <p>{say("message.records", { n: result.records.length })}, {say("message.rejects", { n: result.rejects.length })}</p>
          {result.stopped && <p className="text-bad"><code>{result.stopped.code ?? result.stopped.class}</code> <Told code={`reject.${result.stopped.code}`} detail={result.stopped.message} /></p>}
          <ul className="mt-1 max-h-40 overflow-auto text-xs" tabIndex={0} aria-label={say("replay.would")}>
            {result.rejects.map((reject, index) => <li key={index}><code>{reject.code}</code> <Told code={`reject.${reject.code}`} detail={reject.message} /></li>)}
          </ul>
        </div>
      )}
      {real.error && <Problem error={real.error} />}
      {real.data ? <p role="status" className="rounded-md bg-good-bg p-2 text-good">{say("replay.done")}</p> : may ? (
        <form className="grid gap-2" onSubmit={(event) => { event.preventDefault(); real.mutate(); }}>
          <p className="text-muted">{say("replay.note")}</p>
          <label className="grid gap-1">
            <span className="label">{say("replay.reason")}</span>
            <input className="field" required minLength={3} maxLength={200} value={reason} onChange={(event) => setReason(event.target.value)} />
          </label>
          <button type="submit" className="button-main" disabled={real.isPending || reason.trim() === ""}>{say("replay.run")}</button>
        </form>
      ) : <p className="text-muted">{say("replay.mayNot")}</p>}
      <div className="mt-3 text-right"><button type="button" className="button" onClick={onClose}>{say("close")}</button></div>
    </Dialog>
  );
}
