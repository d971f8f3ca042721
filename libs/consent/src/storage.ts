import type { OrgId, PartyId, SubjectRef } from "#libs/terms";
import type { AskingEvent } from "./asking/event.js";
import type { ChainEntry, RegisterHead } from "./chain.js";
import type { ConsentRecord } from "./record.js";

/** What the register keeps, as small as its functions need it. */
export interface ConsentStorage {
  head(): Promise<RegisterHead>;
  /**
   * One transaction, durable when it resolves: all changes or none, in their order, one writer after the other. Throws
   * CONSENT_CHANGED where a record's version is there already. Events of asking that brought the changes about are written with them
   * or not at all.
   */
  write(changes: readonly Change[], issue: Issue, events?: readonly AskingEvent[]): Promise<RegisterHead>;
  /** The newest version. */
  find(recordId: string): Promise<ConsentRecord | undefined>;
  /** First to newest; empty where there is none. */
  history(recordId: string): Promise<readonly ConsentRecord[]>;
  /** Newest versions of records not ended that any of these persons has, and, where named, any of these guardians gave. */
  open(principals: readonly SubjectRef[], guardians?: readonly SubjectRef[]): Promise<readonly ConsentRecord[]>;
  /** Newest versions of records not ended whose time is over. */
  overdue(now: Date, limit: number): Promise<readonly ConsentRecord[]>;
  /** Newest versions in time that speak of every provider and of which this one has no receipt yet. */
  unknownTo(provider: OrgId, now: Date, limit: number): Promise<readonly ConsentRecord[]>;
  /** Records that this officer of this organisation made since then. */
  madeBy(organisation: OrgId, officer: PartyId, since: Date): Promise<number>;
  /** A provider's receipts after a position, in order, each position once and none left out. */
  feed(provider: OrgId, after: number, limit: number): Promise<FeedPage>;
  /** Where on the list the receipts stand that have ended. */
  ended(list: number): Promise<readonly number[]>;
  lists(): Promise<readonly number[]>;
  /** Everything, first to last. Throws REGISTER_DAMAGED where a row is not what it was written as. */
  entries(): AsyncIterable<ChainEntry>;
  /** Receipts that still count although their record has ended: there must be none. */
  undead(): Promise<number>;
  close(): Promise<void>;
}

export interface Change {
  readonly record: ConsentRecord;
  /** Who gets a receipt of this version. */
  readonly providers: readonly OrgId[];
  /** Whether the receipts of the record's earlier versions end with it. */
  readonly endsEarlier: boolean;
}

/** A place on a status list, free and drawn at random: it says nothing about when or whose. */
export interface FreePlace {
  readonly list: number;
  readonly idx: number;
}

export type Issue = (record: ConsentRecord, provider: OrgId, place: FreePlace) => string;

export interface FeedPage {
  readonly receipts: readonly string[];
  /** The position of the last receipt of this page, or `after` where there is none. */
  readonly cursor: number;
  /** Receipts that the provider has in all. */
  readonly total: number;
}
