import { LRUCache } from "lru-cache";
import type { AccessTokenClaims } from "./claims.js";
import type { VerificationKey } from "./compact.js";
import { type Issuer, type IssuerKey, type PinnedIssuer, pinIssuers } from "./issuers.js";
import { type ReplayCache, replayCache } from "./replay.js";

export interface TokenLimits {
  /** Bytes of the Authorization header and of the DPoP header. */
  readonly tokenBytes: number;
  readonly proofBytes: number;
  /** Seconds. */
  readonly tokenLifetime: number;
  readonly proofAge: number;
  readonly skew: number;
  /** Entries. */
  readonly cachedTokens: number;
  readonly cachedKeys: number;
}

const usualLimits: TokenLimits = {
  tokenBytes: 8192,
  proofBytes: 4096,
  tokenLifetime: 300,
  proofAge: 60,
  skew: 5,
  cachedTokens: 10_000,
  cachedKeys: 10_000,
};

/** Claims that were verified once, with the key that they were verified with. */
export interface VerifiedToken {
  readonly claims: AccessTokenClaims;
  readonly key: IssuerKey;
}

export interface ProofKey extends VerificationKey {
  /** RFC 7638 thumbprint. */
  readonly jkt: string;
}

export interface TokenConfig {
  readonly issuers: ReadonlyMap<string, PinnedIssuer>;
  readonly audience: string;
  readonly limits: TokenLimits;
  /** SHA-256(token) -> verified claims. Belongs to these issuers: other issuers, other cache. */
  readonly verified: LRUCache<string, VerifiedToken>;
  /** Header of a DPoP proof, as it was sent -> its key. A caller sends the same header with every proof. */
  readonly proofKeys: LRUCache<string, ProofKey>;
  /** Used proofs. Outlives a change of issuers: hand it on to the next config. */
  readonly replay: ReplayCache;
}

/** Whose tokens an adapter believes where a gateway passes one on: `audiences` are the gateways that they may be for. */
export interface PassedOnTokens extends Pick<TokenConfig, "issuers" | "limits"> {
  readonly audiences: ReadonlySet<string>;
}

/** Throws CONFIG_INVALID where an issuer or a key is not usable. */
export function passedOnTokens(issuers: readonly Issuer[], audiences: Iterable<string>): PassedOnTokens {
  return Object.freeze({ issuers: pinIssuers(issuers), audiences: new Set(audiences), limits: usualLimits });
}

/** Throws CONFIG_INVALID where an issuer or a key is not usable. */
export function tokenConfig(options: {
  readonly issuers: readonly Issuer[];
  readonly audience: string;
  readonly limits?: Partial<TokenLimits>;
  readonly replay?: ReplayCache;
}): TokenConfig {
  const limits = Object.freeze({ ...usualLimits, ...options.limits });
  return Object.freeze({
    issuers: pinIssuers(options.issuers),
    audience: options.audience,
    limits,
    verified: new LRUCache<string, VerifiedToken>({ max: limits.cachedTokens }),
    proofKeys: new LRUCache<string, ProofKey>({ max: limits.cachedKeys }),
    replay: options.replay ?? replayCache({ window: (limits.proofAge + 2 * limits.skew) * 1000, room: 500_000 }),
  });
}
