import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Pool } from "pg";

const migrations = [
  "001-log",
  "002-roles",
  "003-conclusions",
  "004-months",
  "005-search",
  "006-erasure",
  "007-days",
  "008-runs",
  "009-narrow",
  "010-duties",
  "020-suspension",
] as const;

/** Any two starting logs wait for each other here. */
const LOCK = 0x77656674;

/** Applies what this database has not seen, in one transaction; all of it or nothing. */
export async function migrate(pool: Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("begin");
    await client.query("select pg_advisory_xact_lock($1)", [LOCK]);
    await client.query(
      "create table if not exists log_migration (name text primary key, at timestamptz default now())",
    );
    const applied = await client.query<{ name: string }>("select name from log_migration");
    const known = new Set(applied.rows.map(({ name }) => name));
    for (const name of migrations.filter((candidate) => !known.has(candidate))) {
      await client.query(readMigration(name));
      await client.query("insert into log_migration (name) values ($1)", [name]);
    }
    await client.query("commit");
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

/** The compiler copies no .sql files: a built log reads them where the source has them, beside this file or under `libs`. */
function readMigration(name: string): string {
  const beside = fileURLToPath(new URL(`${name}.sql`, import.meta.url));
  const inSource = beside.replace(/([/\\])dist\1libs\1/, "$1libs$1");
  return readFileSync(existsSync(beside) ? beside : inSource, "utf8");
}
