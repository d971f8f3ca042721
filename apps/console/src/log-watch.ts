import type { Checkpoint, LogClient } from "#libs/access-log";
import type { Contracts } from "#libs/contracts";
import type { LogHealth } from "#libs/review";
import { WeftError } from "#libs/terms";

/** Holds the log to the largest checkpoint that this process has seen. */
export class LogWatch {
  readonly #log: LogClient;
  #largest: Checkpoint | undefined;

  constructor(log: LogClient) {
    this.#log = log;
  }

  async look({ logs, witnesses }: Contracts["registry"]): Promise<LogHealth> {
    const known = { origin: this.#log.origin, vkey: logs[0]?.vkey ?? "", witnesses };
    try {
      const [newest, index] = await Promise.all([this.#log.checkpoint(), this.#log.searchStatus()]);
      const isConsistent = await this.#continues(newest);
      const checkpoint = { size: newest.size, root: newest.root.toString("base64") };
      return { ...known, checkpoint, consistent: isConsistent, index };
    } catch (error) {
      if (error instanceof WeftError && error.code === "RECORD_UNAVAILABLE") return { ...known, consistent: true };
      throw error;
    }
  }

  async #continues(newest: Checkpoint): Promise<boolean> {
    const before = this.#largest;
    if (before === undefined || newest.size >= before.size) {
      try {
        if (before) await this.#log.assertConsistent(before, newest);
        this.#largest = newest;
        return true;
      } catch (error) {
        if (error instanceof WeftError && error.code === "PROOF_REJECTED") return false;
        throw error;
      }
    }
    // An answer that another overtook, or a log that has lost entries: the same question again tells.
    return this.#log.assertConsistent(newest, before).then(
      () => true,
      () => false,
    );
  }
}
