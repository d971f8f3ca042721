import type { EndedConsent, LogClient, UsedReviews } from "#libs/access-log";
import type {
  ConsentCounting,
  ConsentDesk,
  ConsentRegister,
  ConsentStorage,
  EventType,
  RecordKind,
  SignedLists,
  UsedOnce,
} from "#libs/consent";
import type { OrgId } from "#libs/terms";
import type { ReplayCache } from "#libs/token";
import type { Newcomers } from "./newcomers.js";
import type { World } from "./world.js";

/** All that the endpoints need, put together once in `consent.module.ts`. */
export interface Consent {
  readonly register: ConsentRegister;
  readonly storage: ConsentStorage;
  /** Where consents are asked for, answered and taken back by code. */
  readonly desk: ConsentDesk;
  /** The organisation that keeps the register. */
  readonly keeper: OrgId;
  /** Of the tickets in the person's pages. */
  readonly pageKey: () => Buffer;
  readonly lists: SignedLists;
  /** By the contracts in force at the moment. */
  readonly world: () => World;
  readonly now: () => Date;
  /** The origin that callers know the register by. */
  readonly publicUrl: string;
  /** Whether callers are asked for a client certificate: an adapter's assertion must then name it. */
  readonly asksCertificates: boolean;
  /** Assertions that were used. */
  readonly used: ReplayCache;
  /** For looks at consents: what may be counted, which were answered, and the log, where it is known. */
  readonly counting: ConsentCounting;
  readonly looked: UsedReviews;
  /** Proofs of possession, of all processes of the register together. */
  readonly proofs: Pick<UsedOnce, "use">;
  readonly log: Pick<LogClient, "afterEnd"> | undefined;
  readonly signEnded: (look: string, ended: readonly EndedConsent[]) => string;
  readonly relationsFrom: ReadonlySet<OrgId>;
  readonly protectionFrom: ReadonlySet<OrgId>;
  /** Records that one officer may make in a day. */
  readonly officerDay: number;
  /** Counts what became of records, by kind; of whom is in no figure. */
  readonly onChange: (kind: RecordKind, outcome: EventType, records: number) => void;
  /** Signs the lists anew and wakes those who wait for receipts. */
  readonly changed: () => Promise<void>;
  /** Sees to it that a provider hears of the restrictions that were made before it joined. */
  readonly newcomers: Newcomers;
  /** Resolves at the next change of the register, or after that many milliseconds. */
  readonly untilChange: (limit: number, signal: AbortSignal) => Promise<void>;
}

export const CONSENT = Symbol("Consent");
