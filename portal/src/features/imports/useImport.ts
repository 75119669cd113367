// One import: followed while its job runs, and decided about in the order in which somebody decides.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { client, ok, ProblemError } from "../../api/client";
import { type Change, type Import, NONE, same } from "./choices";

/** How often a job under way is asked how far it is. */
const POLL_MS = 700;
export const runs = (status: string | undefined) => status === "checking" || status === "committing";

export function useImport(id: string) {
  const queries = useQueryClient();
  const queryKey = ["imports", "one", id];
  const params = (version: number) => ({ path: { id }, header: { "if-match": `"${version}"` } });
  const query = useQuery({
    queryKey,
    queryFn: () => ok(client.GET("/v1/orders/imports/{id}", { params: { path: { id } } })),
    refetchInterval: (one) => (runs(one.state.data?.status) ? POLL_MS : false),
  });
  const taken = async (now: Import) => {
    // An answer that was asked for before this change would show the old choices again.
    await queries.cancelQueries({ queryKey });
    queries.setQueryData(queryKey, now);
  };
  const choose = useMutation({
    // One after the other: each begins with what the one before it was answered.
    scope: { id: `import ${id}` },
    mutationFn: async (change: Change) => {
      const seen = queries.getQueryData<Import>(queryKey);
      if (!seen) return;
      const base = seen.choices ?? NONE;
      const body = change(base, seen.report?.columns ?? []);
      // The choice is seen at once; what it does to the rows follows.
      await taken({ ...seen, choices: body });
      try {
        await taken(await send(seen));
      } catch (error) {
        const now = error instanceof ProblemError && error.status === 412 ? (error.current as Import | undefined) : undefined;
        await taken(now ?? seen);
        throw error;
      }

      async function send(on: Import): Promise<Import> {
        try {
          return await ok(client.PUT("/v1/orders/imports/{id}", { params: params(on.version), body }));
        } catch (error) {
          const now = error instanceof ProblemError && error.status === 412 ? (error.current as Import) : undefined;
          // A job that came further changed the version, and nobody the choices: that is no conflict.
          if (now && now.version !== on.version && same(now.choices ?? NONE, base)) return send(now);
          throw error;
        }
      }
    },
  });
  const end = useMutation({
    scope: { id: `import ${id}` },
    mutationFn: async ({ what, version }: { what: "commit" | "cancel"; version: number }) => {
      const header = { ...params(version).header, "idempotency-key": `import-${id}-${what}-${version}` };
      await taken(await ok(client.POST(`/v1/orders/imports/{id}/${what}`, { params: { path: { id }, header } })));
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ["imports"] }),
  });
  return { query, choose, end };
}
