/** The console's pages, in the order of the navigation. */
export const pages = [
  { path: "/today", name: "today" },
  { path: "/accesses", name: "accesses" },
  { path: "/requests", name: "requests" },
  { path: "/investigations", name: "investigations" },
  { path: "/reveals", name: "reveals" },
  { path: "/agreements", name: "agreements" },
  { path: "/consents", name: "consents" },
  { path: "/integrity", name: "integrity" },
  { path: "/verify", name: "verify" },
] as const;
