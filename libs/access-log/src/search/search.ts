import type { AgreementId, CaseId, Coordinate, OrgId, PartyId, PurposeCode, SubjectRef } from "#libs/terms";
import type { CallerPart, OutcomePart, RecordKind, RequestPart } from "../record-parts.js";
import type { Summary, SummaryQuery } from "./summary.js";

/**
 * Looking for records by what their disclosures say. The index behind it follows the log: it says how far it is, and what is erased in the
 * log is gone from it too. It decides nothing but this: a reviewer is told only of what lies in `scope`, and no question's answer depends
 * on anything outside it.
 */
export interface RecordSearch {
  /** Newest first. Undefined `next`: there are no more. */
  find(scope: ReviewScope, query: SearchQuery, page: Page): Promise<HitPage>;
  /** How many records, by what, and when. */
  count(scope: ReviewScope, query: SearchQuery, by: CountBy): Promise<Counts>;
  /** Of accesses by their first records: see `summary.ts`. */
  summarise(scope: ReviewScope, query: SummaryQuery): Promise<Summary>;
  status(): Promise<SearchStatus>;
}

/**
 * What a reviewer may see. `authority`: everything. An organisation's DPO: whole records of its own calls, and of records in which others
 * asked it, the caller and its own sections. Who holds which role is not decided here.
 */
export type ReviewScope = { readonly all: true } | { readonly organisation: OrgId };

/** All that is given must hold; of a list, one of it. An empty list matches nothing. */
export interface SearchQuery {
  /**
   * One person, as each provider knows them: every identifier, sealed for every provider with every key that is open. Whoever holds the
   * seal's master makes this list; the log cannot. At most `MAX_SUBJECTS`.
   */
  readonly subjects?: readonly SubjectRef[];
  readonly officer?: PartyId;
  readonly client?: PartyId;
  readonly consumer?: OrgId;
  readonly provider?: OrgId;
  readonly purposes?: readonly PurposeCode[];
  readonly coordinates?: readonly Coordinate[];
  readonly agreement?: AgreementId;
  readonly case?: CaseId;
  readonly kinds?: readonly RecordKind[];
  /** `open`: a first intent that no outcome has answered yet. */
  readonly outcomes?: readonly AccessOutcome[];
  /** When the log took the record: `from` inclusive, `until` exclusive. */
  readonly from?: Date;
  readonly until?: Date;
  /** Index of an access's first record: that one and all that followed from it. */
  readonly access?: number;
}

/** `erased`: an outcome is in the log, and what it said is erased. */
export type AccessOutcome = OutcomePart["status"] | "open" | "erased";

export interface Page {
  /** 1 to `MAX_PAGE`. */
  readonly limit: number;
  /** Only records with a smaller index: the `next` of the page before. */
  readonly before?: number;
}

export interface HitPage {
  readonly hits: readonly Hit[];
  readonly next: number | undefined;
}

/**
 * One record. An outcome that concludes an access is no hit of its own: it is what became of that access. One that concludes nothing, as it
 * is not its writer's to conclude or not the first, is.
 */
export interface Hit {
  readonly index: number;
  /** When the log took it. Never earlier than a record with a smaller index. */
  readonly at: Date;
  readonly kind: RecordKind;
  /** Index of the access's first record, which may be this one. Undefined where the log holds no such record. */
  readonly access: number | undefined;
  /** Undefined on what nobody asked for, such as a heartbeat, and once it is erased. */
  readonly caller: CallerPart | undefined;
  /** Of what the scope shows. */
  readonly sections: readonly HitSection[];
  /** What was refused. Empty for a provider: it is not for it to know what else was asked. */
  readonly denied: RequestPart["denied"];
  /** The code that ended the whole request, on a refusal. */
  readonly refused: RequestPart["refused"] | undefined;
  /** On first intents, and on outcomes that are hits of their own. */
  readonly outcome: HitOutcome | undefined;
}

export interface HitSection {
  readonly provider: OrgId;
  readonly agreement: AgreementId;
  readonly version: number;
  readonly basis: string;
  readonly coordinates: readonly Coordinate[];
  /** A list whose persons are in `rows` records: its entry. */
  readonly entry: Coordinate | undefined;
  /** How many persons the section names. */
  readonly persons: number;
  /** Of the persons that were searched for, those that it names. None where none was searched for. */
  readonly subjects: readonly SubjectRef[];
}

export interface HitOutcome {
  readonly status: AccessOutcome;
  /** Index of the record that says so; undefined while `open`. */
  readonly index: number | undefined;
  /** For a provider, its own alone. */
  readonly sources: readonly HitSource[];
}

export interface HitSource {
  readonly provider: OrgId;
  readonly persons: number;
  readonly withheld: number;
  /** Of the persons that were searched for, those that the provider found under another of their numbers. */
  readonly subjects: readonly SubjectRef[];
}

export interface CountBy {
  readonly facets: readonly Facet[];
  readonly every?: "hour" | "day" | "month";
}

export type Facet = "consumer" | "provider" | "officer" | "purpose" | "coordinate" | "kind" | "outcome";

export interface Counts {
  readonly total: number;
  /**
   * False: more records match than were counted. A question that says nothing but when is counted whole; of any other, and of days that are
   * not counted yet, at most the newest `COUNT_LIMIT`.
   */
  readonly complete: boolean;
  /** Each at most `FACET_SIZE` values, most frequent first, then by name. A record counts once for each of its values. */
  readonly facets: Partial<Readonly<Record<Facet, readonly FacetValue[]>>>;
  /** In order, in UTC, without empty ones. */
  readonly timeline: readonly { readonly from: Date; readonly count: number }[];
}

export interface FacetValue {
  readonly value: string;
  readonly count: number;
}

export interface SearchStatus {
  /** Records below this index are searched. */
  readonly indexed: number;
  /** How many the log holds beyond that. */
  readonly behind: number;
  /** Age of the oldest that is not searched yet; 0 where there is none. */
  readonly seconds: number;
}

export const MAX_SUBJECTS = 500;
export const MAX_PAGE = 500;
export const COUNT_LIMIT = 50_000;
export const FACET_SIZE = 50;

/** It says nothing but when, if that: asked by every first screen, and answered from what was counted by the day. */
export function isBroad({ from: _from, until: _until, ...rest }: SearchQuery): boolean {
  return Object.values(rest).every((value) => value === undefined);
}
