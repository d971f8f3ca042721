import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Kysely, PostgresDialect, sql } from "kysely";
import pg from "pg";
import type { UsedOnce } from "../used-once.js";

/** On PostgreSQL the insert decides: of two processes that use the same thing, one finds the row there. */
export interface PostgresUsedOnce extends UsedOnce {
  ping(): Promise<void>;
  close(): Promise<void>;
}

interface Tables {
  used_once: { issuer: string; id: string; until: Date };
}

/** Milliseconds. */
const STATEMENT_TIMEOUT = 2_000;
/** Two starting processes wait for each other here. */
const LOCK = 0x77656673;

export async function openUsedOnce(url: string): Promise<PostgresUsedOnce> {
  const pool = new pg.Pool({
    connectionString: url,
    max: 8,
    // What is used stays used when the server falls over.
    options: "-c synchronous_commit=on",
    connectionTimeoutMillis: STATEMENT_TIMEOUT,
    statement_timeout: STATEMENT_TIMEOUT,
    query_timeout: STATEMENT_TIMEOUT + 250,
    keepAlive: true,
  });
  // An idle connection that breaks is replaced by the next query; without a listener it would end the process.
  pool.on("error", () => undefined);
  // The same for one that breaks between two statements of a transaction, where the pool does not listen: the next statement fails.
  pool.on("connect", (client) => client.on("error", () => undefined));
  const database = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  await createTable(database);
  return {
    async use(issuer, id, until) {
      const { numInsertedOrUpdatedRows: rows } = await database
        .insertInto("used_once")
        .values({ issuer, id, until })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirstOrThrow();
      return rows === 1n;
    },
    async isUsed(issuer, id) {
      const query = database.selectFrom("used_once").select("id").where("issuer", "=", issuer).where("id", "=", id);
      return (await query.executeTakeFirst()) !== undefined;
    },
    async sweep() {
      await database
        .deleteFrom("used_once")
        .where("until", "<", sql<Date>`now()`)
        .execute();
    },
    ping: async () => void (await sql`select 1`.execute(database)),
    close: () => database.destroy(),
  };
}

async function createTable(database: Kysely<Tables>): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(${LOCK})`.execute(transaction);
    await sql.raw(readScript("001-used-once")).execute(transaction);
  });
}

/** The compiler copies no .sql files: built code reads them where the source has them, beside this file or under `apps`. */
function readScript(name: string): string {
  const beside = fileURLToPath(new URL(`${name}.sql`, import.meta.url));
  const inSource = beside.replace(/([/\\])dist\1apps\1/, "$1apps$1");
  return readFileSync(existsSync(beside) ? beside : inSource, "utf8");
}
