/** A signing key with the period that the registry gives it. Milliseconds. */
export interface PublishedKey {
  readonly kid: string;
  readonly from: number;
  readonly until: number;
}

export interface KeyTimes {
  readonly now: number;
  /** How long a key is in force before it signs, so that every gateway has taken the registry that lists it. */
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
    .toSorted((one, other) => other.from - one.from);
  return usable.find(({ from }) => from + lead <= now) ?? usable.at(-1);
}
