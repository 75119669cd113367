// The addresses of settlement: bills, contracts, hand-overs.
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { at, texts } from "../../root";

export const routes = [
  createRoute({ getParentRoute: at, path: "/settlement", validateSearch: texts("status", "outcome", "carrier", "number"), component: lazyRouteComponent(() => import("./BillsPage")) }),
  createRoute({ getParentRoute: at, path: "/settlement/bills/$id", component: lazyRouteComponent(() => import("./BillPage")) }),
  createRoute({ getParentRoute: at, path: "/settlement/contracts", validateSearch: texts("carrier"), component: lazyRouteComponent(() => import("./ContractsPage")) }),
  createRoute({ getParentRoute: at, path: "/settlement/contracts/$id", validateSearch: texts("version", "line", "code"), component: lazyRouteComponent(() => import("./ContractPage")) }),
  createRoute({ getParentRoute: at, path: "/settlement/hand-overs", component: lazyRouteComponent(() => import("./HandOversPage")) }),
] as const;
