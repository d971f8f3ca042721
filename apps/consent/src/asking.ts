import { z } from "zod";
import { type Asking, expiryOf, members } from "#libs/consent";
import { type ConsentGround, consentGround, type NoConsentGround } from "#libs/policy";
import { type Coordinate, type OrgId, WeftError } from "#libs/terms";
import type { Caller } from "#libs/token";
import { PersonKey } from "./bodies.js";
import { personOf } from "./drafts.js";
import type { World } from "./world.js";

const { coordinates, instant, org, purpose } = members;

/** An organisation asks a person, through its officer, for a consent to itself. */
export const AskBody = z.strictObject({
  person: PersonKey,
  purpose,
  coordinates: coordinates.min(1).max(64),
  /** Where given: the asking organisation. Nobody asks for another. */
  recipients: z.tuple([org]).optional(),
  /** How long the consent would hold. */
  until: instant,
  /** How long the request waits; 14 days unless told. */
  expires: instant.optional(),
  case: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$/)
    .optional(),
});
export type AskBody = z.infer<typeof AskBody>;

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
  return {
    person: personOf(body.person, caller.consumer, world),
    organisation: caller.consumer,
    officer: caller.officer,
    purpose: body.purpose,
    fields: [...new Set(fields)].sort(),
    until: body.until,
    expires: expiryOf(body.expires, body.until, now),
    ...(body.case !== undefined && { case: body.case }),
  };
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
