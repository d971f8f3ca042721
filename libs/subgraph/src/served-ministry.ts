import type { ConsentFeed } from "#libs/consent";
import { type OrgId, type PartyId, type Signer, WeftError } from "#libs/terms";
import type { ConsentUses } from "./consent-uses.js";
import type { OwnTerms } from "./decide-again.js";
import type { LogWatcher } from "./log-watcher.js";
import type { FetchReader } from "./match-fetch.js";
import type { PauseSwitch } from "./pause.js";
import type { PersonSeals } from "./person-seals.js";
import type { Protection } from "./protect.js";
import type { Ministry } from "./read/port.js";
import type { RowsLog } from "./rows-record.js";
import type { ServedTally } from "./served-tally.js";
import type { AdapterStore } from "./store.js";
import type { Pins } from "./verify-record.js";

/** One version of a ministry's contracts and mapping, whole. A fetch is served under one of them from its start to its end. */
export interface ServingTerms extends OwnTerms, FetchReader {
  readonly ministry: Ministry;
  /** Milliseconds for one read, its queue aside. */
  readonly deadline: number;
}

/** One ministry as an adapter serves it. Nothing in it is common to two ministries but the log's client. */
export interface ServedMinistry {
  /** The folder under `subgraphs/` and in the address. */
  readonly name: string;
  readonly provider: OrgId;
  /** Signs the records of rows that a list found. */
  readonly adapter: { readonly id: PartyId; readonly signer: Signer };
  readonly pins: Pins;
  readonly seals: PersonSeals;
  readonly store: AdapterStore;
  readonly uses: ConsentUses;
  readonly protection: Protection;
  readonly pauses: PauseSwitch;
  readonly tally: ServedTally;
  readonly feed: ConsentFeed;
  /** How many receipts the feed held before this start: one that holds fewer has lost some, and they may be objections. */
  readonly receiptsSeen: number;
  readonly watcher: LogWatcher;
  readonly log: RowsLog;
  current(): ServingTerms;
}

/** Why this ministry answers nothing now; empty where it answers. Words for an operator, without personal data. */
export function readinessProblems({ feed, watcher, receiptsSeen }: ServedMinistry): readonly string[] {
  const lost = feed.position() < receiptsSeen ? "receipts: fewer than before" : undefined;
  return [watcher.problem(), lost, ...feed.problems()].filter((problem) => problem !== undefined);
}

/** Throws NOT_READY: without a sound feed no restriction can be seen, and without a sound log no record be believed. */
export function assertReady(ministry: ServedMinistry): void {
  const problems = readinessProblems(ministry);
  if (problems.length > 0) throw new WeftError("NOT_READY", { detail: problems.join("; "), retryAfter: 5 });
}
