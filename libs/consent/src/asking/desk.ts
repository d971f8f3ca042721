import {
  type CanonicalPerson,
  type Coordinate,
  type Digest,
  type OrgId,
  random16,
  type Seals,
  type SubjectRef,
  WeftError,
} from "#libs/terms";
import { instantOf } from "../members.js";
import type { ConsentRecord } from "../record.js";
import type { ConsentRegister, Draft, EndedRelation } from "../register.js";
import { hasEnded, stateOf } from "../transitions.js";
import { type Code, type CodeHashes, type CodeUse, drawCode, findCode, printCode } from "./code.js";
import type { Asked, AskingEvent } from "./event.js";
import {
  answererOf,
  askedOf,
  type Asker,
  type AskLimits,
  DAY,
  judgeAsked,
  requestStateOf,
  silenceStateOf,
} from "./request.js";
import type { AskingStorage } from "./storage.js";

/**
 * Where a consent is asked for, answered and taken back by code. The asker is told a code and nothing else, ever; whoever answers
 * needs the code and must be the person.
 */
export interface DeskParts {
  readonly storage: AskingStorage;
  readonly register: Pick<ConsentRegister, "give" | "withdraw" | "find">;
  readonly seals: Pick<Seals, "seal" | "open" | "candidates">;
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
  /** Who is to answer for the person, and the digest of the paper that says that they may. `until` is then no later than the ward's majority. */
  readonly guardian?: { readonly person: CanonicalPerson; readonly evidence: Digest } | undefined;
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

/** What a person wants at a counter: that an organisation may ask them again. */
export interface HeardAgain {
  readonly person: CanonicalPerson;
  readonly whom: OrgId;
  readonly evidence: Digest;
}

/** How often a thread that goes on meanwhile is looked at again. */
const AGAIN = 5;

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
    const { person, fields, expires, case: caseId, guardian, ...rest } = asking;
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
      ...(guardian && { guardian: seals.seal(keeper, guardian.person), guardianship: guardian.evidence }),
    };
    const { organisation, officer } = asking;
    const about = { organisation, officer, principals: seals.candidates(keeper, person), since: dayBefore(now) };
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
    const tried = await this.#try(request.asked, events, person, now);
    return tried && { ...request, events: tried };
  }

  /** One that was opened before, by its name. */
  async find(thread: string, now: Date): Promise<OpenRequest | undefined> {
    return openRequest(await this.#parts.storage.events(thread), now);
  }

  viewed({ events }: OpenRequest, { digest, language }: Answer["notice"], now: Date): Promise<void> {
    return this.#note(events, { type: "viewed", notice: digest as never, language }, now);
  }

  /** Decision, code and consent are written together or not at all: who was cut off finds the request open. */
  async give(
    { asked, events }: OpenRequest,
    answer: Answer,
    now: Date,
  ): Promise<{ readonly record: ConsentRecord; readonly code: string }> {
    const { register } = this.#parts;
    const { thread, organisation, until, principal, guardian } = asked;
    const { digest, language } = answer.notice;
    const given: AskingEvent = {
      ...headerOf(thread, events, now),
      type: "given",
      fields: [...answer.fields],
      notice: digest as never,
      language,
    };
    const { code, issued } = this.#issue(thread, [...events, given], "withdraw", now);
    const draft: Draft = {
      id: thread,
      kind: "consent",
      person: this.#open(principal),
      ...(guardian && { guardian: { person: this.#open(guardian), majority: new Date(until) } }),
      recipient: organisation,
      ...answer.terms,
      notice: answer.notice,
      from: now,
      until: new Date(until),
      act: { by: guardian ? "guardian" : "data-subject", method: { how: "self" }, at: now },
    };
    const [record] = await register.give([draft], [given, issued]);
    return { record: record!, code };
  }

  refuse({ events }: OpenRequest, now: Date): Promise<void> {
    return this.#note(events, { type: "refused" }, now);
  }

  /** Resolves to the code by which the same person lets the organisation ask again. */
  async silence({ asked, events }: OpenRequest, now: Date): Promise<string> {
    const { principal, organisation, thread } = asked;
    const silenced: AskingEvent = {
      ...headerOf(thread, events, now),
      type: "silenced",
      principal,
      organisation,
    };
    const { code, issued } = this.#issue(thread, [...events, silenced], "hear-again", now);
    await this.#parts.storage.write([silenced, issued]);
    return code;
  }

  /** By the code of a silence and by who has it. False for every reason why it is not to be; a code has as many tries as that of a request. */
  async hearAgain(typed: string, person: CanonicalPerson | undefined, now: Date): Promise<boolean> {
    const code = findCode(typed);
    if (code === undefined) return false;
    const { storage, codes } = this.#parts;
    const events = await storage.byCode(codes().candidates(code, "hear-again"));
    const state = silenceStateOf(events, now);
    const asked = askedOf(events);
    if (asked === undefined || (state !== "silent" && state !== "heard")) return false;
    const tried = await this.#try(asked, events, person, now);
    if (tried === undefined) return false;
    const { principal, organisation: whom } = asked;
    if (state === "silent") await this.#note(tried, { type: "heard-again", principal, whom }, now);
    return true;
  }

  /**
   * At a counter, for a person who has no code any more, by a paper that they sign. The same work whether there was a silence or not.
   * Throws LIMIT_EXCEEDED, and AUTHORITY_REQUIRED at the organisation's own counter.
   */
  async hearAgainAt(
    { organisation, officer }: Asker,
    { person, whom, evidence }: HeardAgain,
    now: Date,
  ): Promise<void> {
    const { storage, seals, keeper, limits } = this.#parts;
    if (whom === organisation) throw new WeftError("AUTHORITY_REQUIRED");
    const before = await storage.countBy("heard-again", { organisation, officer }, dayBefore(now));
    if (before >= limits.officerDay) throw new WeftError("LIMIT_EXCEEDED");
    const principal = seals.seal(keeper, person);
    const header = headerOf(random16(), [], now);
    await storage.write([{ ...header, type: "heard-again", principal, whom, organisation, officer, evidence }]);
  }

  /** What this guardian was asked for this ward is not to be answered any more. */
  async endRelation(reporter: OrgId, { guardian, ward }: EndedRelation, now: Date): Promise<void> {
    const { storage, seals, keeper } = this.#parts;
    const own = (refs: readonly SubjectRef[]) =>
      refs.flatMap((ref) => seals.candidates(keeper, seals.open(reporter, ref)));
    for (const thread of await storage.askedOf(own(ward), own(guardian))) await this.#endGuardian(thread, now);
  }

  /** Codes for consents that are about to be given at an office, in their order, and the events to be written with them. */
  drawCodes(
    records: readonly string[],
    now: Date,
  ): { readonly codes: readonly string[]; readonly events: readonly AskingEvent[] } {
    const drawn = records.map((thread) => this.#issue(thread, [], "withdraw", now));
    return { codes: drawn.map(({ code }) => code), events: drawn.map(({ issued }) => issued) };
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
    if (at && (await storage.countBy("code-unknown", at, dayBefore(now))) >= UNKNOWN_CODES)
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
    const takenBack: AskingEvent = { ...headerOf(record.record_id, events, now), type: "taken-back", ...at };
    await register.withdraw(record.record_id, { by, method: { how: "self" }, at: now }, [takenBack]);
    return "ended";
  }

  #threadOf(code: Code): Promise<readonly AskingEvent[]> {
    return this.#parts.storage.byCode(this.#parts.codes().candidates(code, "withdraw"));
  }

  /** The try is written before the number is looked at. Undefined where it is not who is to answer. */
  async #try(
    asked: Asked,
    events: readonly AskingEvent[],
    person: CanonicalPerson | undefined,
    now: Date,
  ): Promise<readonly AskingEvent[] | undefined> {
    const tried: AskingEvent = { ...headerOf(asked.thread, events, now), type: "tried" };
    await this.#parts.storage.write([tried]);
    return person !== undefined && this.#open(answererOf(asked)) === person ? [...events, tried] : undefined;
  }

  /** Somebody may answer at the same moment: then it is looked at again. */
  async #endGuardian(thread: string, now: Date): Promise<void> {
    const { storage } = this.#parts;
    for (let left = AGAIN; ; left--) {
      const events = await storage.events(thread);
      if (events.some(({ type }) => type === "relation-ended")) return;
      try {
        return await this.#note(events, { type: "relation-ended" }, now);
      } catch (error) {
        if (left === 0 || !(error instanceof WeftError && error.code === "CONSENT_CHANGED")) throw error;
      }
    }
  }

  #issue(thread: string, before: readonly AskingEvent[], use: CodeUse, now: Date) {
    const code = drawCode();
    const issued: AskingEvent = {
      ...headerOf(thread, before, now),
      type: "code-issued",
      code: this.#parts.codes().of(code, use),
    };
    return { code: printCode(code), issued };
  }

  #open(ref: SubjectRef): CanonicalPerson {
    return this.#parts.seals.open(this.#parts.keeper, ref);
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
