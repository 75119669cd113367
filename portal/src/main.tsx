// The entry: queries, routes, root.
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ProblemError } from "./api/client";
import { language, load } from "./i18n";
import { router } from "./router";
import "./styles.css";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // What the caller did wrong stays wrong; a server or a network may recover.
      retry: (count, error) => count < 2 && !(error instanceof ProblemError && error.status >= 400 && error.status < 500),
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});

const place = document.getElementById("root");
const start = () => {
  if (!place) return;
  createRoot(place).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
};
// Where the texts cannot be had, English stands in for them.
void load(language.get()).then(start, start);

/** The worker fetches every file of the portal when it is new: not while the first screen is drawn, which takes a third longer beside that. */
const WORKER_AFTER_MS = 4_000;
// While developing, files change under the same names: nothing is kept then.
if (import.meta.env.PROD && "serviceWorker" in navigator) setTimeout(() => void navigator.serviceWorker.register("/worker.js"), WORKER_AFTER_MS);
