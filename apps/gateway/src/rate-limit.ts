import { LRUCache } from "lru-cache";
import type { Caller } from "#libs/token";

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * A token bucket for each client of each organisation, as an issuer may give its clients any name: a burst of one second's worth, then
 * the steady rate.
 */
export class RateLimit {
  readonly #perSecond: number;
  readonly #buckets = new LRUCache<string, Bucket>({ max: 10_000 });

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  admit(caller: Pick<Caller, "consumer" | "client">, now: Date): boolean {
    const client = clientName(caller);
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

export function clientName({ consumer, client }: Pick<Caller, "consumer" | "client">): string {
  return `${consumer} ${client}`;
}
