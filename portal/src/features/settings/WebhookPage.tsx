// One webhook: what it gets and how it stands, its deliveries with every try, and sending again.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { client, ok, tagged } from "../../api/client";
import { usePages } from "../../api/pages";
import { useSay } from "../../i18n";
import { Choice } from "../../ui/Choice";
import { Ago, Badge, Empty, Loading, More, Problem } from "../../ui/parts";
import { Secret } from "../../ui/Secret";
import { useMay } from "../session/me";
import { Delivery } from "./Delivery";
import { HookActs } from "./HookActs";

const route = getRouteApi("/settings/webhooks/$id");
const STATUSES = ["pending", "delivered", "failed", "held"] as const;

export default function WebhookPage() {
  const { say, word } = useSay();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { id } = route.useParams();
  const search = route.useSearch();
  const { delivery } = search;
  const status = STATUSES.find((one) => one === search.status);
  const may = useMay("webhooks:write");
  const path = { id };
  const query = useQuery({ queryKey: ["hooks", "one", id], queryFn: () => tagged(client.GET("/v1/webhooks/{id}", { params: { path } })) });
  const { pages, rows: items } = usePages(
    ["deliveries", id, status],
    (cursor) => ok(client.GET("/v1/webhooks/{id}/deliveries", { params: { path, query: { status, limit: 50, cursor } } })),
    // What is new or on its way is seen without a click.
    (items) => (items.some((one) => one.status === "pending") ? 2_000 : 10_000),
  );
  const rotate = useMutation({
    mutationFn: () => ok(client.POST("/v1/webhooks/{id}/rotate", { params: { path } })),
    onSuccess: () => queries.invalidateQueries({ predicate: (one) => one.queryKey[0] === "hooks" }),
  });
  const hook = query.data?.body;
  const heading = <h1 className="text-xl font-semibold"><Link to="/settings/webhooks" className="text-sm font-normal text-muted underline">{say("hooks.title")}</Link> <bdi className="block">{hook?.name ?? id}</bdi></h1>;
  if (query.error) return <>{heading}<Problem error={query.error} retry={() => void query.refetch()} /></>;
  if (!hook || !query.data) return <>{heading}<Loading /></>;
  const go = (change: Partial<typeof search>) => void navigate({ to: "/settings/webhooks/$id", params: { id }, search: { ...search, ...change }, replace: true });

  return (
    <>
      {heading}
      <p className="mb-1 mt-1 flex flex-wrap items-center gap-3"><Badge group="hook" value={hook.status} /><bdi className="[overflow-wrap:anywhere]">{hook.url}</bdi></p>
      {hook.disabled && <p className="text-bad">{word("rest", hook.disabled.reason)} · <Ago at={hook.disabled.at} /></p>}
      {hook.failing_since && <p className="text-warn">{say("hooks.failingSince")} <Ago at={hook.failing_since} /></p>}
      <p className="mb-4 text-xs text-muted"><code>{hook.kinds.join(", ")}</code></p>
      {rotate.data?.secret && <Secret title={say("hooks.rotated")} value={rotate.data.secret} hint={say("hooks.rotatedHow")} onClose={() => rotate.reset()} />}
      {rotate.error && <Problem error={rotate.error} />}
      {may && <HookActs hook={hook} etag={query.data.etag} onRotate={() => rotate.mutate()} />}
      <div className="mb-2 mt-6 flex flex-wrap items-end justify-between gap-3">
        <h2 className="font-semibold">{say("hooks.deliveries")}</h2>
        <Choice label={say("messages.state")} value={status} onChange={(value) => go({ status: value, delivery: undefined })} options={STATUSES.map((one) => [one, word("delivery", one)])} />
      </div>
      {pages.error && <Problem error={pages.error} retry={() => void pages.refetch()} />}
      {pages.data && items.length === 0 && <Empty title={say(status ? "table.nothing" : "hooks.noDeliveries")} />}
      <div className="grid grid-cols-1 gap-4 lg:grid-cols-[minmax(0,1fr)_26rem]">
        <div>
          {items.length > 0 && (
            <ul className="card divide-y divide-line">
              {items.map((one) => (
                <li key={one.id} className={one.id === delivery ? "bg-mark" : ""}>
                  <button type="button" aria-current={one.id === delivery || undefined} className="grid w-full items-center gap-x-3 px-3 py-2 text-left hover:bg-sunken sm:grid-cols-[minmax(0,1fr)_auto_auto]" onClick={() => go({ delivery: one.id })}>
                    <span className="min-w-0"><code className="block truncate text-xs">{one.kind}</code><bdi className="block truncate text-xs text-muted">{one.subject}</bdi></span>
                    <span><Badge group="delivery" value={one.status} /></span>
                    <span className="text-xs text-muted">{say("hooks.tries", { n: one.attempts })} · <Ago at={one.created_at} /></span>
                  </button>
                </li>
              ))}
            </ul>
          )}
          <More pages={pages} />
        </div>
        {delivery && <Delivery key={delivery} hook={id} id={delivery} onClose={() => go({ delivery: undefined })} />}
      </div>
    </>
  );
}
