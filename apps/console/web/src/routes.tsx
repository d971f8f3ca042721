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
    throw redirect({ to: "/today", search });
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

const today = createRoute({
  getParentRoute: () => signedIn,
  path: "/today",
  component: lazyRouteComponent(() => import("./pages/today.js"), "TodayPage"),
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

const requests = createRoute({
  getParentRoute: () => signedIn,
  path: "/requests",
  component: lazyRouteComponent(() => import("./pages/requests.js"), "RequestsPage"),
});

const request = createRoute({
  getParentRoute: () => signedIn,
  path: "/requests/$id",
  component: lazyRouteComponent(() => import("./pages/request.js"), "RequestPage"),
});

const reveals = createRoute({
  getParentRoute: () => signedIn,
  path: "/reveals",
  component: lazyRouteComponent(() => import("./pages/reveals.js"), "RevealsPage"),
});

const agreements = createRoute({
  getParentRoute: () => signedIn,
  path: "/agreements",
  component: lazyRouteComponent(() => import("./pages/agreements.js"), "AgreementsPage"),
});

const agreement = createRoute({
  getParentRoute: () => signedIn,
  path: "/agreements/$id",
  component: lazyRouteComponent(() => import("./pages/agreement.js"), "AgreementPage"),
});

/** Where it begins from, in the address: numbers of accesses and codes. */
const investigations = createRoute({
  getParentRoute: () => signedIn,
  path: "/investigations",
  validateSearch: ({ of, reason, alert }: Record<string, unknown>) => ({
    ...((typeof of === "string" || typeof of === "number") && { of: `${of}` }),
    ...(typeof reason === "string" && { reason: reason as "unexplained-access" }),
    ...(typeof alert === "string" && { alert }),
  }),
  component: lazyRouteComponent(() => import("./pages/investigations.js"), "InvestigationsPage"),
});

const investigation = createRoute({
  getParentRoute: () => signedIn,
  path: "/investigations/$id",
  component: lazyRouteComponent(() => import("./pages/investigation.js"), "InvestigationPage"),
});

const consents = createRoute({
  getParentRoute: () => signedIn,
  path: "/consents",
  component: lazyRouteComponent(() => import("./pages/consents.js"), "ConsentsPage"),
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
  routeTree: root.addChildren([
    first,
    signedIn.addChildren([
      today,
      accesses,
      access,
      requests,
      request,
      reveals,
      investigations,
      investigation,
      agreements,
      agreement,
      consents,
      integrity,
    ]),
    verify,
  ]),
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
