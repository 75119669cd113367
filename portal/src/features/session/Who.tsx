// Who did something, by name: a principal of the API as people know it.
import { useQuery } from "@tanstack/react-query";
import { client, ok } from "../../api/client";
import { type Say, useSay } from "../../i18n";
import { useMay, useMe } from "./me";

/** `user/<id>` by the names that are known, `key/<id>` as a key; anything else as it came. */
export function nameOf(principal: string, names: ReadonlyMap<string, string>, say: Say): string {
  const [kind, id] = [principal.slice(0, principal.indexOf("/")), principal.slice(principal.indexOf("/") + 1)];
  if (kind === "user") return names.get(id) ?? principal;
  if (kind === "key") return say("who.key", { id });
  return principal === "system" ? say("who.system") : principal;
}

export function Who({ principal }: { principal: string }) {
  const { say } = useSay();
  const me = useMe();
  const people = useQuery({ queryKey: ["users"], queryFn: () => ok(client.GET("/v1/users", { params: { query: { limit: 200 } } })), enabled: useMay("users:read"), staleTime: 300_000 });
  const names = new Map(people.data?.items.map((user) => [user.id, user.name]));
  // One's own name is known without being allowed to see the others'.
  if (me?.user) names.set(me.principal.slice(me.principal.indexOf("/") + 1), me.user.name);
  return <bdi>{nameOf(principal, names, say)}</bdi>;
}
