import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { SignedIn } from "./session.js";
import { Shell } from "./shell.js";

const root = createRootRoute({ component: () => <Shell /> });

const first = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: ({ search }) => {
    throw redirect({ to: "/accesses", search });
  },
});

/** Pages that need to know who looks. */
const signedIn = createRoute({
  getParentRoute: () => root,
  id: "signed-in",
  component: () => (
    <SignedIn>
      <Outlet />
    </SignedIn>
  ),
});

const accesses = createRoute({
  getParentRoute: () => signedIn,
  path: "/accesses",
  component: lazyRouteComponent(() => import("./pages/accesses.js"), "AccessesPage"),
});

const access = createRoute({
  getParentRoute: () => signedIn,
  path: "/accesses/$index",
  component: lazyRouteComponent(() => import("./pages/access.js"), "AccessPage"),
});

const integrity = createRoute({
  getParentRoute: () => signedIn,
  path: "/integrity",
  component: lazyRouteComponent(() => import("./pages/integrity.js"), "IntegrityPage"),
});

const verify = createRoute({
  getParentRoute: () => root,
  path: "/verify",
  component: lazyRouteComponent(() => import("./pages/verify.js"), "VerifyPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([first, signedIn.addChildren([accesses, access, integrity]), verify]),
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
