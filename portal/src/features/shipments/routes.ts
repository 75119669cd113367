// The addresses of shipments.
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { at, texts, textsUpTo } from "../../root";

/** Many numbers are one long text. */
const numbers = textsUpTo(12_000, "numbers");
const filters = texts("status", "exception", "carrier", "q", "sort", "columns");
const list = (search: Record<string, unknown>) => ({ ...filters(search), ...numbers(search) });

export const routes = [
  createRoute({ getParentRoute: at, path: "/shipments", validateSearch: list, component: lazyRouteComponent(() => import("./ShipmentsPage")) }),
  createRoute({ getParentRoute: at, path: "/shipments/$reference", validateSearch: texts("zoom"), component: lazyRouteComponent(() => import("./TimelinePage")) }),
] as const;
