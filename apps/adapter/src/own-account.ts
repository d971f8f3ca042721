import type { Logger } from "#libs/server";
import type { AccountProblem, JudgedAccount, OpenedTerms } from "#libs/subgraph";
import { WeftError } from "#libs/terms";

const LIMIT = 10_000;

/** As it was last looked at; undefined where it was not yet. */
export type AccountState = JudgedAccount | undefined;

/**
 * The database account of one ministry's adapter. One that may do more than the mapping needs, or whose look-ups read whole tables, is refused
 * before anything is served, unless `protect.tolerates` leaves it.
 */
export class OwnAccount {
  readonly #unjudged = new WeakSet<object>();
  readonly #states = new WeakMap<object, JudgedAccount>();

  constructor(
    private readonly name: string,
    private readonly logger: Logger,
  ) {}

  stateOf({ ministry }: Pick<OpenedTerms, "ministry">): AccountState {
    return this.#states.get(ministry);
  }

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
  async #isJudged({ account, provider, ministry }: OpenedTerms): Promise<boolean> {
    let judged: JudgedAccount;
    try {
      judged = await account(AbortSignal.timeout(LIMIT));
    } catch (error) {
      const code = error instanceof WeftError ? error.code : "INTERNAL";
      this.logger.warn({ event: "account-unknown", provider, code }, "The account could not be looked at.");
      return false;
    }
    this.#states.set(ministry, judged);
    if (judged.refused.length === 0) return true;
    throw new WeftError("CONFIG_INVALID", {
      detail: `${this.name}: ${inShort(judged.refused)}; weft adapter check ${this.name} says all, protect.tolerates would leave it`,
    });
  }
}

/** The first, and how many there are beside it. */
export function inShort([first, ...more]: readonly AccountProblem[]): string {
  return `${first?.wrong ?? "nothing"}${more.length > 0 ? `, and ${more.length} more` : ""}`;
}
