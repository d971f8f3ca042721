import { Body, Controller, Header, HttpCode, Inject, Post } from "@nestjs/common";
import {
  type AfterEnd,
  claimReview,
  type EndedConsent,
  MAX_ENDED,
  pinLogs,
  ReviewCall,
  reviewRightsOf,
  signersOf,
} from "#libs/access-log";
import type { ConsentCount, EndedPerson } from "#libs/consent";
import { WeftError } from "#libs/terms";
import { CONSENT, type Consent } from "./consent.js";

/** What a look at consents is answered with: figures, nobody in them. */
export interface ConsentCounts {
  readonly counts: readonly ConsentCount[];
  readonly running: number;
  /** Absent where this register does not know the log. */
  readonly afterEnd?: {
    /** How many ended consents were compared with the log. */
    readonly compared: number;
    /** False: there were more, and the newest were compared. */
    readonly complete: boolean;
    readonly counts: readonly AfterEnd[];
  };
}

/** Milliseconds until a withdrawal has reached every adapter: an older status list denies. */
const REACH = 10_000;

/** For consoles. As at the log, nothing is answered but the record of the look, which says who asks, for whom and of which time. */
@Controller("counts")
export class CountsEndpoint {
  readonly #consent: Consent;

  constructor(@Inject(CONSENT) consent: Consent) {
    this.#consent = consent;
  }

  @Post()
  @HttpCode(200)
  @Header("cache-control", "no-store")
  async count(@Body() body: unknown): Promise<ConsentCounts> {
    const call = ReviewCall.safeParse(body);
    if (!call.success) throw new WeftError("REQUEST_MALFORMED");
    const { world, now, looked, counting } = this.#consent;
    const { registry } = world().contracts;
    const [log] = registry.logs;
    const expected = {
      origin: log?.origin ?? "",
      logs: pinLogs(registry.logs.map(({ vkey }) => vkey)),
      signers: signersOf(registry, now),
      reviewRights: reviewRightsOf(registry),
    };
    const { look, scope, jti } = await claimReview(call.data, expected, looked, now());
    if (look.kind !== "consents") throw new WeftError("RECORD_REJECTED", { detail: "counts: another look" });
    const organisation = "all" in scope ? undefined : scope.organisation;
    const query = { organisation, from: new Date(look.from), until: new Date(look.until) };
    const [counts, running, ended] = await Promise.all([
      counting.counts(query),
      counting.running(organisation),
      counting.endedPersons(query, MAX_ENDED + 1),
    ]);
    const afterEnd = await this.#compare(jti, ended, call.data);
    return { counts, running, ...(afterEnd && { afterEnd }) };
  }

  /** Persons are sealed as their providers know them, in one question that the register signs, and are told to the log alone. */
  async #compare(look: string, ended: readonly EndedPerson[], { record, proof }: ReviewCall) {
    const { log, signEnded } = this.#consent;
    if (!log) return undefined;
    const compared = ended.slice(0, MAX_ENDED);
    const question = signEnded(
      look,
      compared.map((person) => this.#sealed(person)),
    );
    const counts = await log.afterEnd({ presentation: () => record }, { text: proof }, question);
    return { compared: compared.length, complete: ended.length <= MAX_ENDED, counts };
  }

  #sealed({ principal, provider, recipient, purposes, coordinates, ended, anew }: EndedPerson): EndedConsent {
    const { world, keeper } = this.#consent;
    const { seals } = world();
    const person = seals.open(keeper, principal);
    return {
      provider,
      recipient,
      refs: seals.candidates(provider, person),
      purposes,
      coordinates,
      after: new Date(ended.getTime() + REACH).toISOString(),
      ...(anew && { before: anew.toISOString() }),
    };
  }
}
