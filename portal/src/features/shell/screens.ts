// The screens that navigation and palette lead to, in the order of the work: a screen is shown to whoever has its scope.
import type { Key } from "../../i18n";

export const SCREENS: { to: string; text: Key; scope: string }[] = [
  { to: "/", text: "nav.home", scope: "shipments:read" },
  { to: "/orders", text: "nav.orders", scope: "orders:read" },
  { to: "/imports", text: "nav.imports", scope: "orders:read" },
  { to: "/shipments", text: "nav.shipments", scope: "shipments:read" },
  { to: "/exceptions", text: "nav.exceptions", scope: "shipments:read" },
  { to: "/messages", text: "nav.messages", scope: "documents:read" },
  { to: "/settlement", text: "nav.settlement", scope: "settlement:read" },
  { to: "/connections", text: "nav.connections", scope: "connections:read" },
  { to: "/infra", text: "nav.infra", scope: "operations:read" },
  // Everybody who may look at anything has some settings of its own.
  { to: "/settings", text: "nav.settings", scope: "parties:read" },
];
