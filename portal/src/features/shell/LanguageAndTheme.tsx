// The choices that hold for this browser, signed in or not.
import { speak, useSay } from "../../i18n";
import { theme } from "../../ui/theme";
import { useStore } from "../../ui/store";
import { keys } from "./typing";

export function LanguageAndTheme() {
  const { say, language: now } = useSay();
  const look = useStore(theme);
  const single = useStore(keys);
  const other = look === "dark" ? "light" : "dark";
  return (
    <div className="flex flex-wrap items-center gap-2">
      <select
        aria-label={say("shell.language")}
        className="field w-auto"
        value={now}
        onChange={(event) => speak(event.target.value === "hi" ? "hi" : "en")}
      >
        <option value="en" lang="en">English</option>
        <option value="hi" lang="hi">हिन्दी</option>
      </select>
      <button type="button" className="button px-2" onClick={() => theme.set(other)} aria-label={say(`shell.theme.${other}`)} title={say(`shell.theme.${other}`)}>
        <span aria-hidden="true">{look === "dark" ? "☀" : "☾"}</span>
      </button>
      <button type="button" className="button px-2 aria-pressed:border-accent" aria-pressed={single === "on"} onClick={() => keys.set(single === "on" ? "off" : "on")} aria-label={say("shell.keys")} title={say("shell.keys")}>
        <span aria-hidden="true">⌨</span>
      </button>
    </div>
  );
}
