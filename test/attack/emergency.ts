import type { CanonicalPerson, OrgId, PartyId, PurposeCode } from "#libs/terms";
import { type AccessTokenDraft, accessTokenOf, signAccessToken } from "#libs/token";
import { SIGNED_IN_BY } from "../../apps/sandbox/src/issuer-files.js";
import { sandboxKey } from "../../apps/sandbox/src/keys.js";
import { personas } from "../../apps/sandbox/src/personas.js";
import type { Attempt } from "./captured-gateway.js";

/** A captured gateway that breaks somebody's glass, with whatever token it has or makes. */
export interface Emergency {
  /** What the record holds in the place of the officer's own token; undefined: nothing. */
  readonly token?: string;
  /** What the record says of the sign-in. */
  readonly told?: { readonly acr: string; readonly authTime: number };
  readonly persons: readonly CanonicalPerson[];
}

const REASON = "Unconscious after a fall, alone.";
const SECONDS = Math.floor(Date.now() / 1000);
const strong = { acr: SIGNED_IN_BY, authTime: SECONDS };
const thisMorning = { acr: SIGNED_IN_BY, authTime: SECONDS - 7200 };
const byPassword = { acr: "urn:orvanda:acr:password", authTime: SECONDS };
const caller = {
  consumer: "org:clinic" as OrgId,
  client: "client:clinic-referrals" as PartyId,
  officer: "officer:d31" as PartyId,
  purpose: "vital-interest" as PurposeCode,
  case: "er-2026-1" as never,
};

/** What the clinic's own issuer signed, or somebody in its name by another `kid`'s key. */
export function emergencyToken(
  audience: string,
  change: Partial<AccessTokenDraft> = {},
  kid = "clinic-issuer-1",
): string {
  const { consumer: org, case: caseId, ...who } = caller;
  const boundTo = { key: sandboxKey("clinic-referrals-client-1").privateKey };
  const iss = personas.clinic.issuer.iss;
  const draft = { iss, audience, org, caseId, ...who, reason: REASON, signIn: strong, boundTo, ...change };
  const claims = accessTokenOf(draft, new Date());
  return signAccessToken(claims, { kid: "clinic-issuer-1", key: sandboxKey(kid).privateKey });
}

export function breaking({ token, told = strong, persons }: Emergency): Attempt {
  return {
    ministry: "disability",
    query:
      "query($representations:[_Any!]!){_entities(representations:$representations){...on Person{disability{assessedLevel}}}}",
    coordinates: ["Person.disability", "DisabilityEnrolment.assessedLevel"],
    agreement: "dsa-disability-clinic-emergency-2026",
    caller,
    persons,
    ...(token !== undefined && { section: { callerProof: { token, emergency: { reason: REASON, ...told } } } }),
  };
}

type Tried = readonly [
  what: string,
  code: string,
  emergency: (audience: string, two: readonly CanonicalPerson[]) => Partial<Emergency>,
];

/** Nobody's glass is broken by the gateway's word: the officer's own house must have signed that they signed in strongly, just now, and why. */
export const unbroken: readonly Tried[] = [
  ["in an emergency of its own", "REASON_REQUIRED", () => ({})],
  ["with a token of its own", "RECORD_REJECTED", (it) => ({ token: emergencyToken(it, {}, "gateway-main-1") })],
  ["with a token of another house", "RECORD_REJECTED", (it) => ({ token: emergencyToken(it, {}, "bank-issuer-1") })],
  [
    "for an officer who signed in this morning, as if now",
    "RECORD_REJECTED",
    (it) => ({ token: emergencyToken(it, { signIn: thisMorning }) }),
  ],
  [
    "for an officer who signed in this morning",
    "STEP_UP_REQUIRED",
    (it) => ({ token: emergencyToken(it, { signIn: thisMorning }), told: thisMorning }),
  ],
  [
    "for an officer who signed in by a password",
    "STEP_UP_REQUIRED",
    (it) => ({ token: emergencyToken(it, { signIn: byPassword }), told: byPassword }),
  ],
  [
    "for a reason that nobody gave",
    "RECORD_REJECTED",
    (it) => ({ token: emergencyToken(it, { reason: undefined as never }) }),
  ],
  [
    "with a token for a referral",
    "RECORD_REJECTED",
    (it) => ({ token: emergencyToken(it, { purpose: "referral" as PurposeCode }) }),
  ],
  [
    "with another officer's token",
    "RECORD_REJECTED",
    (it) => ({ token: emergencyToken(it, { officer: "officer:d32" as PartyId }) }),
  ],
  ["with a good token for two persons", "LIMIT_EXCEEDED", (it, persons) => ({ token: emergencyToken(it), persons })],
];
