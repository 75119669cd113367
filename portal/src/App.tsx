// What stands around every screen: sign-in or shell, and the dialog when a session ends.
import { useQuery } from "@tanstack/react-query";
import { Outlet } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { ProblemError } from "./api/client";
import { entryOf } from "./features/session/entry";
import { EntryForm } from "./features/session/EntryForm";
import { meQuery } from "./features/session/me";
import { SignInForm } from "./features/session/SignIn";
import { Ways } from "./features/session/Ways";
import { standing } from "./features/session/session";
import { Shell } from "./features/shell/Shell";
import { LanguageAndTheme } from "./features/shell/LanguageAndTheme";
import { useSay } from "./i18n";
import "./ui/density";
import { Dialog, Loading, Problem } from "./ui/parts";
import { useStore } from "./ui/store";

export function App() {
  const { say, language } = useSay();
  const now = useStore(standing);
  const me = useQuery(meQuery);
  const [entry, setEntry] = useState(() => entryOf(location.hash));
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);

  if (now === "out") {
    return (
      <main className="grid min-h-dvh place-items-center p-4">
        <div className="card w-full max-w-sm p-6 shadow-sm">
          <img src="/icon.svg" alt="" className="mb-4 size-9" />
          <h1 className="mb-4 text-lg font-semibold">{say(entry ? `entry.${entry.kind}` : "session.title")}</h1>
          {entry ? <EntryForm entry={entry} onDone={() => setEntry(undefined)} /> : <><SignInForm /><Ways /></>}
          <div className="mt-5 border-t border-line pt-4"><LanguageAndTheme /></div>
        </div>
      </main>
    );
  }
  if (!me.data) {
    const refused = me.error instanceof ProblemError && me.error.status === 401;
    return (
      <main className="mx-auto max-w-xl p-6">
        <h1 className="sr-only">Caravan</h1>
        {me.error && !refused ? <Problem error={me.error} retry={() => void me.refetch()} /> : <Loading />}
      </main>
    );
  }
  return (
    <Shell me={me.data}>
      <Outlet />
      {now === "expired" && (
        <Dialog title={say("session.again")} onClose={() => {}} closable={false}>
          <p className="mb-3 text-muted">{say("session.againWhy")}</p>
          <SignInForm />
        </Dialog>
      )}
    </Shell>
  );
}
