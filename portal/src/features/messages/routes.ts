// The addresses of messages.
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { at, texts } from "../../root";

export const routes = [
  createRoute({ getParentRoute: at, path: "/messages", validateSearch: texts("status", "q", "party", "connection", "from", "to"), component: lazyRouteComponent(() => import("./MessagesPage")) }),
  createRoute({ getParentRoute: at, path: "/messages/$id", validateSearch: texts("from", "to"), component: lazyRouteComponent(() => import("./MessagePage")) }),
  createRoute({ getParentRoute: at, path: "/messages/$id/compare", validateSearch: texts("with"), component: lazyRouteComponent(() => import("./ComparePage")) }),
] as const;
