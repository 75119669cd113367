// The addresses of orders.
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { at, texts } from "../../root";

export const routes = [
  createRoute({ getParentRoute: at, path: "/orders", validateSearch: texts("status", "q"), component: lazyRouteComponent(() => import("./OrdersPage")) }),
  createRoute({ getParentRoute: at, path: "/orders/new", validateSearch: texts("draft"), component: lazyRouteComponent(() => import("./NewOrderPage")) }),
  createRoute({ getParentRoute: at, path: "/orders/$id", component: lazyRouteComponent(() => import("./OrderPage")) }),
  createRoute({ getParentRoute: at, path: "/orders/$id/edit", component: lazyRouteComponent(() => import("./EditOrderPage")) }),
] as const;
