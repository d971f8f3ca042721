import type { Contracts } from "#libs/contracts";
import { MAX_SUBJECTS } from "#libs/access-log";
import { canonicalPerson, type CanonicalPerson, parseOrgId, type Seals, type SubjectRef, WeftError } from "#libs/terms";
import type { TypedPerson } from "./api.js";

/**
 * A person as every ministry that holds data may know them: each typed number, sealed for each with every key that still opens. The number
 * ends here. All ministries, whatever the reviewer may see: the log narrows, and a reference opens nothing for who cannot see its section.
 * NOTE: numbers that nobody typed are not looked up; where the civil register links them is a later step.
 */
export function refsOf(
  persons: readonly TypedPerson[],
  { schemes, registry }: Pick<Contracts, "schemes" | "registry">,
  seals: Pick<Seals, "candidates">,
): readonly SubjectRef[] {
  const providers = Object.entries(registry.organisations).flatMap(([org, { adapter }]) =>
    adapter === undefined ? [] : [parseOrgId(org)],
  );
  const canonical = persons.map((typed) => canonicalOf(typed, schemes));
  const refs = canonical.flatMap((person) => providers.flatMap((provider) => seals.candidates(provider, person)));
  const distinct = [...new Set(refs)];
  if (distinct.length > MAX_SUBJECTS) throw new WeftError("REQUEST_TOO_LARGE");
  return distinct;
}

function canonicalOf({ scheme, number }: TypedPerson, schemes: Contracts["schemes"]): CanonicalPerson {
  const known = schemes.get(scheme);
  if (!known) throw new WeftError("PERSON_KEY_INVALID");
  return canonicalPerson(known, number);
}
