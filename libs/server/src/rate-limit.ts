import { LRUCache } from "lru-cache";

interface Bucket {
  tokens: number;
  at: number;
}

/** A token bucket for each name: a burst of one second's worth, then the steady rate. */
export class RateLimit {
  readonly #perSecond: number;
  readonly #buckets = new LRUCache<string, Bucket>({ max: 10_000 });

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  admit(name: string, now: Date): boolean {
    const at = now.getTime();
    const bucket = this.#buckets.get(name) ?? { tokens: this.#perSecond, at };
    bucket.tokens = Math.min(this.#perSecond, bucket.tokens + ((at - bucket.at) / 1000) * this.#perSecond);
    bucket.at = at;
    this.#buckets.set(name, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}
