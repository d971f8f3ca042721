/** A signing key with the period that the registry gives it. Milliseconds. */
export interface PublishedKey {
  readonly kid: string;
  readonly from: number;
  readonly until: number;
  /** When the registry was first seen to list it: `from` may be long before, where a key is published late. */
  readonly listed: number;
}

export interface KeyTimes {
  readonly now: number;
  /** How long a key is known before it signs: longer than anybody keeps a registry or a JWKS that does not have it. */
  readonly lead: number;
  /** How long what it signs must still be verified. */
  readonly lifetime: number;
}

/**
 * The newest key that has been published long enough, and that will still verify when the token ends. Where none has been, the one that
 * has been longest: an issuer's first key.
 */
export function chooseKey<K extends PublishedKey>(
  keys: readonly K[],
  { now, lead, lifetime }: KeyTimes,
): K | undefined {
  const usable = keys
    .filter(({ from, until }) => from <= now && now + lifetime <= until)
    .toSorted((one, other) => knownSince(other) - knownSince(one) || other.from - one.from);
  return usable.find((key) => knownSince(key) + lead <= now) ?? usable.at(-1);
}

function knownSince({ from, listed }: PublishedKey): number {
  return Math.max(from, listed);
}
