// Contracts from a workbook: what it would make is shown first, row by row what it would not.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useAttempt } from "../../api/attempt";
import { client, ok } from "../../api/client";
import { useSay } from "../../i18n";
import { Problem, Told } from "../../ui/parts";
import { draftOf } from "./bills";

const COLUMNS = "carrier, name, currency, valid_from, valid_to, origin_country, origin_region, origin_postal_code, origin_city, destination_country, destination_region, destination_postal_code, destination_city, service, up_to, per, amount, minimum";

export function ContractImport() {
  const { say } = useSay();
  const queries = useQueryClient();
  const [file, setFile] = useState<File>();
  const attempt = useAttempt();
  const mutation = useMutation({
    mutationFn: (dry: boolean) => {
      const sent = [file?.name, file?.size, file?.lastModified, dry];
      return ok(client.POST("/v1/rate-contracts/import", {
        params: { query: { dry_run: dry } },
        headers: { "content-type": file?.type || "text/csv", "idempotency-key": attempt.keyOf(sent) },
        body: file as unknown as string,
        bodySerializer: (body) => body as unknown as string,
      }));
    },
    onSuccess: async (report) => {
      if (!report.dry_run) {
        attempt.done();
        await queries.invalidateQueries({ predicate: (one) => one.queryKey[0] === "contracts" });
      }
    },
  });
  const report = mutation.data;
  return (
    <details className="card mb-4 p-4">
      <summary className="cursor-pointer font-medium">{say("rates.title")}</summary>
      <p className="mt-2 text-muted">{say("rates.how")}</p>
      <p className="mb-3 text-xs text-muted"><code>{COLUMNS}</code></p>
      <div className="flex flex-wrap items-end gap-3">
        <label className="grid gap-1">
          <span className="label">{say("rates.file")}</span>
          <input type="file" className="field" accept=".csv,.tsv,.xlsx,.xls,.ods,text/csv" onChange={(event) => { setFile(event.target.files?.[0]); mutation.reset(); }} />
        </label>
        <button type="button" className="button" disabled={!file || mutation.isPending} onClick={() => mutation.mutate(true)}>{say("rates.try")}</button>
        {report?.dry_run && report.created.length > 0 && <button type="button" className="button-main" disabled={mutation.isPending} onClick={() => mutation.mutate(false)}>{say("rates.make", { n: report.created.length })}</button>}
      </div>
      {mutation.error && <div className="mt-3"><Problem error={mutation.error} /></div>}
      {report && (
        <div role="status" data-report={report.dry_run ? "tried" : "made"} className={`mt-3 rounded-md p-3 ${report.rejected.length > 0 ? "bg-warn-bg text-warn" : "bg-good-bg text-good"}`}>
          <p className="font-medium">{say(report.dry_run ? "rates.would" : "rates.made", { n: report.created.length })} {say("rates.rejected", { n: report.rejected.length })}</p>
          <ul className="mt-1 text-xs">
            {report.rejected.slice(0, 100).map((reject) => <li key={`${reject.row} ${reject.message}`}>{say("rates.row", { row: reject.row })}: <Told code={`row.${reject.code}`} detail={reject.message} /></li>)}
            {!report.dry_run && report.created.map(draftOf).map(({ id, version }) => <li key={id}><Link className="underline" to="/settlement/contracts/$id" params={{ id }} search={{ version }}>{say("rates.open")} <code>{id.slice(0, 8)}</code></Link></li>)}
          </ul>
        </div>
      )}
    </details>
  );
}
