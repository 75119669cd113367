// The address of the infrastructure page.
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { at } from "../../root";

export const routes = [
  createRoute({ getParentRoute: at, path: "/infra", component: lazyRouteComponent(() => import("./InfraPage")) }),
] as const;
