// The addresses of settings: one's own, people, keys, webhooks, rules, thresholds, and the audit log.
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { at, texts } from "../../root";

export const routes = [
  createRoute({ getParentRoute: at, path: "/settings", component: lazyRouteComponent(() => import("./OwnPage")) }),
  createRoute({ getParentRoute: at, path: "/settings/people", validateSearch: texts("id"), component: lazyRouteComponent(() => import("./PeoplePage")) }),
  createRoute({ getParentRoute: at, path: "/settings/keys", component: lazyRouteComponent(() => import("./KeysPage")) }),
  createRoute({ getParentRoute: at, path: "/settings/webhooks", component: lazyRouteComponent(() => import("./WebhooksPage")) }),
  createRoute({ getParentRoute: at, path: "/settings/webhooks/$id", validateSearch: texts("status", "delivery"), component: lazyRouteComponent(() => import("./WebhookPage")) }),
  createRoute({ getParentRoute: at, path: "/settings/rules", component: lazyRouteComponent(() => import("./RulesPage")) }),
  createRoute({ getParentRoute: at, path: "/settings/thresholds", component: lazyRouteComponent(() => import("./ThresholdsPage")) }),
  createRoute({ getParentRoute: at, path: "/settings/audit", validateSearch: texts("subject"), component: lazyRouteComponent(() => import("./AuditPage")) }),
] as const;
