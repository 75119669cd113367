// The parts of the settings that the caller's scopes open.
import { type Key, useSay } from "../../i18n";
import { Tabs } from "../../ui/Tabs";
import { useMe } from "../session/me";

const PARTS: { to: string; text: Key; scope?: string }[] = [
  { to: "/settings", text: "own.title" },
  { to: "/settings/people", text: "people.title", scope: "users:read" },
  { to: "/settings/keys", text: "keys.title", scope: "keys:read" },
  { to: "/settings/webhooks", text: "hooks.title", scope: "webhooks:read" },
  { to: "/settings/rules", text: "rules.title", scope: "settlement:read" },
  { to: "/settings/thresholds", text: "thresholds.title", scope: "shipments:read" },
  { to: "/settings/audit", text: "audit.title", scope: "audit:read" },
];

/** The heading of every screen of the settings, with the way to the others. */
export function SettingsHead() {
  const { say } = useSay();
  const scopes = useMe()?.scopes ?? [];
  const open = PARTS.filter((part) => part.scope === undefined || scopes.includes("*") || scopes.includes(part.scope));
  return (
    <>
      <h1 className="mb-2 text-xl font-semibold">{say("nav.settings")}</h1>
      <Tabs label={say("nav.settings")} tabs={open.map((part) => ({ to: part.to, text: say(part.text) }))} />
    </>
  );
}
