// The command palette: go to a screen, or open what a number names.
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useState } from "react";
import { type Key, useSay } from "../../i18n";
import { Dialog } from "../../ui/parts";

interface Entry {
  id: string;
  text: string;
  go: () => void;
}

export default function Palette({ screens, onClose }: { screens: { to: string; text: Key }[]; onClose: () => void }) {
  const { say } = useSay();
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);

  const value = text.trim();
  const entries: Entry[] = screens
    .map((screen) => ({ id: screen.to, text: say(screen.text), go: () => void navigate({ to: screen.to }) }))
    .filter((entry) => entry.text.toLowerCase().includes(value.toLowerCase()));
  if (value.length >= 3) {
    entries.push({
      id: "find",
      text: say("palette.find", { value }),
      go: () => void navigate({ to: "/shipments/$reference", params: { reference: value } }),
    });
  }
  if (/^[0-9a-f]{4,64}$/i.test(value)) {
    entries.push({
      id: "document",
      text: say("palette.document", { value }),
      go: () => void navigate({ to: "/messages/$id", params: { id: value.toLowerCase() } }),
    });
  }
  const chosen = Math.min(at, entries.length - 1);
  const run = (entry: Entry | undefined) => {
    if (!entry) return;
    onClose();
    entry.go();
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setAt(Math.min(chosen + 1, entries.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(chosen - 1, 0));
    else if (event.key === "Enter") run(entries[chosen]);
    else return;
    event.preventDefault();
  };

  return (
    <Dialog title={say("shell.palette")} onClose={onClose}>
      <input
        autoFocus
        role="combobox"
        aria-label={say("palette.placeholder")}
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={entries[chosen] ? `palette-${entries[chosen].id}` : undefined}
        className="field h-10"
        placeholder={say("palette.placeholder")}
        maxLength={200}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKey}
      />
      <ul id="palette-list" role="listbox" aria-label={say("shell.palette")} className="mt-2 max-h-80 overflow-auto">
        {entries.map((entry, index) => (
          <li
            key={entry.id}
            id={`palette-${entry.id}`}
            role="option"
            aria-selected={index === chosen}
            className={`cursor-pointer truncate rounded-md px-2.5 py-2 ${index === chosen ? "bg-mark" : ""}`}
            onMouseMove={() => setAt(index)}
            onClick={() => run(entry)}
          >
            {entry.text}
          </li>
        ))}
      </ul>
      {entries.length === 0 && <p role="status" className="p-2 text-muted">{say("palette.none")}</p>}
    </Dialog>
  );
}
