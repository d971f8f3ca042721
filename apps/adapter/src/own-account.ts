import type { Logger } from "#libs/server";
import type { OpenedTerms } from "#libs/subgraph";
import { WeftError } from "#libs/terms";

const LIMIT = 10_000;

/**
 * The database account of one ministry's adapter. One that may do more than the mapping needs, or whose look-ups read whole tables, is refused
 * before anything is served, unless `protect.tolerates` leaves it.
 */
export class OwnAccount {
  readonly #unjudged = new WeakSet<object>();

  constructor(
    private readonly name: string,
    private readonly logger: Logger,
  ) {}

  /** Throws CONFIG_INVALID. A machine that is down says nothing: that stops no start, and is looked at again. */
  async admit(opened: OpenedTerms): Promise<void> {
    try {
      if (!(await this.#isJudged(opened))) this.#unjudged.add(opened.ministry);
    } catch (error) {
      await opened.ministry.close();
      throw error;
    }
  }

  /** Of a machine that was down when it was opened and is well now. It is served already, so what is wrong is told each time. */
  async lookAgain(opened: OpenedTerms): Promise<void> {
    if (!this.#unjudged.has(opened.ministry)) return;
    try {
      if (await this.#isJudged(opened)) this.#unjudged.delete(opened.ministry);
    } catch (error) {
      const detail = error instanceof WeftError ? error.detail : undefined;
      this.logger.error(
        { event: "account-excess", provider: opened.provider, detail },
        "With this account it would not start.",
      );
    }
  }

  /** False where the machine does not say. */
  async #isJudged({ account, provider }: OpenedTerms): Promise<boolean> {
    let problems: Awaited<ReturnType<typeof account>>;
    try {
      problems = await account(AbortSignal.timeout(LIMIT));
    } catch (error) {
      const code = error instanceof WeftError ? error.code : "INTERNAL";
      this.logger.warn({ event: "account-unknown", provider, code }, "The account could not be looked at.");
      return false;
    }
    const [first, ...more] = problems;
    if (!first) return true;
    throw new WeftError("CONFIG_INVALID", {
      detail: `${this.name}: ${first.wrong}${more.length > 0 ? `, and ${more.length} more` : ""}; weft adapter check ${this.name} says all, protect.tolerates would leave it`,
    });
  }
}
