// Who is calling, with what it may do. The API decides; the portal only hides what would be refused.
import { useQuery } from "@tanstack/react-query";
import { client, ok } from "../../api/client";
import { standing } from "./session";

export const meQuery = {
  queryKey: ["me"],
  queryFn: async () => {
    const me = await ok(client.GET("/v1/me"));
    standing.set("in");
    return me;
  },
  staleTime: 60_000,
  retry: false,
};

/** Whose this browser's drafts and views are: of one person in one company. */
export const ownerOf = (me: { tenant: { id: string }; principal: string }) => `${me.tenant.id}.${me.principal}`;

export function useMe() {
  return useQuery(meQuery).data;
}

/** Whether the caller's scopes open this. */
export function useMay(scope: string): boolean {
  const scopes = useMe()?.scopes ?? [];
  return scopes.includes("*") || scopes.includes(scope);
}
