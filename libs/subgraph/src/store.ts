import { DatabaseSync, type StatementSync } from "node:sqlite";
import { addSets, emptySetDigest, lanesOf, type SetDigest } from "#libs/access-log";
import { type AgreementId, type PartyId, type SubjectRef, WeftError } from "#libs/terms";

/**
 * What one ministry's adapter must still know after a restart: which fetches were answered, whom an officer asked about today,
 * how often a consent was used, and the highest versions it has seen. Sealed references and counts; no value, no name.
 *
 * Each write is on the disk before its promise resolves. Writes that arrive together share one commit, so that one flush serves
 * them all. One process owns the file: a second one cannot open it.
 */
const schema = `
  CREATE TABLE IF NOT EXISTS answered (jti TEXT, fetch INTEGER, expires INTEGER NOT NULL, PRIMARY KEY (jti, fetch)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS answered_expires ON answered (expires);
  CREATE TABLE IF NOT EXISTS asked (day TEXT, agreement TEXT, officer TEXT, ref TEXT,
    PRIMARY KEY (day, agreement, officer, ref)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS consent_use (receipt TEXT, request TEXT, at INTEGER, expires INTEGER NOT NULL,
    PRIMARY KEY (receipt, request, at)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS taken (day TEXT PRIMARY KEY, count INTEGER NOT NULL, sum BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS mark (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
`;

/**
 * Seconds for which further fetches and waves of a request are one use of a consent. It is the gateway that says which request a
 * fetch belongs to: without an end, an old request's name would make every later use a part of that one.
 */
const ONE_USE = 120;

const statements = {
  claim: "INSERT OR IGNORE INTO answered (jti, fetch, expires) VALUES (?, ?, ?)",
  isTaken: "SELECT 1 AS n FROM answered WHERE jti = ?",
  taken: "SELECT count, sum FROM taken WHERE day = ?",
  setTaken: `INSERT INTO taken (day, count, sum) VALUES (?, ?, ?)
    ON CONFLICT (day) DO UPDATE SET count = excluded.count, sum = excluded.sum`,
  pruneTaken: "DELETE FROM taken WHERE day < ?",
  ask: "INSERT OR IGNORE INTO asked (day, agreement, officer, ref) VALUES (?, ?, ?, ?)",
  countAsked: "SELECT count(*) AS n FROM asked WHERE day = ? AND agreement = ? AND officer = ?",
  use: `INSERT OR IGNORE INTO consent_use (receipt, request, at, expires) SELECT ?1, ?2, ?3, ?4
    WHERE NOT EXISTS (SELECT 1 FROM consent_use WHERE receipt = ?1 AND request = ?2 AND at > ?3 - ${ONE_USE})`,
  countUses: `SELECT count(*) AS n FROM consent_use
    WHERE receipt = ?1 AND at >= ?2 AND (request <> ?3 OR at <= ?4 - ${ONE_USE})`,
  mark: "SELECT value FROM mark WHERE name = ?",
  setMark: "INSERT INTO mark (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
  pruneAnswered: "DELETE FROM answered WHERE expires < ?",
  pruneAsked: "DELETE FROM asked WHERE day < ?",
  pruneUses: "DELETE FROM consent_use WHERE expires < ?",
} as const;

/** Seconds that a record is remembered beyond its end: no clock is that far off before the adapter says it is not ready. */
const REMEMBER = 600;
const DAY = 86_400_000;
/** Days; long after each was told to the log. */
const KEEP_TAKEN = 100;

/** A record as the log's tree holds it, and when it was issued, in seconds. */
export interface TakenRecord {
  readonly entry: Uint8Array;
  readonly iat: number;
}

export interface OfficerDay {
  readonly agreement: AgreementId;
  readonly officer: PartyId;
  /** The UTC day counts. */
  readonly now: Date;
}

export interface ConsentUse {
  /** The receipt's jti. */
  readonly receipt: string;
  /** The access's first record: further fetches and waves of one request are one use, for a while. */
  readonly request: string;
  /** When the receipt itself ends, in seconds. */
  readonly expires: number;
}

interface Write {
  readonly run: () => void;
  readonly settle: (error?: unknown) => void;
}

export class AdapterStore {
  readonly #db: DatabaseSync;
  readonly #prepared: Readonly<Record<keyof typeof statements, StatementSync>>;
  #waiting: Write[] = [];

  /** `:memory:` is for tests. Throws CONFIG_INVALID where the file cannot be owned. */
  constructor(file: string) {
    this.#db = openDatabase(file);
    const names = Object.keys(statements) as (keyof typeof statements)[];
    const prepared = names.map((name) => [name, this.#db.prepare(statements[name])] as const);
    this.#prepared = Object.fromEntries(prepared) as Record<keyof typeof statements, StatementSync>;
  }

  /**
   * False where this fetch of this record was claimed before. `expires` is the record's end, in seconds. With its first fetch a record is
   * added to the set of those that were taken on its day.
   */
  async claim(jti: string, fetch: number, expires: number, record?: TakenRecord): Promise<boolean> {
    return this.#write(() => {
      const isFirst = record !== undefined && this.#prepared.isTaken.get(jti) === undefined;
      const claimed = this.#prepared.claim.run(jti, fetch, expires).changes === 1;
      if (claimed && isFirst) this.#take(record);
      return claimed;
    });
  }

  #take({ entry, iat }: TakenRecord): void {
    const day = dayOf(new Date(iat * 1000));
    const { count, sum } = this.taken(day);
    this.#prepared.setTaken.run(day, count + 1, addSets(sum, lanesOf(entry)));
  }

  /** The records of a UTC day, by their `iat`: how many, and the digest of their set. */
  taken(day: string): { readonly count: number; readonly sum: SetDigest } {
    const row = this.#prepared.taken.get(day) as { count: number; sum: Uint8Array } | undefined;
    return row ? { count: row.count, sum: Buffer.from(row.sum) } : { count: 0, sum: emptySetDigest() };
  }

  /** Counts distinct persons. False, and nothing counted, where they would exceed the limit. */
  async countPersons(who: OfficerDay, refs: Iterable<SubjectRef>, limit: number): Promise<boolean> {
    const { agreement, officer } = who;
    const day = dayOf(who.now);
    return this.#write(() => {
      this.#db.exec("SAVEPOINT persons");
      for (const ref of refs) this.#prepared.ask.run(day, agreement, officer, ref);
      const within = countOf(this.#prepared.countAsked.get(day, agreement, officer)) <= limit;
      this.#db.exec(within ? "RELEASE persons" : "ROLLBACK TO persons; RELEASE persons");
      return within;
    });
  }

  async countUses(uses: readonly ConsentUse[], now: Date): Promise<void> {
    const at = Math.floor(now.getTime() / 1000);
    await this.#write(() => {
      for (const { receipt, request, expires } of uses) this.#prepared.use.run(receipt, request, at, expires);
    });
  }

  /** Uses of a receipt since then (seconds) by other requests than this one. */
  usesOf(receipt: string, since: number, request: string, now: Date): number {
    const at = Math.floor(now.getTime() / 1000);
    return countOf(this.#prepared.countUses.get(receipt, Math.floor(since), request, at));
  }

  findMark(name: string): string | undefined {
    return this.#prepared.mark.get(name)?.["value"] as string | undefined;
  }

  async setMark(name: string, value: string): Promise<void> {
    await this.#write(() => this.#prepared.setMark.run(name, value));
  }

  /** Raises a high-water mark. Throws NOT_READY where the value is below the highest seen. */
  async raiseMark(name: string, value: number): Promise<void> {
    await this.#write(() => {
      const highest = Number(this.findMark(name) ?? value);
      if (value < highest) {
        throw new WeftError("NOT_READY", { detail: `${name} is ${value}, but ${highest} was seen before` });
      }
      if (value > highest || this.findMark(name) === undefined) this.#prepared.setMark.run(name, String(value));
    });
  }

  /** Forgets what can no longer be asked. Cheap; run it each minute. */
  async prune(now: Date): Promise<void> {
    const seconds = Math.floor(now.getTime() / 1000);
    await this.#write(() => {
      this.#prepared.pruneAnswered.run(seconds - REMEMBER);
      this.#prepared.pruneAsked.run(dayOf(new Date(now.getTime() - DAY)));
      this.#prepared.pruneUses.run(seconds);
      this.#prepared.pruneTaken.run(dayOf(new Date(now.getTime() - KEEP_TAKEN * DAY)));
    });
  }

  close(): void {
    this.#commit();
    this.#db.close();
  }

  /** A write that throws fails alone; a commit that fails, fails all that shared it. */
  #write<T>(run: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      let outcome: { readonly value: T } | { readonly error: unknown } | undefined;
      const write: Write = {
        run() {
          try {
            outcome = { value: run() };
          } catch (error) {
            outcome = { error };
          }
        },
        settle(failure) {
          if (failure !== undefined || !outcome) reject(unusable(failure));
          else if ("value" in outcome) resolve(outcome.value);
          else reject(outcome.error instanceof WeftError ? outcome.error : unusable(outcome.error));
        },
      };
      if (this.#waiting.push(write) === 1) setImmediate(() => this.#commit());
    });
  }

  #commit(): void {
    const writes = this.#waiting;
    if (writes.length === 0) return;
    this.#waiting = [];
    let failure: unknown;
    try {
      this.#db.exec("BEGIN IMMEDIATE");
      for (const { run } of writes) run();
      this.#db.exec("COMMIT");
    } catch (error) {
      failure = error;
      if (this.#db.isOpen && this.#db.isTransaction) this.#db.exec("ROLLBACK");
    }
    for (const { settle } of writes) settle(failure);
  }
}

/** synchronous=FULL: an answered fetch must stay answered through a power cut, or its record could be used again. */
function openDatabase(file: string): DatabaseSync {
  try {
    const db = new DatabaseSync(file, { timeout: 500 });
    db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    db.exec(schema);
    return db;
  } catch (cause) {
    throw new WeftError("CONFIG_INVALID", { detail: "the adapter's store cannot be opened or is in use", cause });
  }
}

function countOf(row: Record<string, unknown> | undefined): number {
  return Number(row?.["n"] ?? 0);
}

function dayOf(now: Date): string {
  return now.toISOString().slice(0, 10);
}

function unusable(cause: unknown): WeftError {
  return new WeftError("NOT_READY", { detail: "the adapter's store does not take writes", cause });
}
