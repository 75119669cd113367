// Bills, the contracts that they are held against, and what was handed over.
import { useSay } from "../../i18n";
import { Tabs } from "../../ui/Tabs";

export function SettlementTabs() {
  const { say } = useSay();
  return (
    <Tabs
      label={say("nav.settlement")}
      tabs={[
        { to: "/settlement", text: say("bills.title") },
        { to: "/settlement/contracts", text: say("contracts.title") },
        { to: "/settlement/hand-overs", text: say("handOvers.title") },
      ]}
    />
  );
}
