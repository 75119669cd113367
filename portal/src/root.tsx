// The root of all routes, and how a screen reads its search parameters: plain texts, so that an address can be read and typed.
import { createRootRoute, Link } from "@tanstack/react-router";
import { App } from "./App";
import { useSay } from "./i18n";

function NotFound() {
  const { say } = useSay();
  return (
    <div className="card p-8 text-center">
      <h1 className="font-medium">{say("notFound.title")}</h1>
      <p className="mt-2"><Link className="underline" to="/">{say("notFound.home")}</Link></p>
    </div>
  );
}

const root = createRootRoute({ component: App, notFoundComponent: NotFound });

/** The parent of every screen's route. */
export const at = () => root;

/** The texts of the address that a screen knows, each cut to `chars` characters. */
export const textsUpTo = <K extends string>(chars: number, ...names: K[]) => (search: Record<string, unknown>) =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = search[name];
      return typeof value === "string" && value !== "" ? [[name, value.slice(0, chars)]] : [];
    }),
  ) as Partial<Record<K, string>>;

/** The usual texts of an address: a filter, a word, an id. */
export const texts = <K extends string>(...names: K[]) => textsUpTo(200, ...names);
