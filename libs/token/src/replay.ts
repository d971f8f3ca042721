import { WeftError } from "#libs/terms";

/**
 * Remembers what may be used once. It forgets nothing that could still be accepted: what it holds is dropped by age alone, and when it
 * is full it refuses new proofs instead of forgetting old ones.
 *
 * Two generations: a key is in one of them for at least one whole window.
 */
export interface ReplayCache {
  /** True the first time. Throws RATE_EXCEEDED where there is no room to remember it. */
  readonly use: (key: string, now: number) => boolean;
  readonly size: () => number;
}

/** `window`: milliseconds for which a used key could be presented again. `room`: keys that are held per window. */
export function replayCache({ window, room }: { readonly window: number; readonly room: number }): ReplayCache {
  let current = new Set<string>();
  let previous = new Set<string>();
  let began = Number.NEGATIVE_INFINITY;

  function turn(now: number): void {
    if (now < began + window) return;
    previous = now < began + 2 * window ? current : new Set();
    current = new Set();
    began = now;
  }

  function use(key: string, now: number): boolean {
    turn(now);
    if (current.has(key) || previous.has(key)) return false;
    if (current.size >= room) {
      const retryAfter = Math.ceil((began + window - now) / 1000);
      throw new WeftError("RATE_EXCEEDED", { detail: "the replay cache is full", retryAfter });
    }
    current.add(key);
    return true;
  }

  return { use, size: () => current.size + previous.size };
}
