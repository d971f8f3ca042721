import { WeftError } from "#libs/terms";
import { errors, jwtVerify } from "jose";
import { type AccessTokenClaims, accessTokenClaims } from "./claims.js";
import { type Compact, hasExactly, parseCompact } from "./compact.js";
import type { PassedOnTokens, TokenConfig, VerifiedToken } from "./config.js";
import { type IssuerKey, type PinnedIssuer, isValidAt } from "./issuers.js";

/**
 * The access token itself: shape, pinned issuer, signature, claims, in that order. Verified claims are remembered under the token's
 * SHA-256; the times and the key's validity are looked at every time.
 */
export async function verifiedToken(
  token: string,
  tokenHash: string,
  config: TokenConfig,
  now: Date,
): Promise<AccessTokenClaims> {
  const known = config.verified.get(tokenHash);
  const verified = known ?? (await verify(token, config, now));
  checkTimes(verified, config, now);
  if (known === undefined) config.verified.set(tokenHash, verified);
  return verified.claims;
}

/**
 * A token that somebody else received: its issuer signed it for a known gateway, and it is not over. That its holder asked is not shown, as
 * the proof of possession is for the gateway's address. Throws as for a caller.
 */
export async function verifyPassedOn(token: string, believed: PassedOnTokens, now: Date): Promise<AccessTokenClaims> {
  if (token.length > believed.limits.tokenBytes) throw malformed("too long");
  const aud = parseCompact(token)?.payload["aud"];
  if (typeof aud !== "string" || !believed.audiences.has(aud)) throw rejected("audience");
  const expected = { ...believed, audience: aud };
  const verified = await verify(token, expected, now);
  checkTimes(verified, expected, now);
  return verified.claims;
}

/** Whose tokens are believed, and for whom they must be. */
type Expected = Pick<TokenConfig, "issuers" | "audience" | "limits">;

async function verify(token: string, config: Expected, now: Date): Promise<VerifiedToken> {
  const compact = parseCompact(token);
  if (compact === undefined) throw malformed("not a compact JWS");
  if (!hasExactly(compact.header, ["alg", "kid", "typ"])) throw malformed("header members");
  if (compact.header["typ"] !== "at+jwt") throw malformed("typ");
  const issuer = findBy(compact.payload["iss"], config.issuers);
  if (issuer === undefined) throw rejected("issuer not pinned");
  const key = keyOf(compact, issuer, now);
  await verifyWithJose(token, key, issuer, config, now);
  const claims = accessTokenClaims.safeParse(compact.payload);
  if (!claims.success) throw malformed("claims");
  checkClaims(claims.data, issuer, config);
  return { claims: claims.data, key };
}

function keyOf({ header }: Compact, issuer: PinnedIssuer, now: Date): IssuerKey {
  const key = findBy(header["kid"], issuer.keys);
  if (key === undefined) throw rejected("key not pinned for the issuer");
  if (header["alg"] !== key.algorithm) throw rejected("algorithm not the key's");
  if (!isValidAt(key, now.getTime())) throw rejected("key not valid now");
  return key;
}

/** What a stranger names, if it is a name at all: a JSON value may be anything. */
function findBy<T>(name: unknown, pinned: ReadonlyMap<string, T>): T | undefined {
  return typeof name === "string" ? pinned.get(name) : undefined;
}

async function verifyWithJose(token: string, key: IssuerKey, issuer: PinnedIssuer, config: Expected, now: Date) {
  try {
    await jwtVerify(token, key.key, {
      issuer: issuer.iss,
      audience: config.audience,
      algorithms: [key.algorithm],
      typ: "at+jwt",
      requiredClaims: ["sub", "client_id", "org", "iat", "exp", "jti", "cnf", "authorization_details"],
      maxTokenAge: config.limits.tokenLifetime,
      clockTolerance: config.limits.skew,
      currentDate: now,
    });
  } catch (error) {
    if (error instanceof errors.JWTExpired || isAboutTime(error)) throw expired();
    throw rejected(error instanceof errors.JOSEError ? error.code : "signature");
  }
}

function isAboutTime(error: unknown): boolean {
  return (
    error instanceof errors.JWTClaimValidationFailed &&
    error.reason === "check_failed" &&
    ["iat", "nbf", "exp"].includes(error.claim)
  );
}

function checkClaims(claims: AccessTokenClaims, issuer: PinnedIssuer, config: Expected): void {
  if (claims.aud !== config.audience) throw rejected("audience");
  if (claims.org !== issuer.org) throw rejected("issuer asserts an organisation that is not its own");
  if (claims.act.sub !== claims.client_id) throw rejected("act is not the client");
  const lifetime = claims.exp - claims.iat;
  if (lifetime <= 0 || lifetime > config.limits.tokenLifetime) throw rejected("lifetime");
}

function checkTimes({ claims, key }: VerifiedToken, { limits }: Expected, now: Date): void {
  const seconds = now.getTime() / 1000;
  const begins = Math.max(claims.iat, claims.nbf ?? 0);
  if (seconds + limits.skew < begins || seconds - limits.skew >= claims.exp) throw expired();
  if (!isValidAt(key, now.getTime())) throw rejected("key not valid now");
}

function malformed(detail: string): WeftError {
  return new WeftError("TOKEN_MALFORMED", { detail });
}

function rejected(detail: string): WeftError {
  return new WeftError("TOKEN_REJECTED", { detail });
}

function expired(): WeftError {
  return new WeftError("TOKEN_EXPIRED", { detail: "not valid at this time" });
}
