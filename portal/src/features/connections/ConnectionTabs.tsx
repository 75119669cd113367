// One's own connections, and the catalogue of what can be connected.
import { useSay } from "../../i18n";
import { Tabs } from "../../ui/Tabs";

export function ConnectionTabs() {
  const { say } = useSay();
  return <Tabs label={say("nav.connections")} tabs={[{ to: "/connections", text: say("connections.own") }, { to: "/catalogue", text: say("catalogue.title") }]} />;
}
