import type { OrgId, PartyId, PurposeCode } from "#libs/terms";

/**
 * One access, as far as rules need it. Persons are tokens that mean something only while a `Watch` lives: whoever feeds it makes them under a
 * key that is drawn anew at each start and kept nowhere.
 */
export interface Access {
  /** Of its first record. */
  readonly index: number;
  readonly at: Date;
  readonly consumer: OrgId;
  readonly officer: PartyId;
  readonly purpose: PurposeCode;
  readonly providers: readonly OrgId[];
  /** Whoever was named, or found by a list. */
  readonly persons: readonly string[];
  /** Neighbourhood of each person's number (`neighbourhood.ts`), in the same order. */
  readonly numbers: readonly string[];
  /** Of the persons that were named, those of whom no source could say anything, for whatever reason. */
  readonly misses: number;
  readonly isList: boolean;
  /** Somebody was asked on the basis of vital interest, whatever the purpose was called. */
  readonly isEmergency?: boolean;
  readonly answers: Answers;
}

/** What those who know have answered, each as yes or no. Absent: not asked, or nobody can tell. */
export interface Answers {
  /**
   * The consumer's case register: places in `persons` of those whom the case does not name, or did not when it was asked for them. Empty: the case
   * explains the access.
   */
  readonly unconfirmed?: readonly number[];
  /** The same, asked again once the time for an application has passed: whether all of them are named by then. */
  readonly applied?: boolean;
  /** The consumer's staff list: the officer is the person. */
  readonly isOwn?: boolean;
  /** The civil register: officer and person live in one household. */
  readonly isHousehold?: boolean;
}

/** Whom no case explains, where a register was asked. */
export function unexplainedIn({ answers: { unconfirmed = [], applied } }: Access): readonly number[] {
  return applied === true ? [] : unconfirmed;
}

export function isUnexplained(access: Access): boolean {
  return unexplainedIn(access).length > 0;
}

export const DAY = 86_400_000;

/** Days since 1970, UTC. */
export function dayOf(at: Date): number {
  return Math.floor(at.getTime() / DAY);
}
