// Who did something, by name: a principal of the API as people know it.
import { useQuery } from "@tanstack/react-query";
import { client, ok } from "../../api/client";
import { type Say, useSay } from "../../i18n";
import { useMe } from "./me";

const NOBODY: Readonly<Record<string, string>> = {};

/** `user/<id>` by the names that are known, `key/<id>` as a key; anything else as it came. */
export function nameOf(principal: string, names: Readonly<Record<string, string>>, say: Say): string {
  const [kind, id] = [principal.slice(0, principal.indexOf("/")), principal.slice(principal.indexOf("/") + 1)];
  if (kind === "user") return (Object.hasOwn(names, id) ? names[id] : undefined) ?? principal;
  if (kind === "key") return say("who.key", { id });
  return principal === "system" ? say("who.system") : principal;
}

/** Most pages of names that are asked for; whoever is behind them is shown as `user/<id>`. */
const PAGES_MAX = 25;

/** The names of everybody in the company, by their ids. Under the users' key, so that it becomes old with them. */
const colleaguesQuery = {
  queryKey: ["users", "names"],
  queryFn: async () => {
    const names: Record<string, string> = {};
    let cursor: string | undefined;
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const { items, next } = await ok(client.GET("/v1/me/colleagues", { params: { query: { limit: 200, cursor } } }));
      for (const { id, name } of items) names[id] = name;
      if (!next) break;
      cursor = next;
    }
    return names;
  },
  staleTime: 300_000,
};

export function Who({ principal }: { principal: string }) {
  const { say } = useSay();
  const me = useMe();
  // Whoever is signed in as a person may know the others' names.
  const names = useQuery({ ...colleaguesQuery, enabled: me?.user != null }).data ?? NOBODY;
  return <bdi>{nameOf(principal, names, say)}</bdi>;
}
