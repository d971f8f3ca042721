import { type AgreementId, type CaseId, type OrgId, type PartyId, type PurposeCode, reasonForm } from "#libs/terms";
import { z } from "zod";

/**
 * What an access token says (RFC 9068), sender-constrained (RFC 9449 or RFC 8705), with the one purpose as authorization detail
 * (RFC 9396). Exactly these members: an issuer that says more than we understand is refused, not half understood.
 */

/** A string that fits the pattern, typed as the term it is. The pattern survives into the JSON Schema, a transform would not. */
function term<T extends string>(pattern: RegExp, says: string): z.ZodType<T, T> {
  return z.string().regex(pattern).describe(says) as unknown as z.ZodType<T, T>;
}

const party = (kind: "org" | "client" | "officer") => new RegExp(`^(?=.{3,64}$)${kind}:[a-z0-9._-]+$`);
export const clientId = term<PartyId>(party("client"), "The system that asks.");
export const officerId = term<PartyId>(party("officer"), "The officer on whose behalf the system asks.");
export const seconds = z.int().min(0).max(9_999_999_999).describe("Seconds since the epoch.");
const digest = term<string>(/^[A-Za-z0-9_-]{43}$/, "SHA-256, base64url.");

export const acr = z
  .string()
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/)
  .describe("How the officer signed in (RFC 9068 section 2.2.1).");

export const registryAccess = z.strictObject({
  type: z.literal("registry_access"),
  purpose: term<PurposeCode>(/^[a-z][a-z0-9-]{1,62}$/, "A purpose of purposes.yaml."),
  agreements: z
    .array(term<AgreementId>(/^[a-z][a-z0-9-]{1,63}$/, "An agreement by name."))
    .min(1)
    .max(16)
    .optional()
    .describe("Narrows the request to these agreements."),
  case: term<CaseId>(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$/, "The case that the request is about.").optional(),
  consent_receipts: z
    .array(term<string>(/^[A-Za-z0-9._:-]{1,128}$/, "A consent receipt by its jti."))
    .min(1)
    .max(8)
    .optional(),
  reason: z
    .string()
    .regex(reasonForm)
    .optional()
    .describe(
      "Why a life is in danger, in a sentence for whoever reviews it. Recorded on the basis of vital interest alone.",
    ),
});

export type RegistryAccess = z.infer<typeof registryAccess>;

export const accessTokenClaims = z.strictObject({
  iss: z.url({ protocol: /^https?$/ }).max(256),
  aud: z.string().min(1).max(256).describe("This gateway, and only this gateway."),
  sub: officerId,
  client_id: clientId,
  act: z.strictObject({ sub: clientId }).describe("Who acts for the officer: the same system as client_id (RFC 8693)."),
  org: term<OrgId>(party("org"), "The organisation that asks. An issuer may name only its own."),
  iat: seconds,
  nbf: seconds.optional(),
  exp: seconds.describe("At most 300 seconds after iat."),
  jti: term<string>(/^[A-Za-z0-9._~-]{8,128}$/, "Unique for the issuer."),
  acr: acr.optional(),
  auth_time: seconds.optional().describe("When the officer signed in (RFC 9068 section 2.2.1)."),
  cnf: z.union([z.strictObject({ jkt: digest }), z.strictObject({ "x5t#S256": digest })]),
  authorization_details: z.tuple([registryAccess]),
});

export type AccessTokenClaims = z.infer<typeof accessTokenClaims>;

/**
 * Claims of a DPoP proof (RFC 9449 section 4.2), all but one required where an access token is presented. A nonce is another server's:
 * clients keep it by origin, and a token service may share ours. It proves nothing to us and hinders nothing.
 */
export const dpopClaims = z.strictObject({
  jti: z.string().regex(/^[\x21-\x7e]{8,128}$/),
  htm: z.string().max(16),
  htu: z.string().max(2048),
  iat: seconds,
  ath: digest,
  nonce: z.string().max(512).optional(),
});

export type DpopClaims = z.infer<typeof dpopClaims>;
