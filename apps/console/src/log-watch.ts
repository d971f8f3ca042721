import { type Checkpoint, type LogClient, openWitnessed, pinLogs, pinWitnesses } from "#libs/access-log";
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
      const [newest, index, witnessed] = await Promise.all([
        this.#log.checkpoint(),
        this.#log.searchStatus(),
        this.#witnessed(logs, witnesses),
      ]);
      const isConsistent = await this.#continues(newest);
      const checkpoint = { size: newest.size, root: newest.root.toString("base64") };
      return { ...known, checkpoint, consistent: isConsistent, index, ...(witnessed && { witnessed }) };
    } catch (error) {
      if (error instanceof WeftError && error.code === "RECORD_UNAVAILABLE") return { ...known, consistent: true };
      throw error;
    }
  }

  /** Undefined where too few have cosigned what everybody is shown. */
  async #witnessed(
    logs: Contracts["registry"]["logs"],
    witnesses: Contracts["registry"]["witnesses"],
  ): Promise<LogHealth["witnessed"]> {
    if (witnesses.quorum === 0) return undefined;
    const note = await this.#log.published();
    try {
      const pinned = pinLogs(logs.map(({ vkey }) => vkey));
      const { size, witnessedAt } = openWitnessed(note, pinned, pinWitnesses(witnesses), Date.now() / 1000);
      return { size, at: new Date(witnessedAt * 1000).toISOString() };
    } catch (error) {
      if (error instanceof WeftError && error.code === "PROOF_REJECTED") return undefined;
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
