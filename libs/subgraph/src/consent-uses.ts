import type { AdapterStore, ConsentUse } from "./store.js";

/**
 * How often each consent was used. A read that is under way holds its uses from the moment it was judged, so that two requests at
 * one time cannot share the last one.
 */
export class ConsentUses {
  readonly #store: AdapterStore;
  readonly #held = new Map<string, Map<string, number>>();

  constructor(store: AdapterStore) {
    this.#store = store;
  }

  /** Uses by other requests than this one. */
  usesOf(receipt: string, since: number, request: string, now: Date): number {
    const held = this.#held.get(receipt);
    const others = held === undefined ? 0 : held.size - (held.has(request) ? 1 : 0);
    return this.#store.usesOf(receipt, since, request, now) + others;
  }

  /** The returned function gives the use back; counted or not, it is called in the end. */
  hold(receipt: string, request: string): () => void {
    const held = this.#held.get(receipt) ?? new Map<string, number>();
    this.#held.set(receipt, held.set(request, (held.get(request) ?? 0) + 1));
    return () => {
      const left = (held.get(request) ?? 1) - 1;
      if (left > 0) held.set(request, left);
      else held.delete(request);
      if (held.size === 0) this.#held.delete(receipt);
    };
  }

  count(uses: readonly ConsentUse[], now: Date): Promise<void> {
    return uses.length === 0 ? Promise.resolve() : this.#store.countUses(uses, now);
  }
}
