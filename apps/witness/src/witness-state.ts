import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { type Checkpoint, type CosignatureDecision } from "#libs/access-log";
import { WeftError } from "#libs/terms";

/** Two trees of one size that the log itself signed: what a court would be shown. */
export interface Fork {
  readonly origin: string;
  readonly size: number;
  /** Notes, as they were signed: what we cosigned, and what we were shown later. */
  readonly held: string;
  readonly shown: string;
}

/**
 * What this witness cosigned last, by log; on the disk before anyone sees a cosignature. One process owns the file. Losing it means that
 * the key must be retired: a witness that has forgotten would cosign a past that it once refused.
 */
const schema = `
  CREATE TABLE IF NOT EXISTS latest (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS fork (origin TEXT, size INTEGER, held TEXT NOT NULL, shown TEXT NOT NULL,
    PRIMARY KEY (origin, size)) WITHOUT ROWID;
`;

const statements = {
  latest: "SELECT size, root, note FROM latest WHERE origin = ?",
  note: `INSERT INTO latest (origin, size, root, note) VALUES (?, ?, ?, ?)
    ON CONFLICT (origin) DO UPDATE SET size = excluded.size, root = excluded.root, note = excluded.note`,
  // The first one of a size is enough; a log that forks without end must not fill the disk.
  fork: `INSERT OR IGNORE INTO fork (origin, size, held, shown) SELECT ?, ?, ?, ?
    WHERE (SELECT count(*) FROM fork) < 1000`,
  forks: "SELECT origin, size, held, shown FROM fork ORDER BY origin, size",
} as const;

export class WitnessState {
  readonly #db: DatabaseSync;
  readonly #prepared: Readonly<Record<keyof typeof statements, StatementSync>>;

  /** `isNew`: the operator says that this key has cosigned nothing yet. Throws CONFIG_INVALID where there is no file and it is not. */
  constructor(folder: string, isNew: boolean) {
    const file = path.join(folder, "witness.db");
    if (!existsSync(file) && !isNew)
      throw new WeftError("CONFIG_INVALID", {
        message:
          "The witness's state is not in WEFT_STATE_DIR. Restore it, or retire this key; WEFT_WITNESS_FIRST=1 is for a key that has cosigned nothing.",
      });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#db = openDatabase(file);
    const names = Object.keys(statements) as (keyof typeof statements)[];
    const prepared = names.map((name) => [name, this.#db.prepare(statements[name])] as const);
    this.#prepared = Object.fromEntries(prepared) as Record<keyof typeof statements, StatementSync>;
  }

  find(origin: string): (Checkpoint & { readonly note: string }) | undefined {
    const row = this.#prepared.latest.get(origin);
    if (!row) return undefined;
    const { size, root, note } = row as { size: number; root: Uint8Array; note: string };
    return { origin, size, root: Buffer.from(root), note };
  }

  /**
   * Decides and notes as one step, with nothing in between. `noteOf` makes the note that is kept, with our cosignature in it; it is in
   * nobody's hands before the commit.
   */
  decide(
    decide: () => CosignatureDecision,
    noteOf: (decision: CosignatureDecision & { status: 200 }) => string,
  ): CosignatureDecision {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      const decision = decide();
      if (decision.status === 200) {
        const { origin, size, root } = decision.checkpoint;
        this.#prepared.note.run(origin, size, root, noteOf(decision));
      }
      this.#db.exec("COMMIT");
      return decision;
    } catch (error) {
      if (this.#db.isOpen && this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  keepFork({ origin, size, held, shown }: Fork): void {
    this.#prepared.fork.run(origin, size, held, shown);
  }

  forks(): readonly Fork[] {
    return this.#prepared.forks.all() as unknown as Fork[];
  }

  close(): void {
    this.#db.close();
  }
}

/** synchronous=FULL: a cosignature that is out must be remembered through a power cut. */
function openDatabase(file: string): DatabaseSync {
  try {
    const db = new DatabaseSync(file, { timeout: 500 });
    db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    db.exec(schema);
    return db;
  } catch (cause) {
    throw new WeftError("CONFIG_INVALID", {
      message: "The witness's state cannot be opened, or another process has it.",
      cause,
    });
  }
}
