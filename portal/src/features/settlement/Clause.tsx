// The line of a contract that an amount stands on, in its own words.
import { useQuery } from "@tanstack/react-query";
import { client, ok, type Schemas } from "../../api/client";
import { useSay } from "../../i18n";
import { Problem } from "../../ui/parts";
import { LINEHAUL } from "./bills";
import { AccessorialTerms, LaneTerms } from "./Terms";

type ContractSource = Extract<Schemas["RateSource"], { kind: "contract" }>;

export const versionQuery = (id: string, version: number) => ({
  queryKey: ["contract", id, version],
  queryFn: () => ok(client.GET("/v1/rate-contracts/{id}/versions/{version}", { params: { path: { id, version } } })),
  staleTime: 300_000,
});

export function Clause({ source, code }: { source: ContractSource; code: string }) {
  const { say } = useSay();
  const query = useQuery(versionQuery(source.contract_id, source.version));
  const terms = query.data;
  if (query.error) return <Problem error={query.error} />;
  if (!terms || source.line === null || source.line === undefined) return null;
  // Lanes and other charges are numbered each for themselves.
  const lane = code === LINEHAUL ? terms.lanes.find((one) => one.line === source.line) : undefined;
  const accessorial = terms.accessorials?.find((one) => one.code === code && one.line === source.line);
  return (
    <blockquote className="border-l-2 border-accent pl-2 text-xs" cite={`/settlement/contracts/${source.contract_id}`}>
      <p className="mb-1 text-muted">{say("why.says", { name: terms.name })}</p>
      {lane && <LaneTerms lane={lane} currency={terms.currency} />}
      {accessorial && <AccessorialTerms terms={accessorial} currency={terms.currency} />}
    </blockquote>
  );
}
