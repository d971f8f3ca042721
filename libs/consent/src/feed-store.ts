import { DatabaseSync } from "node:sqlite";
import { WeftError } from "#libs/terms";

/** Receipts as the register signed them, in their order. They are verified again at each start. */
export interface FeedStore {
  receipts(): Iterable<string>;
  /** Those after the first `position` ones; on the disk when it returns. */
  add(position: number, receipts: readonly string[]): void;
  close(): void;
}

/** A file of the adapter's own; `:memory:` is for tests. One process owns it. Throws CONFIG_INVALID where it cannot be owned. */
export function openFeedStore(file: string): FeedStore {
  const db = openDatabase(file);
  const insert = db.prepare("INSERT INTO receipt (position, jwt) VALUES (?, ?)");
  const count = Number(db.prepare("SELECT count(*) AS n, max(position) AS last FROM receipt").get()?.["n"] ?? 0);
  const last = Number(db.prepare("SELECT max(position) AS last FROM receipt").get()?.["last"] ?? 0);
  if (count !== last) throw new WeftError("CONFIG_INVALID", { detail: "the kept receipts have a gap" });
  return {
    *receipts() {
      for (const row of db.prepare("SELECT jwt FROM receipt ORDER BY position").iterate()) yield row["jwt"] as string;
    },
    add(position, receipts) {
      if (receipts.length === 0) return;
      db.exec("BEGIN IMMEDIATE");
      try {
        for (const [at, jwt] of receipts.entries()) insert.run(position + at + 1, jwt);
        db.exec("COMMIT");
      } catch (cause) {
        db.exec("ROLLBACK");
        throw new WeftError("NOT_READY", { detail: "the kept receipts cannot be written", cause });
      }
    },
    close: () => db.close(),
  };
}

function openDatabase(file: string): DatabaseSync {
  try {
    const db = new DatabaseSync(file, { timeout: 500 });
    db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    db.exec("CREATE TABLE IF NOT EXISTS receipt (position INTEGER PRIMARY KEY, jwt TEXT NOT NULL)");
    return db;
  } catch (cause) {
    throw new WeftError("CONFIG_INVALID", { detail: "the kept receipts cannot be opened or are in use", cause });
  }
}
