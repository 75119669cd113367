import { InfiniteQueryObserver, QueryClient } from "@tanstack/react-query";
import { describe, expect, it } from "vitest";
import { readAgain } from "../features/session/live";
import { isLong } from "./pages";

const list = (pages: number) => ({ state: { data: { pages: Array.from({ length: pages }, () => ({ items: [] })) } } });

describe("a list", () => {
  it("is long from its eleventh page on; what is no list is not", () => {
    expect([1, 10, 11].map((pages) => isLong(list(pages)))).toEqual([false, false, true]);
    for (const data of [undefined, null, {}, { pages: 12 }]) expect(isLong({ state: { data } })).toBe(false);
  });

  it("that became old is read again, a long one only says so", async () => {
    for (const [wanted, read] of [[3, 3], [12, 0]] as const) {
      const queries = new QueryClient();
      let asked = 0;
      const observer = new InfiniteQueryObserver(queries, {
        queryKey: ["shipments"], initialPageParam: 0, staleTime: Number.POSITIVE_INFINITY,
        queryFn: ({ pageParam }) => { asked += 1; return { next: pageParam + 1 }; },
        getNextPageParam: (page: { next: number }) => (page.next < wanted ? page.next : undefined),
      });
      const leave = observer.subscribe(() => undefined);
      await observer.refetch();
      while (observer.getCurrentResult().hasNextPage) await observer.fetchNextPage();
      expect(observer.getCurrentResult().isStale).toBe(false);
      asked = 0;
      await readAgain(queries, new Set(["shipments"]));
      expect(asked).toBe(read);
      expect(observer.getCurrentResult().isStale).toBe(read === 0);
      leave();
    }
  });
});
