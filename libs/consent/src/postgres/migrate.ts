import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Pool } from "pg";
import { emptyAsking } from "../asking/event.js";
import { emptyRegister } from "../chain.js";

const migrations = [
  "001-register",
  "002-role",
  "003-asking",
  "004-answers",
  "005-everywhere",
  "006-counts",
  "007-used-once",
] as const;

/** Any two starting registers wait for each other here. */
const LOCK = 0x77656663;

/** Applies what this database has not seen, in one transaction; all of it or nothing. */
export async function migrate(pool: Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("begin");
    await client.query("select pg_advisory_xact_lock($1)", [LOCK]);
    await client.query(
      "create table if not exists consent_migration (name text primary key, at timestamptz default now())",
    );
    const applied = await client.query<{ name: string }>("select name from consent_migration");
    const known = new Set(applied.rows.map(({ name }) => name));
    for (const name of migrations.filter((candidate) => !known.has(candidate))) {
      await client.query(readMigration(name));
      await client.query("insert into consent_migration (name) values ($1)", [name]);
    }
    await client.query("insert into register_head (size, chain) values (0, $1) on conflict do nothing", [
      emptyRegister.chain,
    ]);
    await client.query("insert into asking_head (size, chain) values (0, $1) on conflict do nothing", [
      emptyAsking.chain,
    ]);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

/** The compiler copies no .sql files: a built register reads them where the source has them, beside this file or under `libs`. */
function readMigration(name: string): string {
  const beside = fileURLToPath(new URL(`${name}.sql`, import.meta.url));
  const inSource = beside.replace(/([/\\])dist\1libs\1/, "$1libs$1");
  return readFileSync(existsSync(beside) ? beside : inSource, "utf8");
}
