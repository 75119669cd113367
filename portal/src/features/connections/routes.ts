// The addresses of the catalogue and of connections.
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { at, texts } from "../../root";

export const routes = [
  createRoute({ getParentRoute: at, path: "/catalogue", validateSearch: texts("q", "mode", "verification"), component: lazyRouteComponent(() => import("./CataloguePage")) }),
  createRoute({ getParentRoute: at, path: "/catalogue/$party", component: lazyRouteComponent(() => import("./PartyPage")) }),
  createRoute({ getParentRoute: at, path: "/connections", component: lazyRouteComponent(() => import("./ConnectionsPage")) }),
  createRoute({ getParentRoute: at, path: "/connections/new/$party", component: lazyRouteComponent(() => import("./NewConnectionPage")) }),
  createRoute({ getParentRoute: at, path: "/connections/$id", component: lazyRouteComponent(() => import("./ConnectionPage")) }),
] as const;
