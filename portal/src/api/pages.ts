// Lists that the API hands out page by page; `next` is the cursor of the page that follows.
import { type QueryKey, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";

/** A list that became old is read again page by page, one after the other. One of more pages only says that it is old. */
const PAGES_FOLLOWED = 10;
/** How long an answer counts as new when no event says otherwise, as for other questions. */
const FRESH_MS = 5_000;

/** Whether a question's answer is a list of so many pages that nobody reads it again by himself. */
export function isLong(query: { state: { data?: unknown } }): boolean {
  const { data } = query.state;
  return typeof data === "object" && data !== null && "pages" in data && Array.isArray(data.pages) && data.pages.length > PAGES_FOLLOWED;
}

/**
 * The pages of a list so far, and their rows. `again` says after how many milliseconds to look anew, by the rows there are.
 * `renew` is there when a long list became old: it begins anew with the first page.
 */
export function usePages<Page extends { items: readonly unknown[]; next?: string | null }>(
  queryKey: QueryKey,
  fetch: (cursor?: string) => Promise<Page>,
  again?: (rows: Page["items"][number][]) => number | false,
) {
  const queries = useQueryClient();
  const rowsOf = (pages: Page[] | undefined): Page["items"][number][] => pages?.flatMap((page) => page.items) ?? [];
  const pages = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) => fetch(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    staleTime: (query) => (isLong(query) ? Number.POSITIVE_INFINITY : FRESH_MS),
    refetchOnMount: (query) => !isLong(query),
    refetchOnWindowFocus: (query) => !isLong(query),
    refetchOnReconnect: (query) => !isLong(query),
    ...(again && { refetchInterval: (query: { state: { data?: { pages: Page[] } } }) => again(rowsOf(query.state.data?.pages)) }),
  });
  const read = pages.data?.pages;
  const rows = useMemo(() => rowsOf(read), [read]);
  const old = isLong({ state: { data: pages.data } }) && pages.isStale;
  const renew = old ? () => void queries.resetQueries({ queryKey, exact: true }) : undefined;
  return { pages, rows, renew };
}
