import { type KeyObject, createPublicKey } from "node:crypto";
import { type CaseId, type PurposeCode, random16, sha256, toB64u } from "#libs/terms";
import type { AgreementId, OrgId, PartyId } from "#libs/terms";
import { type AccessTokenClaims, accessTokenClaims } from "./claims.js";
import { signCompact } from "./compact.js";
import { thumbprint } from "./dpop.js";

/** What issuers and callers do: the sandbox's issuer, the client library, tests. The gateway never signs a token. */

/** Everything that an access token says apart from time and key binding. */
export interface AccessTokenDraft {
  readonly iss: string;
  readonly audience: string;
  readonly org: OrgId;
  readonly client: PartyId;
  readonly officer: PartyId;
  readonly purpose: PurposeCode;
  readonly caseId?: CaseId;
  readonly agreements?: readonly AgreementId[];
  readonly consentReceipts?: readonly string[];
  readonly reason?: string;
  /** `authTime`: seconds. */
  readonly signIn?: { readonly acr: string; readonly authTime: number };
  /** The caller's public DPoP key, or the SHA-256 thumbprint of its TLS certificate. */
  readonly boundTo: { readonly key: KeyObject } | { readonly certificate: Uint8Array };
  /** Seconds, 300 at most. */
  readonly lifetime?: number;
}

/** The claims of a draft, valid from now. Throws where a draft could not be verified by anybody. */
export function accessTokenOf(draft: AccessTokenDraft, now: Date): AccessTokenClaims {
  const iat = Math.floor(now.getTime() / 1000);
  return accessTokenClaims.parse({
    iss: draft.iss,
    aud: draft.audience,
    sub: draft.officer,
    client_id: draft.client,
    act: { sub: draft.client },
    org: draft.org,
    iat,
    exp: iat + (draft.lifetime ?? 300),
    jti: random16(),
    ...(draft.signIn && { acr: draft.signIn.acr, auth_time: draft.signIn.authTime }),
    cnf: confirmation(draft.boundTo),
    authorization_details: [
      {
        type: "registry_access",
        purpose: draft.purpose,
        ...(draft.agreements === undefined ? {} : { agreements: draft.agreements }),
        ...(draft.caseId === undefined ? {} : { case: draft.caseId }),
        ...(draft.consentReceipts === undefined ? {} : { consent_receipts: draft.consentReceipts }),
        ...(draft.reason === undefined ? {} : { reason: draft.reason }),
      },
    ],
  });
}

function confirmation(boundTo: AccessTokenDraft["boundTo"]): unknown {
  return "key" in boundTo ? { jkt: thumbprintOf(boundTo.key) } : { "x5t#S256": toB64u(sha256(boundTo.certificate)) };
}

/** RFC 7638 thumbprint of an Ed25519 or P-256 key; a private key gives that of its public half. */
export function thumbprintOf(key: KeyObject): string {
  const print = thumbprint(publicJwk(key));
  if (print === undefined) throw new TypeError("not an Ed25519 or P-256 key");
  return print;
}

/** Signs with EdDSA or ES256, as the key is; header `alg kid typ`. */
export function signAccessToken(
  claims: AccessTokenClaims,
  signer: { readonly kid: string; readonly key: KeyObject },
): string {
  return signCompact({ alg: algorithmOf(signer.key), kid: signer.kid, typ: "at+jwt" }, claims, signer.key);
}

/**
 * A DPoP proof for one request: with one access token, or to a token endpoint, which has none yet and may ask for a nonce of its own. A
 * proof is used once: sign another for the next request.
 */
export function signDpop(
  request: { readonly method: string; readonly url: string; readonly token?: string; readonly nonce?: string },
  key: KeyObject,
  now: Date,
): string {
  const target = new URL(request.url);
  const claims = {
    jti: random16(),
    htm: request.method,
    htu: `${target.origin}${target.pathname}`,
    iat: Math.floor(now.getTime() / 1000),
    ...(request.token === undefined ? {} : { ath: toB64u(sha256(request.token)) }),
    ...(request.nonce === undefined ? {} : { nonce: request.nonce }),
  };
  return signCompact({ alg: algorithmOf(key), jwk: publicJwk(key), typ: "dpop+jwt" }, claims, key);
}

function publicJwk(key: KeyObject): Record<string, unknown> {
  return { ...(key.type === "private" ? createPublicKey(key) : key).export({ format: "jwk" }) };
}

export function algorithmOf(key: KeyObject): "EdDSA" | "ES256" {
  return key.asymmetricKeyType === "ed25519" ? "EdDSA" : "ES256";
}
