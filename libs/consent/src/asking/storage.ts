import type { SubjectRef } from "#libs/terms";
import type { RegisterHead } from "../chain.js";
import type { CodeHash } from "./code.js";
import type { Asked, AskingEvent } from "./event.js";
import type { Asker, AskingFacts } from "./request.js";

/** What asking keeps: events, each written once. */
export interface AskingStorage {
  head(): Promise<RegisterHead>;
  /** One transaction. Throws CONSENT_CHANGED where a thread has gone on meanwhile. */
  write(events: readonly AskingEvent[]): Promise<void>;
  /** Facts, judgement and event in one transaction, one asker after the other; what `judge` throws is thrown. */
  ask(about: AskedAbout, judge: (facts: AskingFacts) => Asked): Promise<void>;
  /** Of the thread that was opened by one of these, or in which one was issued. In order; empty where there is none. */
  byCode(codes: readonly CodeHash[]): Promise<readonly AskingEvent[]>;
  events(thread: string): Promise<readonly AskingEvent[]>;
  /** Requests about any of these persons that any of these guardians was to answer. */
  askedOf(principals: readonly SubjectRef[], guardians: readonly SubjectRef[]): Promise<readonly string[]>;
  /** Events of this kind that this officer brought about since then. */
  countBy(type: "code-unknown" | "heard-again", asker: Asker, since: Date): Promise<number>;
  /** Everything, first to last. Throws REGISTER_DAMAGED where a row is not what it was written as. */
  entries(): AsyncIterable<AskingEvent>;
  close(): Promise<void>;
}

export interface AskedAbout extends Asker {
  /** The person, under each key that the register may have sealed them with. */
  readonly principals: readonly SubjectRef[];
  readonly since: Date;
}
