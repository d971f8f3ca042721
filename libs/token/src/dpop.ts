import { WeftError, sha256, toB64u } from "#libs/terms";
import { type DpopClaims, dpopClaims } from "./claims.js";
import {
  hasExactly,
  importKey,
  isBareKey,
  parseObject,
  requiredMembers,
  splitCompact,
  verifyCompact,
} from "./compact.js";
import type { ProofKey, TokenConfig } from "./config.js";

/** What a DPoP proof (RFC 9449) must be bound to. */
export interface Binding {
  /** Thumbprint of the key that the access token names. */
  readonly jkt: string;
  /** SHA-256 of the access token, base64url. */
  readonly tokenHash: string;
  readonly method: string;
  /** The request's URL as callers write it; query and fragment do not count. */
  readonly url: string;
}

/** Returns the proof's jti. It is used up: the same proof is refused from now on. */
export function verifyDpop(proof: string, binding: Binding, config: TokenConfig, now: Date): string {
  const parts = splitCompact(proof);
  if (parts === undefined) throw notProven("not a compact JWS");
  if (!verifyCompact(parts, proofKey(parts.header, binding.jkt, config))) throw notProven("signature");
  const claims = dpopClaims.safeParse(parseObject(parts.payload));
  if (!claims.success) throw notProven("claims");
  checkBinding(claims.data, binding);
  checkAge(claims.data, config, now);
  if (!config.replay.use(`${binding.jkt}${claims.data.jti}`, now.getTime())) throw notProven("used before");
  return claims.data.jti;
}

/** Remembered once it is a token's: to read a header and to make a key object of it costs a third of the signature's check. */
function proofKey(header: string, jkt: string, config: TokenConfig): ProofKey {
  const known = config.proofKeys.get(header);
  const key = known ?? readProofKey(header);
  if (key.jkt !== jkt) throw notProven("key is not the token's");
  if (known === undefined) config.proofKeys.set(header, key);
  return key;
}

function readProofKey(text: string): ProofKey {
  const header = parseObject(text);
  if (header === undefined || !hasExactly(header, ["alg", "jwk", "typ"]) || header["typ"] !== "dpop+jwt") {
    throw notProven("header");
  }
  const jwk = header["jwk"];
  if (typeof jwk !== "object" || jwk === null || Array.isArray(jwk)) throw notProven("jwk");
  const jkt = thumbprint(jwk as Record<string, unknown>);
  const key = importKey(jwk as Record<string, unknown>);
  if (jkt === undefined || key === undefined) throw notProven("jwk");
  if (key.algorithm !== header["alg"]) throw notProven("algorithm");
  return { ...key, jkt };
}

/** RFC 7638. Undefined where the JWK has a member that is not needed, or is not a key that we accept. */
export function thumbprint(jwk: Readonly<Record<string, unknown>>): string | undefined {
  const members = requiredMembers(jwk);
  return members !== undefined && isBareKey(jwk) ? toB64u(sha256(JSON.stringify(members))) : undefined;
}

function checkBinding(claims: DpopClaims, binding: Binding): void {
  if (claims.ath !== binding.tokenHash) throw notProven("ath");
  if (claims.htm !== binding.method) throw notProven("htm");
  if (!isSameTarget(claims.htu, binding.url)) throw notProven("htu");
}

function isSameTarget(htu: string, url: string): boolean {
  if (htu === url && !/[?#]/.test(url)) return true;
  const [claimed, asked] = [URL.parse(htu), URL.parse(url)];
  if (claimed === null || asked === null || /[?#]/.test(htu) || claimed.username !== "" || claimed.password !== "") {
    return false;
  }
  return claimed.origin === asked.origin && claimed.pathname === asked.pathname;
}

function checkAge({ iat }: DpopClaims, { limits }: TokenConfig, now: Date): void {
  const age = now.getTime() / 1000 - iat;
  if (age < -limits.skew || age > limits.proofAge) throw notProven("iat");
}

function notProven(detail: string): WeftError {
  return new WeftError("POSSESSION_NOT_PROVEN", { detail });
}
