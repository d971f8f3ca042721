import type { RegistryKeys } from "../registry-keys.js";
import type { ReviewRights } from "./rights.js";

/** For whom a console may review, and how widely: who supervises all is the registry's word, not the console's. */
export function reviewRightsOf({ reviews = [], organisations }: RegistryKeys): ReviewRights {
  return (iss, organisation) => {
    const console = reviews.find(({ id }) => id === iss);
    const listed = organisations[organisation];
    if (!console || !listed || console.organisations?.includes(organisation) === false) return undefined;
    if (listed.supervisory === true) return "all";
    return listed.portal === true ? "portal" : "own";
  };
}
