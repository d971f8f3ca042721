import type { Root } from "#libs/supergraph";
import { type CanonicalPerson, canonicalPerson, type Coordinate, WeftError } from "#libs/terms";
import type { World } from "./gateway.js";
import type { Resolved } from "./resolve-operation.js";

/** More keys than any agreement grants: refused before a single one is sealed. */
const MOST_KEYS = 1000;

export interface AccessDescribed extends Resolved {
  /** The persons that the caller names. Personal data: lives as long as the request. */
  readonly persons: readonly CanonicalPerson[];
  /** The ministries' lists that the operation enters by, with the rows asked. */
  readonly entries: readonly { readonly entry: Coordinate; readonly first: number }[];
  /** `PersonKey` input -> person, for the gateway's own subgraph. */
  readonly personOf: (key: unknown) => CanonicalPerson;
}

interface PersonKey {
  readonly scheme: string;
  readonly value: string;
}

/** Which persons, or which lists, the operation is about. */
export function describeAccess(resolved: Resolved): AccessDescribed {
  const { operation, progress } = resolved;
  const personOf = (key: unknown) => parsePersonKey(key as PersonKey, resolved);
  const persons = new Set<CanonicalPerson>();
  const entries: { entry: Coordinate; first: number }[] = [];
  let named = 0;
  for (const root of operation.roots) {
    const given = root.arguments(operation.variables);
    if (!isReference(root, progress.world)) {
      entries.push({ entry: root.coordinate, first: rowsOf(given) });
      continue;
    }
    const keys = keysOf(given);
    // Counted as asked: a person who is named a thousand times is answered a thousand times.
    named += keys.length;
    if (named > MOST_KEYS) throw new WeftError("LIMIT_EXCEEDED");
    for (const key of keys) persons.add(personOf(key));
  }
  return { ...resolved, persons: [...persons], entries, personOf };
}

function isReference(root: Root, world: World): boolean {
  return world.contracts.rules.get(root.coordinate)?.kind === "reference";
}

function keysOf(given: Readonly<Record<string, unknown>>): readonly unknown[] {
  const keys = given["keys"] ?? [given["key"]];
  return Array.isArray(keys) ? keys : [keys];
}

/** A list that does not say how many rows it wants asks for as many as there are. */
function rowsOf(given: Readonly<Record<string, unknown>>): number {
  const first = given["first"];
  if (typeof first !== "number") return Number.MAX_SAFE_INTEGER;
  if (first < 1) throw new WeftError("VARIABLES_INVALID", { message: "A list is asked for one row or more." });
  return first;
}

function parsePersonKey(key: PersonKey, { caller, progress }: Resolved): CanonicalPerson {
  if (key.scheme === "WEFT_ID") return progress.world.seals.open(caller.consumer, key.value);
  const scheme = progress.world.schemes.get(key.scheme);
  if (!scheme) throw new WeftError("PERSON_KEY_INVALID");
  return canonicalPerson(scheme, key.value);
}
