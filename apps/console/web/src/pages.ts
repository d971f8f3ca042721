/** The console's pages, in the order of the navigation. */
export const pages = [
  { path: "/accesses", name: "accesses" },
  { path: "/integrity", name: "integrity" },
  { path: "/verify", name: "verify" },
] as const;
