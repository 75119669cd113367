// The addresses of the first screen; who signs in at `/sign-in` comes to it too. It is what most come for, so it is loaded with the shell.
import { createRoute } from "@tanstack/react-router";
import { at } from "../../root";
import HomePage from "./HomePage";

export const routes = [
  createRoute({ getParentRoute: at, path: "/", component: HomePage }),
  createRoute({ getParentRoute: at, path: "/sign-in", component: HomePage }),
] as const;
