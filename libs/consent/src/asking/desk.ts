import { type CanonicalPerson, type Coordinate, type OrgId, random16, type Seals, WeftError } from "#libs/terms";
import { instantOf } from "../members.js";
import type { ConsentRecord } from "../record.js";
import type { ConsentRegister, Draft } from "../register.js";
import { hasEnded, stateOf } from "../transitions.js";
import { type Code, type CodeHashes, drawCode, findCode, printCode } from "./code.js";
import type { Asked, AskingEvent } from "./event.js";
import { askedOf, type Asker, type AskLimits, DAY, judgeAsked, requestStateOf } from "./request.js";
import type { AskingStorage } from "./storage.js";

/**
 * Where a consent is asked for, answered and taken back by code. The asker is told a code and nothing else, ever; whoever answers
 * needs the code and must be the person.
 */
export interface DeskParts {
  readonly storage: AskingStorage;
  readonly register: Pick<ConsentRegister, "give" | "withdraw" | "find">;
  readonly seals: Pick<Seals, "seal" | "open">;
  readonly keeper: OrgId;
  /** By the masters in force at the moment. */
  readonly codes: () => CodeHashes;
  readonly limits: AskLimits;
}

export interface Asking extends Asker {
  readonly person: CanonicalPerson;
  readonly purpose: Asked["purpose"];
  readonly fields: readonly Coordinate[];
  readonly until: string;
  readonly expires: Date;
  readonly case?: string | undefined;
}

/** A request that its person may answer now. */
export interface OpenRequest {
  readonly asked: Asked;
  readonly events: readonly AskingEvent[];
}

export interface Answer {
  readonly fields: readonly Coordinate[];
  /** Without its person and act, which are the request's own. */
  readonly terms: Pick<Draft, "purposes" | "information">;
  readonly notice: { readonly digest: string; readonly language: string };
}

/** Codes that one officer may try in a day and that are none. */
export const UNKNOWN_CODES = 20;

export class ConsentDesk {
  readonly #parts: DeskParts;

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  /** The same work and the same answer whoever the person is. Throws LIMIT_EXCEEDED. */
  async ask(asking: Asking, now: Date): Promise<string> {
    const { storage, seals, keeper, codes, limits } = this.#parts;
    const code = drawCode();
    const { person, fields, expires, case: caseId, ...rest } = asking;
    const principal = seals.seal(keeper, person);
    const asked: Omit<Asked, "unheard"> = {
      ...rest,
      ...headerOf(random16(), [], now),
      type: "asked",
      code: codes().of(code, "answer"),
      principal,
      fields: [...fields],
      expires: instantOf(expires),
      ...(caseId !== undefined && { case: caseId }),
    };
    const about = { organisation: asking.organisation, officer: asking.officer, principal, since: dayBefore(now) };
    await storage.ask(about, (facts) => judgeAsked(asked, facts, limits));
    return printCode(code);
  }

  /**
   * Undefined for every reason why there is nothing to answer. The try is written before the number is looked at: many at one time
   * are no more tries than one after the other.
   */
  async open(typed: string, person: CanonicalPerson | undefined, now: Date): Promise<OpenRequest | undefined> {
    const code = findCode(typed);
    if (code === undefined) return undefined;
    const events = await this.#parts.storage.byCode(this.#parts.codes().candidates(code, "answer"));
    const request = openRequest(events, now);
    if (request === undefined) return undefined;
    const tried: AskingEvent = { ...headerOf(request.asked.thread, events, now), type: "tried" };
    await this.#parts.storage.write([tried]);
    const theirs = person !== undefined && this.#isOf(request.asked, person);
    return theirs ? { ...request, events: [...events, tried] } : undefined;
  }

  /** One that was opened before, by its name. */
  async find(thread: string, now: Date): Promise<OpenRequest | undefined> {
    return openRequest(await this.#parts.storage.events(thread), now);
  }

  viewed({ events }: OpenRequest, { digest, language }: Answer["notice"], now: Date): Promise<void> {
    return this.#note(events, { type: "viewed", notice: digest as never, language }, now);
  }

  /** The decision is written before the consent: what breaks off in between leaves nothing that could be read on. */
  async give(
    { asked, events }: OpenRequest,
    answer: Answer,
    now: Date,
  ): Promise<{ readonly record: ConsentRecord; readonly code: string }> {
    const { storage, register, seals, keeper, codes } = this.#parts;
    const { thread, organisation, until, principal } = asked;
    const code = drawCode();
    const { digest, language } = answer.notice;
    const given: AskingEvent = {
      ...headerOf(thread, events, now),
      type: "given",
      fields: [...answer.fields],
      notice: digest as never,
      language,
    };
    const issued: AskingEvent = {
      ...headerOf(thread, [...events, given], now),
      type: "code-issued",
      code: codes().of(code, "withdraw"),
    };
    await storage.write([given, issued]);
    const [record] = await register.give([
      {
        id: thread,
        kind: "consent",
        person: seals.open(keeper, principal),
        recipient: organisation,
        ...answer.terms,
        notice: answer.notice,
        from: now,
        until: new Date(until),
        act: { by: "data-subject", method: { how: "self" }, at: now },
      },
    ]);
    return { record: record!, code: printCode(code) };
  }

  refuse({ events }: OpenRequest, now: Date): Promise<void> {
    return this.#note(events, { type: "refused" }, now);
  }

  silence({ asked, events }: OpenRequest, now: Date): Promise<void> {
    const { principal, organisation } = asked;
    return this.#note(events, { type: "silenced", principal, organisation }, now);
  }

  /** For consents that are about to be given at an office, in their order. */
  async issueCodes(records: readonly string[], now: Date): Promise<readonly string[]> {
    const { storage, codes } = this.#parts;
    const drawn = records.map((thread) => ({ thread, code: drawCode() }));
    if (drawn.length > 0)
      await storage.write(
        drawn.map(({ thread, code }) => ({
          ...headerOf(thread, [], now),
          type: "code-issued",
          code: codes().of(code, "withdraw"),
        })),
      );
    return drawn.map(({ code }) => printCode(code));
  }

  /** The record that a withdrawal code was printed for. */
  async recordOf(typed: string): Promise<ConsentRecord | undefined> {
    const code = findCode(typed);
    const events = code === undefined ? [] : await this.#threadOf(code);
    return events[0] && this.#parts.register.find(events[0].thread);
  }

  /**
   * Undefined where no consent has the code. Nothing of what was agreed is told. At a counter an officer has a day's number of tries.
   * Throws LIMIT_EXCEEDED.
   */
  async takeBack(typed: string, at: Asker | undefined, now: Date): Promise<"ended" | "had-ended" | undefined> {
    const { storage, register } = this.#parts;
    if (at && (await storage.unknownCodesBy(at, dayBefore(now))) >= UNKNOWN_CODES)
      throw new WeftError("LIMIT_EXCEEDED");
    const code = findCode(typed);
    const events = code === undefined ? [] : await this.#threadOf(code);
    const record = events[0] && (await register.find(events[0].thread));
    if (record === undefined) {
      if (at) await storage.write([{ ...headerOf(random16(), [], now), type: "code-unknown", ...at }]);
      return undefined;
    }
    if (hasEnded(record) || stateOf(record, now) === "expired") return "had-ended";
    const by = record.guardian_id === undefined ? "data-subject" : "guardian";
    await register.withdraw(record.record_id, { by, method: { how: "self" }, at: now });
    await this.#note(events, { type: "taken-back", ...at }, now);
    return "ended";
  }

  #threadOf(code: Code): Promise<readonly AskingEvent[]> {
    return this.#parts.storage.byCode(this.#parts.codes().candidates(code, "withdraw"));
  }

  #isOf({ principal }: Asked, person: CanonicalPerson): boolean {
    return this.#parts.seals.open(this.#parts.keeper, principal) === person;
  }

  #note(events: readonly AskingEvent[], what: What, now: Date): Promise<void> {
    const [first] = events;
    return this.#parts.storage.write([{ ...headerOf(first!.thread, events, now), ...what }]);
  }
}

type What = AskingEvent extends infer E ? (E extends AskingEvent ? Omit<E, "thread" | "n" | "at"> : never) : never;

function openRequest(events: readonly AskingEvent[], now: Date): OpenRequest | undefined {
  const asked = askedOf(events);
  return asked && requestStateOf(events, now) === "open" ? { asked, events } : undefined;
}

function headerOf(thread: string, before: readonly AskingEvent[], now: Date) {
  return { thread, n: before.length + 1, at: instantOf(now) };
}

const dayBefore = (now: Date): Date => new Date(now.getTime() - DAY);
