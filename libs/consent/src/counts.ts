import type { Coordinate, OrgId, PurposeCode, SubjectRef } from "#libs/terms";
import type { EventType } from "./record.js";

/** How many consents, of whom nothing is said: between whom, for what, in which month, and what happened to them. */
export interface ConsentCount {
  readonly recipient: OrgId;
  readonly provider: OrgId;
  readonly purpose: PurposeCode;
  /** `2026-11` */
  readonly month: string;
  readonly event: EventType;
  readonly count: number;
}

/** Somebody's consent that has ended, for the one comparison with the log. */
export interface EndedPerson {
  readonly principal: SubjectRef;
  readonly recipient: OrgId;
  readonly provider: OrgId;
  readonly purposes: readonly PurposeCode[];
  readonly coordinates: readonly Coordinate[];
  readonly ended: Date;
  /** When the same person consented anew to the same recipient. */
  readonly anew: Date | undefined;
}

/** `organisation`: as recipient or provider; undefined: all. Times are of the event, in whole seconds, `from` inclusive, `until` exclusive. */
export interface CountQuery {
  readonly organisation: OrgId | undefined;
  readonly from: Date;
  readonly until: Date;
}

export interface ConsentCounting {
  counts(query: CountQuery): Promise<readonly ConsentCount[]>;
  /** That run now, of whichever month. */
  running(organisation: OrgId | undefined): Promise<number>;
  /** Newest first, at most so many. */
  endedPersons(query: CountQuery, limit: number): Promise<readonly EndedPerson[]>;
}
