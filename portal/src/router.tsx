// The screens and their addresses, each from its feature's `routes.ts`, and loaded when it is first gone to.
import { createRouter } from "@tanstack/react-router";
import { routes as connections } from "./features/connections/routes";
import { routes as exceptions } from "./features/exceptions/routes";
import { routes as home } from "./features/home/routes";
import { routes as imports } from "./features/imports/routes";
import { routes as infra } from "./features/infra/routes";
import { routes as messages } from "./features/messages/routes";
import { routes as orders } from "./features/orders/routes";
import { routes as settings } from "./features/settings/routes";
import { routes as settlement } from "./features/settlement/routes";
import { routes as shipments } from "./features/shipments/routes";
import { at } from "./root";
import { Loading, Problem } from "./ui/parts";

const routes = [...home, ...shipments, ...orders, ...imports, ...messages, ...exceptions, ...settlement, ...connections, ...settings, ...infra] as const;

export const router = createRouter({
  routeTree: at().addChildren(routes),
  defaultPreload: "intent",
  defaultPendingComponent: Loading,
  defaultErrorComponent: ({ error, reset }) => <Problem error={error} retry={reset} />,
  scrollRestoration: true,
  // A message is named by its bytes and `@` its connection.
  pathParamsAllowedCharacters: ["@"],
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => {
    const entries = Object.entries(search).filter(([, value]) => typeof value === "string" && value !== "");
    const text = new URLSearchParams(entries as [string, string][]).toString();
    return text && `?${text}`;
  },
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
