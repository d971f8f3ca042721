import type { AgreementId, CaseId, Digest, OrgId, PartyId, PurposeCode } from "#libs/terms";
import { digestOf } from "#libs/terms";
import type { AccessTokenClaims } from "./claims.js";

/** Who asks, for which purpose: all that later steps may know of an access token. */
export interface Caller {
  readonly consumer: OrgId;
  readonly client: PartyId;
  readonly officer: PartyId;
  readonly purpose: PurposeCode;
  readonly caseId?: CaseId;
  readonly narrowedTo?: readonly AgreementId[];
  readonly consentReceipts: readonly string[];
  /** How and when (seconds) the officer signed in, where the issuer says both. */
  readonly signIn?: { readonly acr: string; readonly authTime: number };
  /** May name a person: it goes into the record of an emergency and nowhere else. */
  readonly reason?: string;
  readonly tokenId: string;
  /** SHA-256(token's jti, 0x00, proof's jti): one request, known to the log when it comes again. */
  readonly requestKey: Digest;
  /** Seconds since the epoch. */
  readonly expires: number;
}

/** `once`: the DPoP proof's jti; with mTLS the request's id. */
export function callerOf(claims: AccessTokenClaims, once: string): Caller {
  const [access] = claims.authorization_details;
  return Object.freeze({
    consumer: claims.org,
    client: claims.client_id,
    officer: claims.sub,
    purpose: access.purpose,
    ...(access.case === undefined ? {} : { caseId: access.case }),
    ...(access.agreements === undefined ? {} : { narrowedTo: access.agreements }),
    consentReceipts: access.consent_receipts ?? [],
    ...(claims.acr !== undefined &&
      claims.auth_time !== undefined && { signIn: { acr: claims.acr, authTime: claims.auth_time } }),
    ...(access.reason === undefined ? {} : { reason: access.reason }),
    tokenId: claims.jti,
    requestKey: digestOf(`${claims.jti}\0${once}`),
    expires: claims.exp,
  });
}
