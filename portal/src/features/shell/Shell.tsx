// Navigation, who is signed in, how the live stream stands, and the keys that work everywhere.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, lazy, Suspense, useEffect, useState } from "react";
import { client, ok, type Schemas } from "../../api/client";
import { useSay } from "../../i18n";
import { changed, followBoxes, waiting } from "../../offline/outbox";
import { useCurrentInSight } from "../../ui/current";
import { useStore } from "../../ui/store";
import { commentBox, commentsOf } from "../exceptions/comments";
import { draftBox, draftsOf } from "../orders/drafts";
import { followWhileVisible, forget, live } from "../session/live";
import { ownerOf } from "../session/me";
import { standing } from "../session/session";
import { LanguageAndTheme } from "./LanguageAndTheme";
import { SCREENS } from "./screens";
import { typing } from "./typing";

const Palette = lazy(() => import("./Palette"));

export function Shell({ me, children }: { me: Schemas["MeOut"]; children: ReactNode }) {
  const { say, word } = useSay();
  const queries = useQueryClient();
  const [palette, setPalette] = useState(false);
  const nav = useCurrentInSight<HTMLElement>();
  const screens = SCREENS.filter((screen) => me.scopes.includes("*") || me.scopes.includes(screen.scope));

  useEffect(() => followWhileVisible(queries), [queries]);

  const owner = ownerOf(me);
  // The stream lives when network and session are back.
  useEffect(() => followBoxes([draftBox(owner), commentBox(owner)], queries, live.subscribe), [owner, queries]);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        if (standing.get() === "in") setPalette((open) => !open);
      } else if (event.key === "/" && !typing(event)) {
        const search = document.querySelector<HTMLElement>("[data-search]");
        event.preventDefault();
        if (search) search.focus();
        else setPalette(true);
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);

  const signOut = async () => {
    try {
      await ok(client.DELETE("/v1/session"));
    } finally {
      queries.clear();
      forget();
      standing.set("out");
    }
  };

  return (
    <div className="shell min-h-dvh md:grid md:grid-cols-[13rem_minmax(0,1fr)]">
      <a href="#content" className="sr-only focus:not-sr-only focus:fixed focus:left-2 focus:top-2 focus:z-50 focus:rounded focus:bg-card focus:p-2">{say("app.skip")}</a>
      <header className="border-b border-line bg-card md:sticky md:top-0 md:flex md:h-dvh md:flex-col md:border-b-0 md:border-r">
        <div className="flex items-center gap-2 px-4 py-3">
          <img src="/icon.svg" alt="" className="size-6" />
          <span className="font-semibold">Caravan</span>
          <LiveSign />
        </div>
        <Waiting owner={owner} />
        <div className="px-3 pb-2">
          <button type="button" className="button w-full justify-between text-muted" onClick={() => setPalette(true)}>
            {say("shell.palette")}<kbd className="text-xs">Ctrl K</kbd>
          </button>
        </div>
        <nav ref={nav} aria-label={say("nav.main")} className="flex gap-1 overflow-x-auto px-3 pb-2 md:flex-col md:overflow-visible">
          {screens.map((screen) => (
            <Link
              key={screen.to}
              to={screen.to}
              activeOptions={{ exact: screen.to === "/", includeSearch: false }}
              className="whitespace-nowrap rounded-md px-2.5 py-1.5 hover:bg-sunken"
              activeProps={{ className: "bg-sunken font-semibold", "aria-current": "page" }}
            >
              {say(screen.text)}
            </Link>
          ))}
          <a className="whitespace-nowrap rounded-md px-2.5 py-1.5 text-muted hover:bg-sunken" href="/docs">{say("nav.docs")}</a>
        </nav>
        <div className="flex flex-wrap items-center gap-x-3 gap-y-2 border-t border-line px-4 py-3 text-xs md:mt-auto md:flex-col md:items-start">
          <dl className="min-w-0">
            <dt className="sr-only">{say("shell.tenant")}</dt>
            <dd className="truncate font-medium"><Company me={me} /></dd>
            <dt className="sr-only">{say("session.role")}</dt>
            <dd className="truncate text-muted"><bdi>{me.user?.name ?? me.principal}</bdi>{me.role ? ` · ${word("role", me.role)}` : ""}</dd>
          </dl>
          <LanguageAndTheme />
          <button type="button" className="button" onClick={() => void signOut()}>{say("shell.signOut")}</button>
        </div>
      </header>
      <main id="content" tabIndex={-1} className="mx-auto w-full max-w-7xl p-4 outline-none md:p-6">{children}</main>
      {palette && (
        <Suspense fallback={null}>
          <Palette screens={screens} onClose={() => setPalette(false)} />
        </Suspense>
      )}
    </div>
  );
}

/** The company of now; whoever belongs to several goes over to another here. */
function Company({ me }: { me: Schemas["MeOut"] }) {
  const { say } = useSay();
  const queries = useQueryClient();
  const go = useMutation({
    mutationFn: (tenant: string) => ok(client.POST("/v1/session/tenant", { body: { tenant } })),
    onSuccess: () => {
      // Nothing of the one company is shown in the other.
      forget();
      queries.clear();
      location.assign("/");
    },
  });
  if (me.tenants.length < 2) return <bdi>{me.tenant.name ?? me.tenant.id}</bdi>;
  return (
    <select aria-label={say("shell.tenant")} className="field" disabled={go.isPending} value={me.tenant.id} onChange={(event) => go.mutate(event.target.value)}>
      {me.tenants.map((tenant) => <option key={tenant.id} value={tenant.id} lang="">{tenant.name ?? tenant.id}</option>)}
    </select>
  );
}

/** The orders and comments that wait for a network, as long as there are any. */
function Waiting({ owner }: { owner: string }) {
  const { say } = useSay();
  useStore(changed);
  const orders = waiting(draftsOf(owner)).length;
  const comments = waiting(commentsOf(owner)).length;
  const look = "mx-3 mb-2 block rounded-md bg-warn-bg px-2.5 py-1.5 text-xs text-warn";
  return (
    <p role="status">
      {orders > 0 && <Link to="/orders" search={{}} className={look}>{say("orders.waiting", { n: orders })}</Link>}
      {comments > 0 && <Link to="/exceptions" search={{}} className={look}>{say("comments.waiting", { n: comments })}</Link>}
    </p>
  );
}

/** How the page stands to the server: a sign and a word, said aloud when it changes. */
function LiveSign() {
  const { say } = useSay();
  const now = useStore(live);
  const look = { live: "text-good", connecting: "text-muted", behind: "text-warn", offline: "text-bad" }[now];
  return (
    <span role="status" data-live={now} className={`ml-auto text-right text-xs ${look}`}>
      <span aria-hidden="true">{now === "live" ? "● " : "○ "}</span>{say(`live.${now}`)}
    </span>
  );
}
