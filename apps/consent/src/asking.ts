import { type AskBody, type Asking, expiryOf } from "#libs/consent";
import { type ConsentGround, consentGround, type NoConsentGround } from "#libs/policy";
import { type CanonicalPerson, type Coordinate, type OrgId, WeftError } from "#libs/terms";
import type { Caller } from "#libs/token";
import { personOf } from "./drafts.js";
import type { World } from "./world.js";

/** A consent that is asked for holds no longer than this, in milliseconds. */
const LONGEST = 5 * 366 * 86_400_000;

/** What a request's body asks, refused for reasons that depend on who asks for what and never on the person. */
export function askingOf(body: AskBody, caller: Caller, world: World, now: Date): Asking {
  if (body.purpose !== caller.purpose) throw new WeftError("PURPOSE_NOT_ALLOWED");
  if (body.recipients?.some((one) => one !== caller.consumer)) throw new WeftError("RECIPIENT_NOT_ALLOWED");
  if (Date.parse(body.until) > now.getTime() + LONGEST)
    throw new WeftError("REQUEST_MALFORMED", { detail: "body: until" });
  const who = { consumer: caller.consumer, purpose: body.purpose };
  const grounds = body.coordinates.map((field) => consentGround(who, field, world.contracts.policy, now));
  const refused = grounds.find((ground): ground is NoConsentGround => typeof ground === "string");
  if (refused !== undefined) throw new WeftError(refused);
  const fields = body.coordinates.filter((_, at) => (grounds[at] as ConsentGround).kind === "field");
  if (fields.length === 0) throw new WeftError("REQUEST_MALFORMED", { message: "No field is asked for." });
  const person = personOf(body.person, caller.consumer, world);
  const until = untilOf(body);
  return {
    person,
    organisation: caller.consumer,
    officer: caller.officer,
    purpose: body.purpose,
    fields: [...new Set(fields)].sort(),
    until,
    expires: expiryOf(body.expires, until, now),
    ...(body.case !== undefined && { case: body.case }),
    ...(body.guardian && { guardian: guardianOf(body.guardian, person, caller, world) }),
  };
}

/** What a guardian gives ends when the ward comes of age, at the latest; the day itself is not kept. */
function untilOf({ until, guardian }: AskBody): string {
  return guardian && Date.parse(guardian.majority) < Date.parse(until) ? guardian.majority : until;
}

function guardianOf(
  { person: key, evidence }: NonNullable<AskBody["guardian"]>,
  ward: CanonicalPerson,
  { consumer }: Caller,
  world: World,
): NonNullable<Asking["guardian"]> {
  const person = personOf(key, consumer, world);
  if (person === ward) throw new WeftError("REQUEST_MALFORMED", { message: "Nobody is their own guardian." });
  return { person, evidence };
}

/** Of the fields asked for, those that still rest on consent: an agreement may have ended meanwhile. */
export function stillAsked(
  {
    organisation,
    purpose,
    fields,
  }: { organisation: OrgId; purpose: AskBody["purpose"]; fields: readonly Coordinate[] },
  { contracts }: World,
  now: Date,
): readonly Coordinate[] {
  const who = { consumer: organisation, purpose };
  return fields.filter((field) => typeof consentGround(who, field, contracts.policy, now) === "object");
}
