// The public page: one shipment for whoever has its link. No login, no framework, nothing kept but the language.
import { carrierName, isOver, type Shipment, stageOf, toneOf, tokenOf } from "./view";
import { type Language, moment, say, span, status } from "./words";

/** How often it looks again while somebody looks at it. */
const AGAIN_MS = 60_000;
const KEPT = "caravan.language";

const main = document.getElementById("shipment") as HTMLElement;
const toggle = document.getElementById("language") as HTMLButtonElement;
const token = tokenOf(location.pathname);

let language = preferred();
let shipment: Shipment | undefined;
/** When it was answered last. */
let answered = "";
let state: "loading" | "shown" | "unknown" | "failed" = "loading";

function preferred(): Language {
  try {
    const kept = localStorage.getItem(KEPT);
    if (kept === "en" || kept === "hi") return kept;
  } catch {
    // Storage can be forbidden; then the browser's languages decide.
  }
  const known = navigator.languages.map((one) => one.slice(0, 2)).find((one) => one === "en" || one === "hi");
  return known === "hi" ? "hi" : "en";
}

function element<K extends keyof HTMLElementTagNameMap>(name: K, attributes: Record<string, string> = {}, ...children: (Node | string)[]): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  // Texts are appended as texts: what a carrier sends never becomes markup.
  made.append(...children);
  return made;
}

const time = (at: string) => element("time", { datetime: at }, moment(language, at));

/** A text with `{at}` in it, where the moment goes. */
function timed(word: "since" | "heard" | "old", at: string): (Node | string)[] {
  const [before = "", after = ""] = say(language, word).split("{at}");
  return [before, time(at), after];
}

function detail(word: "expected" | "promised" | "delivered", ...value: (Node | string)[]): Node {
  return element("div", {}, element("dt", {}, say(language, word)), element("dd", {}, ...value));
}

function standing(shown: Shipment): Node {
  const carrier = shown.carrier ? [element("p", { class: "muted" }, `${say(language, "carrier")}: `, element("bdi", {}, carrierName(shown.carrier)))] : [];
  const returning = shown.direction === "return" && !isOver(shown);
  const since = shown.status_since ? [element("p", { class: "muted" }, ...timed("since", shown.status_since))] : [];
  const details: Node[] = [];
  if (shown.delivered_at) details.push(detail("delivered", time(shown.delivered_at)));
  else if (!isOver(shown)) {
    const { earliest, latest, at } = shown.expected ?? {};
    if (earliest && latest) details.push(detail("expected", span(language, earliest, latest)));
    else if (at) details.push(detail("expected", time(at)));
    if (shown.promised_by) details.push(detail("promised", time(shown.promised_by)));
  }
  return element(
    "section",
    { class: "card", "aria-labelledby": "title" },
    element("h1", { id: "title" }, say(language, "title")),
    element("p", { class: "muted" }, `${say(language, "number")}: `, element("bdi", {}, shown.reference)),
    ...carrier,
    element("p", { class: `status ${toneOf(shown)}`, "data-status": shown.status }, returning ? say(language, "returning") : status(language, shown.status)),
    ...since,
    ...(details.length > 0 ? [element("dl", {}, ...details)] : []),
    ...stages(shown),
  );
}

function stages(shown: Shipment): Node[] {
  const at = stageOf(shown);
  if (at === undefined) return [];
  const lines = (["stage0", "stage1", "stage2", "stage3"] as const).map((word, nth) =>
    element("li", { class: nth <= at ? "past" : "", ...(nth === at ? { "aria-current": "step" } : {}) }, say(language, word)),
  );
  return [element("ol", { class: "stages", "aria-label": say(language, "stages") }, ...lines)];
}

function history(shown: Shipment): Node {
  const lines = shown.milestones.map((one) =>
    element("li", {}, element("p", {}, status(language, one.status)), element("p", { class: "muted" }, time(one.at), ...(one.place ? [" · ", element("bdi", {}, one.place)] : []))),
  );
  return element(
    "section",
    { class: "card", "aria-labelledby": "history" },
    element("h2", { id: "history" }, say(language, "history")),
    lines.length > 0 ? element("ol", { class: "history" }, ...lines) : element("p", { class: "muted" }, say(language, "nothing")),
  );
}

function told(title: "unknown" | "failed", how: "unknownHow" | "failedHow"): Node {
  const section = element("section", { class: "card", role: "alert" }, element("h1", {}, say(language, title)), element("p", { class: "muted" }, say(language, how)));
  if (title === "failed") section.append(again());
  return section;
}

function again(): Node {
  const button = element("button", { type: "button" }, say(language, "retry"));
  button.addEventListener("click", () => void look());
  return button;
}

function show(): void {
  document.documentElement.lang = language;
  document.title = `${say(language, "title")} · Caravan`;
  toggle.textContent = language === "hi" ? "English" : "हिन्दी";
  toggle.lang = language === "hi" ? "en" : "hi";
  if (state === "unknown") main.replaceChildren(told("unknown", "unknownHow"));
  else if (shipment) {
    const old = state === "failed" ? [element("p", { class: "old", role: "status" }, ...timed("old", answered))] : [];
    main.replaceChildren(...old, standing(shipment), history(shipment), element("p", { class: "muted" }, ...timed("heard", shipment.last_heard_at)));
  } else if (state === "failed") main.replaceChildren(told("failed", "failedHow"));
  else main.replaceChildren(element("p", { class: "muted", role: "status" }, say(language, "loading")));
}

async function look(): Promise<void> {
  try {
    // Nothing of whoever is signed in beside goes along: the link is all there is to show.
    const answer = await fetch(`/v1/public/shipments/${token}`, { credentials: "omit", cache: "no-store" });
    if (answer.ok) {
      shipment = (await answer.json()) as Shipment;
      answered = new Date().toISOString();
      state = "shown";
    } else {
      state = answer.status === 404 ? "unknown" : "failed";
    }
  } catch {
    state = "failed";
  }
  show();
}

toggle.addEventListener("click", () => {
  language = language === "hi" ? "en" : "hi";
  try {
    localStorage.setItem(KEPT, language);
  } catch {
    // As said above.
  }
  show();
});
const waits = () => state !== "unknown" && !(shipment && isOver(shipment));
setInterval(() => {
  if (document.visibilityState === "visible" && waits()) void look();
}, AGAIN_MS);

show();
void look();
