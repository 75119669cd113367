// The addresses of imports.
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { at, texts } from "../../root";

export const routes = [
  createRoute({ getParentRoute: at, path: "/imports", component: lazyRouteComponent(() => import("./ImportsPage")) }),
  createRoute({ getParentRoute: at, path: "/imports/$id", validateSearch: texts("repeated"), component: lazyRouteComponent(() => import("./ImportPage")) }),
] as const;
