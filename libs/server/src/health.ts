import { setTimeout as sleep } from "node:timers/promises";

/**
 * Whether the process lives, and whether it should be sent requests. Checks are named by the app; facts (digests of what is
 * loaded) let an operator see at a glance which replica runs which contracts. Neither holds anything about a person.
 */
export interface Health {
  /** `run` resolves when all is well and throws otherwise. Its error's code is shown, not its message. */
  check(name: string, run: () => void | Promise<void>): void;
  fact(name: string, read: () => string | number): void;
  /** Readiness fails from now on: the process is going. */
  leave(): void;
  ready(): Promise<Readiness>;
}

export interface Readiness {
  readonly status: "ready" | "not-ready";
  readonly checks: Readonly<Record<string, "ok" | "leaving" | (string & {})>>;
  readonly facts: Readonly<Record<string, string | number>>;
}

const CHECK_LIMIT = 1_000;

export function createHealth(): Health {
  const checks = new Map<string, () => void | Promise<void>>();
  const facts = new Map<string, () => string | number>();
  return {
    check: (name, run) => void checks.set(name, run),
    fact: (name, read) => void facts.set(name, read),
    leave: () => void checks.set("process", () => Promise.reject(Object.assign(new Error(), { code: "leaving" }))),
    async ready() {
      const results = await Promise.all([...checks].map(async ([name, run]) => [name, await outcomeOf(run)] as const));
      return {
        status: results.every(([, result]) => result === "ok") ? "ready" : "not-ready",
        checks: Object.fromEntries(results),
        facts: Object.fromEntries([...facts].map(([name, read]) => [name, read()])),
      };
    },
  };
}

async function outcomeOf(run: () => void | Promise<void>): Promise<string> {
  const patience = new AbortController();
  const late = sleep(CHECK_LIMIT, "late", { signal: patience.signal, ref: false }).catch(() => "late");
  try {
    return await Promise.race([Promise.resolve(run()).then(() => "ok"), late]);
  } catch (error) {
    const { code } = error as { code?: unknown };
    return typeof code === "string" ? code : "failed";
  } finally {
    patience.abort();
  }
}
