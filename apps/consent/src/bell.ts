/** Those who wait for a change, and the ring that wakes them all. */
export interface Bell {
  ring(): void;
  /** Resolves at the next ring, after that many milliseconds, or when the signal says that nobody waits any more. */
  wait(limit: number, signal: AbortSignal): Promise<void>;
}

export function openBell(): Bell {
  let waiting = new Set<() => void>();
  return {
    ring() {
      const woken = waiting;
      waiting = new Set();
      for (const wake of woken) wake();
    },
    wait(limit, signal) {
      return new Promise((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          signal.removeEventListener("abort", wake);
          waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, limit);
        signal.addEventListener("abort", wake);
        waiting.add(wake);
      });
    },
  };
}
