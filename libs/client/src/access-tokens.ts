import type { Issued } from "./token-endpoint.js";

interface Held {
  readonly token: string;
  /** Milliseconds of a clock that nobody sets. */
  readonly renewFrom: number;
  readonly until: number;
}

/** Parts of a token's life after which it is renewed, and after which it is no longer sent. */
const RENEWED_AFTER = 0.7;
const SENT_UNTIL = 0.95;
/** Milliseconds without another try, where a renewal failed and the token that is held still serves. */
const REST = 5_000;

/**
 * The tokens that are held, one for each resource. Renewed ahead of their end, behind the requests; however many wait, the token
 * service is asked once.
 */
export class AccessTokens {
  readonly #obtain: (resource: string) => Promise<Issued>;
  readonly #now: () => number;
  readonly #held = new Map<string, Held>();
  readonly #coming = new Map<string, Promise<Held>>();
  readonly #restUntil = new Map<string, number>();

  constructor(obtain: (resource: string) => Promise<Issued>, now: () => number = () => performance.now()) {
    this.#obtain = obtain;
    this.#now = now;
  }

  async for(resource: string): Promise<string> {
    const held = this.#held.get(resource);
    const now = this.#now();
    if (held === undefined || now >= held.until) return (await this.#renew(resource)).token;
    if (now >= held.renewFrom && now >= (this.#restUntil.get(resource) ?? 0)) this.#renewBehind(resource);
    return held.token;
  }

  /** It was refused as expired. Another that came meanwhile stays. */
  drop(resource: string, token: string): void {
    if (this.#held.get(resource)?.token === token) this.#held.delete(resource);
  }

  #renewBehind(resource: string): void {
    this.#renew(resource).catch(() => this.#restUntil.set(resource, this.#now() + REST));
  }

  #renew(resource: string): Promise<Held> {
    const coming = this.#coming.get(resource);
    if (coming) return coming;
    const started = this.#now();
    const renewed = this.#obtain(resource)
      .then(({ token, lifetime }) => {
        const held = {
          token,
          renewFrom: started + lifetime * 1000 * RENEWED_AFTER,
          until: started + lifetime * 1000 * SENT_UNTIL,
        };
        this.#held.set(resource, held);
        return held;
      })
      .finally(() => this.#coming.delete(resource));
    this.#coming.set(resource, renewed);
    return renewed;
  }
}
