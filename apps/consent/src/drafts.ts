import type { Act, Draft, PersonKey } from "#libs/consent";
import {
  type CanonicalPerson,
  canonicalPerson,
  type Coordinate,
  type OrgId,
  type PurposeCode,
  WeftError,
} from "#libs/terms";
import type { Caller } from "#libs/token";
import type { GivenInPerson } from "./bodies.js";
import type { Consent } from "./consent.js";
import type { World } from "./world.js";

type Information = Draft["information"];

/** What an officer's system sent, as the register takes it: who may give what is decided here. */
export function draftOf(given: GivenInPerson, caller: Caller, consent: Consent, now: Date): Draft {
  const world = consent.world();
  assertMay(given, caller, consent);
  const guardian = given.guardian;
  const act: Act = {
    by: given.kind === "protection" ? "authority" : guardian ? "guardian" : "data-subject",
    method: {
      how: "in-person",
      organisation: caller.consumer,
      officer: caller.officer,
      evidence: given.evidence,
    },
    at: now,
  };
  return {
    kind: given.kind,
    person: personOf(given.person, caller.consumer, world),
    ...(guardian && {
      guardian: {
        person: personOf(guardian.person, caller.consumer, world),
        majority: new Date(guardian.majority),
      },
    }),
    purposes: given.purposes.map((purpose) => purposeEntry(purpose, world)),
    recipient: given.kind === "consent" ? caller.consumer : given.recipient,
    information: informationOf(given, world),
    ...(isEverywhere(given) && { everywhere: true }),
    from: given.from === undefined ? now : new Date(given.from),
    until: new Date(given.until),
    ...(given.kind === "consent" && {
      ...(given.date_range && { dateRange: given.date_range }),
      ...(given.frequency && { frequency: given.frequency }),
      ...(given.dataEraseAt !== undefined && { dataEraseAt: new Date(given.dataEraseAt) }),
    }),
    act,
  };
}

/** A consent is recorded by its recipient, under the purpose of its token. Anyone may take an objection; few may protect. */
function assertMay(given: GivenInPerson, caller: Caller, { protectionFrom }: Consent): void {
  if (given.kind === "consent" && !given.purposes.includes(caller.purpose)) throw new WeftError("PURPOSE_NOT_ALLOWED");
  if (given.kind === "protection" && !protectionFrom.has(caller.consumer)) throw new WeftError("AUTHORITY_REQUIRED");
}

export function personOf({ scheme, value }: PersonKey, consumer: OrgId, { contracts, seals }: World): CanonicalPerson {
  if (scheme === "WEFT_ID") return seals.open(consumer, value);
  const found = [...contracts.schemes.values()].find((one) => one.enum === scheme);
  if (!found) throw new WeftError("PERSON_KEY_INVALID");
  return canonicalPerson(found, value);
}

export function purposeEntry(purpose: PurposeCode, { contracts }: World): Draft["purposes"][number] {
  const known = contracts.purposes.get(purpose);
  if (!known) throw new WeftError("REQUEST_MALFORMED", { message: "A purpose is not in the country's list." });
  return { purpose, ...(known.dpv !== null && { purpose_type: known.dpv }) };
}

/** A restriction that names neither fields nor providers speaks of all, also of those that join later. */
function isEverywhere(given: GivenInPerson): boolean {
  return given.kind !== "consent" && given.coordinates.length === 0 && given.controllers === undefined;
}

function informationOf(given: GivenInPerson, world: World): Information {
  if (given.coordinates.length === 0 && given.kind !== "consent") {
    const all = providersIn(world);
    const providers = given.controllers ?? all;
    if (providers.some((provider) => !all.includes(provider))) throw unknownField();
    return providers.map((controller) => ({ controller, coordinates: [] }));
  }
  return groupedByController(given.coordinates, world);
}

/** Who holds data and has an adapter, by the contracts in force. */
export function providersIn({ contracts }: World): readonly OrgId[] {
  return [...contracts.subgraphs.values()].flatMap(({ adapter, provider }) => (adapter === null ? [] : [provider]));
}

export function groupedByController(coordinates: readonly Coordinate[], world: World): Information {
  const byController = new Map<OrgId, Coordinate[]>();
  for (const coordinate of coordinates) {
    const controller = world.controllerOf(coordinate);
    if (controller === undefined) throw unknownField();
    byController.set(controller, [...(byController.get(controller) ?? []), coordinate]);
  }
  return [...byController].map(([controller, coordinates]) => ({ controller, coordinates }));
}

function unknownField(): WeftError {
  return new WeftError("REQUEST_MALFORMED", { message: "A field or a provider is not in the country's contracts." });
}
