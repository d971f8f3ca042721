import { type CanonicalPerson, Sealer, type SealKey, type SubjectRef, WeftError } from "#libs/terms";

/** One provider's seal keys: the newest seals, all of them open, and a person is searched under each. */
export class PersonSeals {
  readonly #sealers: ReadonlyMap<string, Sealer>;
  readonly #newest: Sealer;

  constructor(keys: readonly SealKey[], sealWith: string) {
    this.#sealers = new Map(keys.map((key) => [key.kid, new Sealer(key)]));
    const newest = this.#sealers.get(sealWith);
    if (!newest) throw new WeftError("CONFIG_INVALID", { detail: `no seal key ${sealWith}` });
    this.#newest = newest;
  }

  seal(person: CanonicalPerson): SubjectRef {
    return this.#newest.seal(person);
  }

  /** Every reference under which this person may be known here. */
  sealAll(person: CanonicalPerson): readonly SubjectRef[] {
    return [...this.#sealers.values()].map((sealer) => sealer.seal(person));
  }

  /** Undefined where no key of ours made the reference. */
  find(ref: string): CanonicalPerson | undefined {
    return this.#sealers.get(ref.slice(0, ref.indexOf(".")))?.find(ref);
  }
}
