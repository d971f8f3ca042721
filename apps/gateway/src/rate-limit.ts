import { LRUCache } from "lru-cache";
import type { PartyId } from "#libs/terms";

interface Bucket {
  tokens: number;
  at: number;
}

/** A token bucket for each client: a burst of one second's worth, then the steady rate. */
export class RateLimit {
  readonly #perSecond: number;
  readonly #buckets = new LRUCache<PartyId, Bucket>({ max: 10_000 });

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  admit(client: PartyId, now: Date): boolean {
    const at = now.getTime();
    const bucket = this.#buckets.get(client) ?? { tokens: this.#perSecond, at };
    bucket.tokens = Math.min(this.#perSecond, bucket.tokens + ((at - bucket.at) / 1000) * this.#perSecond);
    bucket.at = at;
    this.#buckets.set(client, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}
