import type { B64u, Digest } from "#libs/terms";
import { emptyRoot, type Hash, type Subtree } from "./tree.js";
import { entryOf } from "./record.js";
import type { RecordKind } from "./record-parts.js";
import type { SuspensionNotice, SuspensionStorage } from "./suspension.js";
import type { ReadHashes } from "./tile.js";

/** What a log keeps, as small as the sequencer and the readers need it. One log, one storage. */
export interface LogStorage {
  head(): Promise<LogHead>;
  /**
   * One transaction, durable on the primary when it resolves: the head moves from `from` to `to`, or nothing happens. Rejects
   * where the storage does not answer; then the caller cannot know whether it happened, and reads the head again. Those of one caller
   * are carried out in the order in which they were given, also where it did not wait for the one before.
   */
  append(batch: Batch): Promise<AppendResult>;
  readonly hashes: ReadHashes;
}

/** The private side: what the tree's 32 bytes stand for. */
export interface RecordStorage {
  record(index: number): Promise<StoredRecord | undefined>;
  /** What the leaves `from` (inclusive) to `to` (exclusive) were made of: 32 bytes each, see `entryOf`. */
  entries(from: number, to: number): Promise<readonly Hash[]>;
  /** True the first time that a review's record is answered, also after a restart and beside another process. */
  claim(jti: B64u): Promise<boolean>;
  /** First intents whose `exp` lies before this time, and of which no outcome had come until now, or until the search index shows. */
  unanswered(which: Unanswered, limit: number): Promise<readonly B64u[]>;
}

export interface Unanswered {
  readonly expiredBefore: Date;
  /** None before all records below this index can be told: what the log wrote of earlier ones is among them. */
  readonly seen: number;
}

export interface LogHead {
  readonly size: number;
  readonly root: Hash;
}

export interface Batch {
  readonly from: LogHead;
  readonly to: LogHead;
  readonly entries: readonly Entry[];
  /** Newly complete subtrees of 256^level leaves, see `Growth`. */
  readonly tileHashes: readonly (Subtree & { readonly hash: Hash })[];
}

/** A record that was admitted and waits for its index. */
export interface Candidate {
  readonly leaf: Hash;
  readonly jti: B64u;
  readonly kind: RecordKind;
  /** Undefined: the log itself. */
  readonly iss: string | undefined;
  readonly parent: B64u | undefined;
  readonly exp: Date;
  readonly jwt: string;
  readonly disclosures: readonly string[];
  readonly requestKey: Digest | undefined;
}

export type Entry = Candidate & { readonly index: number };

export type StoredRecord = Pick<Entry, "index" | "jti" | "kind" | "parent" | "jwt"> & {
  /** When the log took it, by the log's clock; never before a record with a smaller index. */
  readonly at: Date;
  /** Undefined once they are erased. */
  readonly disclosures: readonly string[] | undefined;
};

export type AppendResult =
  | { readonly status: "appended" }
  /** Another writer was first: the head is not `from`. */
  | { readonly status: "moved" }
  /** These entries' request key or jti is known; nothing was appended. */
  | { readonly status: "known"; readonly jtis: ReadonlySet<B64u> };

/** Milliseconds for which a request key, and a record, is refused again at least. A record lives half as long. */
export const REQUEST_KEY_LIFE = 10 * 60_000;

/** A log in memory, for tests and trials: nothing in it outlives the process. */
export function memoryStorage(): LogStorage & RecordStorage & SuspensionStorage {
  let head: LogHead = { size: 0, root: emptyRoot };
  const levels: Hash[][] = [];
  const records: (Entry & { readonly at: Date })[] = [];
  const jtis = new Set<B64u>();
  const requestKeys = new Set<Digest>();
  const claimed = new Set<B64u>();
  const suspensions = new Map<number, SuspensionNotice>();
  return {
    keep: async (notice) => void suspensions.set(notice.index, notice),
    all: async () => [...suspensions.values()],
    head: async () => head,
    hashes: async (level, from, to) => (levels[level] ?? []).slice(from, to),
    record: async (index) => records[index],
    entries: async (from, to) => records.slice(from, to).map(({ jwt }) => entryOf(jwt)),
    claim: async (jti) => !claimed.has(jti) && claimed.add(jti) !== undefined,
    unanswered: async ({ expiredBefore }, limit) => {
      const outcomes = records.filter(({ kind }) => kind === "outcome");
      const isConcluded = ({ jti, iss }: Entry): boolean =>
        outcomes.some((outcome) => outcome.parent === jti && (outcome.iss === undefined || outcome.iss === iss));
      return records
        .filter((record) => isFirstIntent(record) && record.exp < expiredBefore && !isConcluded(record))
        .slice(0, limit)
        .map(({ jti }) => jti);
    },
    append: async ({ from, to, entries, tileHashes }) => {
      if (from.size !== head.size || !from.root.equals(head.root)) return { status: "moved" };
      const known = entries.filter(
        ({ jti, requestKey }) => jtis.has(jti) || (requestKey && requestKeys.has(requestKey)),
      );
      if (known.length > 0) return { status: "known", jtis: new Set(known.map(({ jti }) => jti)) };
      const at = new Date();
      for (const entry of entries) {
        records[entry.index] = { ...entry, at };
        (levels[0] ??= [])[entry.index] = entry.leaf;
        jtis.add(entry.jti);
        if (entry.requestKey) requestKeys.add(entry.requestKey);
      }
      for (const { level, index, hash } of tileHashes) (levels[level] ??= [])[index] = hash;
      head = to;
      return { status: "appended" };
    },
  };
}

/** The one record of an access that must be answered by an outcome: by its own writer's, or in the end by the log's. */
export function isFirstIntent({ kind, parent }: Pick<Candidate, "kind" | "parent">): boolean {
  return kind === "intent" && parent === undefined;
}
