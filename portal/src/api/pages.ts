// Lists that the API hands out page by page; `next` is the cursor of the page that follows.
import { type QueryKey, useInfiniteQuery } from "@tanstack/react-query";

/** The pages of a list so far, and their rows. `again` says after how many milliseconds to look anew, by the rows there are. */
export function usePages<Page extends { items: readonly unknown[]; next?: string | null }>(
  queryKey: QueryKey,
  fetch: (cursor?: string) => Promise<Page>,
  again?: (rows: Page["items"][number][]) => number | false,
) {
  const rowsOf = (pages: Page[] | undefined): Page["items"][number][] => pages?.flatMap((page) => page.items) ?? [];
  const pages = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) => fetch(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    ...(again && { refetchInterval: (query: { state: { data?: { pages: Page[] } } }) => again(rowsOf(query.state.data?.pages)) }),
  });
  return { pages, rows: rowsOf(pages.data?.pages) };
}
