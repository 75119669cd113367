// The screens of one feature beside each other.
import { Link } from "@tanstack/react-router";
import { useCurrentInSight } from "./current";

export function Tabs({ label, tabs }: { label: string; tabs: { to: string; text: string }[] }) {
  const row = useCurrentInSight<HTMLElement>();
  return (
    <nav ref={row} aria-label={label} className="no-print mb-4 flex gap-1 overflow-x-auto border-b border-line">
      {tabs.map((tab) => (
        <Link
          key={tab.to}
          to={tab.to}
          activeOptions={{ exact: true, includeSearch: false }}
          className="whitespace-nowrap border-b-2 border-transparent px-3 py-2 text-muted hover:text-ink"
          activeProps={{ className: "border-b-accent! text-ink! font-semibold", "aria-current": "page" }}
        >
          {tab.text}
        </Link>
      ))}
    </nav>
  );
}
