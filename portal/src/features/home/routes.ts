// The addresses of the first screen; who signs in at `/sign-in` comes to it too.
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { at } from "../../root";

export const routes = [
  createRoute({ getParentRoute: at, path: "/", component: lazyRouteComponent(() => import("./HomePage")) }),
  createRoute({ getParentRoute: at, path: "/sign-in", component: lazyRouteComponent(() => import("./HomePage")) }),
] as const;
