import { fromB64u } from "./encoding.js";
import { WeftError } from "./error.js";
import type { PartyId } from "./identifier.js";
import type { CanonicalPerson } from "./person.js";
import { deriveSealKey, Sealer, type SubjectRef } from "./seal.js";

/** The registry's master seal keys by kid, and which of them seal and open. */
export interface SealMasters {
  readonly seal: string;
  readonly open: readonly string[];
  readonly masters: ReadonlyMap<string, Uint8Array>;
}

/** Seals and opens references for every party. Only the gateway, the review API and the consent register may hold the masters. */
export class Seals {
  readonly #masters: SealMasters;
  readonly #sealers = new Map<string, Sealer>();

  constructor(masters: SealMasters) {
    this.#masters = masters;
  }

  seal(party: PartyId, person: CanonicalPerson): SubjectRef {
    return this.#sealer(this.#masters.seal, party).seal(person);
  }

  /** The same person under each key in use: what was sealed before the newest one came is found by these. */
  candidates(party: PartyId, person: CanonicalPerson): readonly SubjectRef[] {
    const kids = new Set([this.#masters.seal, ...this.#masters.open]);
    return [...kids].map((kid) => this.#sealer(kid, party).seal(person));
  }

  /** Throws `PERSON_KEY_INVALID` where no key in use made the reference for this party. */
  open(party: PartyId, ref: string): CanonicalPerson {
    for (const kid of this.#masters.open) {
      const person = this.#sealer(kid, party).find(ref);
      if (person !== undefined) return person;
    }
    throw new WeftError("PERSON_KEY_INVALID");
  }

  #sealer(kid: string, party: PartyId): Sealer {
    const name = `${kid} ${party}`;
    const known = this.#sealers.get(name);
    if (known) return known;
    const master = this.#masters.masters.get(kid);
    if (!master) throw new WeftError("CONFIG_INVALID", { detail: `no seal master ${kid}` });
    const sealer = new Sealer(deriveSealKey(kid, master, party));
    this.#sealers.set(name, sealer);
    return sealer;
  }
}

/** A file of masters: `{"p1": "32 bytes in base64url"}`. */
export function sealMastersOf(text: string): ReadonlyMap<string, Uint8Array> {
  const masters = Object.entries(JSON.parse(text) as Record<string, string>);
  return new Map(masters.map(([kid, encoded]) => [kid, masterOf(kid, encoded)]));
}

function masterOf(kid: string, encoded: string): Uint8Array {
  const bytes = fromB64u(encoded);
  if (bytes?.length !== 32) throw new WeftError("CONFIG_INVALID", { detail: `seal master ${kid} is not 32 bytes` });
  return bytes;
}
