// The address of exceptions.
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { at, texts } from "../../root";

export const routes = [
  createRoute({ getParentRoute: at, path: "/exceptions", validateSearch: texts("status", "cause", "owner", "id"), component: lazyRouteComponent(() => import("./ExceptionsPage")) }),
] as const;
