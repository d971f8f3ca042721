import type { KeyObject } from "node:crypto";
import { type PartyId, random16, WeftError } from "#libs/terms";
import { z } from "zod";
import { algorithmOf } from "./issue.js";
import { acr, clientId, officerId, seconds } from "./claims.js";
import { hasExactly, parseCompact, signCompact, verifyCompact } from "./compact.js";
import { type Issuer, type IssuerKey, isValidAt, pinKeys } from "./issuers.js";

/**
 * What is shown to a token service: by a client about itself (RFC 7523, `private_key_jwt`), and by an organisation's directory about
 * the officer behind the client. Both are short-lived, for one issuer, used once.
 */

const jti = z.string().regex(/^[A-Za-z0-9._~-]{8,128}$/);
const times = { iat: seconds, nbf: seconds.optional(), exp: seconds.describe("At most 300 seconds after iat.") };

export const clientAssertionClaims = z.strictObject({
  iss: clientId.describe("The client."),
  sub: clientId.describe("The client, once more."),
  aud: z.string().max(256).describe("The issuer's `iss`, as one string."),
  jti,
  ...times,
});

export const officerAssertionClaims = z.strictObject({
  iss: z
    .url({ protocol: /^https?$/ })
    .max(256)
    .describe("The organisation's directory."),
  aud: z.string().max(256).describe("The issuer's `iss`, as one string."),
  sub: officerId,
  client_id: clientId.describe("The only client that may show it."),
  roles: z
    .array(z.string().regex(/^[a-z][a-z0-9-]{0,62}$/))
    .min(1)
    .max(32),
  acr,
  auth_time: seconds.describe("When the officer signed in."),
  jti,
  ...times,
});

export type ClientAssertionClaims = z.infer<typeof clientAssertionClaims>;
export type OfficerAssertionClaims = z.infer<typeof officerAssertionClaims>;

export const CLIENT_ASSERTION = "client-authentication+jwt";
export const OFFICER_ASSERTION = "officer-assertion+jwt";
const LIFETIME = 300;
const SKEW = 5;

export interface AssertionSigner {
  readonly kid: string;
  readonly key: KeyObject;
}

/** Signed anew for each request to the token endpoint. `issuer` is its `iss`. */
export function signClientAssertion(client: PartyId, issuer: string, { kid, key }: AssertionSigner, now: Date): string {
  const iat = Math.floor(now.getTime() / 1000);
  const claims = { iss: client, sub: client, aud: issuer, iat, exp: iat + 60, jti: random16() };
  return signCompact({ alg: algorithmOf(key), kid, typ: CLIENT_ASSERTION }, claims, key);
}

export type OfficerAssertionDraft = Pick<
  OfficerAssertionClaims,
  "iss" | "aud" | "sub" | "client_id" | "roles" | "acr" | "auth_time"
>;

/** What an organisation's directory does once its officer has signed in. */
export function signOfficerAssertion(draft: OfficerAssertionDraft, { kid, key }: AssertionSigner, now: Date): string {
  const iat = Math.floor(now.getTime() / 1000);
  const claims = officerAssertionClaims.parse({ ...draft, iat, exp: iat + 120, jti: random16() });
  return signCompact({ alg: algorithmOf(key), kid, typ: OFFICER_ASSERTION }, claims, key);
}

/**
 * Whether a client's assertion is one of ours in form: its signature is the token service's library to verify, and its single use too.
 * `JWT` or no `typ` at all is what other makers' clients send.
 */
export function isClientAssertion(header: unknown, payload: unknown, issuer: string): boolean {
  const claims = clientAssertionClaims.safeParse(payload);
  return isHeader(header) && claims.success && claims.data.aud === issuer && isShort(claims.data);
}

function isHeader(header: unknown): boolean {
  const { alg, kid, typ = "JWT", ...rest } = header as Record<string, unknown>;
  const named = typeof alg === "string" && typeof kid === "string";
  return named && (typ === "JWT" || typ === CLIENT_ASSERTION) && Object.keys(rest).length === 0;
}

/** An organisation's own directory, as its token service pins it. */
export interface Directory {
  readonly iss: string;
  readonly keys: Issuer["keys"];
  /** The ways to sign in that count. */
  readonly acr: readonly string[];
  /** Seconds that a signing-in counts. */
  readonly maxAge: number;
}

/** What the directory says of the officer. Throws TOKEN_REJECTED; the caller sees to it that it is used once. */
export function verifyOfficerAssertion(
  assertion: string,
  directory: Directory,
  expected: { readonly issuer: string; readonly client: string },
  now: Date,
): OfficerAssertionClaims {
  const compact = assertion.length > 8192 ? undefined : parseCompact(assertion);
  if (compact === undefined || !hasExactly(compact.header, ["alg", "kid", "typ"])) throw rejected("form");
  const { alg, kid, typ } = compact.header;
  const key = typeof kid === "string" ? pinKeys(directory.keys).get(kid) : undefined;
  if (typ !== OFFICER_ASSERTION || key?.algorithm !== alg || !isVerified(compact, key, now))
    throw rejected("signature");
  const read = officerAssertionClaims.safeParse(compact.payload);
  if (!read.success) throw rejected("claims");
  const claims = read.data;
  if (claims.iss !== directory.iss || claims.aud !== expected.issuer) throw rejected("issuer or audience");
  if (claims.client_id !== expected.client) throw rejected("another client's");
  if (!isShort(claims) || !isNow(claims, now)) throw rejected("time");
  if (!directory.acr.includes(claims.acr) || !isFresh(claims.auth_time, directory, now)) throw rejected("sign-in");
  return claims;
}

function isVerified(compact: Parameters<typeof verifyCompact>[0], key: IssuerKey | undefined, now: Date): boolean {
  return key !== undefined && isValidAt(key, now.getTime()) && verifyCompact(compact, key);
}

function isShort({ iat, exp }: { readonly iat: number; readonly exp: number }): boolean {
  return exp > iat && exp - iat <= LIFETIME;
}

function isNow({ iat, nbf = iat, exp }: OfficerAssertionClaims, now: Date): boolean {
  const moment = now.getTime() / 1000;
  return moment + SKEW >= Math.max(iat, nbf) && moment - SKEW < exp;
}

function isFresh(authTime: number, { maxAge }: Directory, now: Date): boolean {
  const age = now.getTime() / 1000 - authTime;
  return age >= -SKEW && age <= maxAge;
}

function rejected(detail: string): WeftError {
  return new WeftError("TOKEN_REJECTED", { detail: `officer assertion: ${detail}` });
}
