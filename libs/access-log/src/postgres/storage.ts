import { Kysely, PostgresDialect, sql } from "kysely";
import type pg from "pg";
import { type B64u, fromB64u, sha256, WeftError } from "#libs/terms";
import type { AppendResult, Batch, Entry, LogHead, LogStorage, RecordStorage } from "../storage.js";
import { isFirstIntent, REQUEST_KEY_LIFE } from "../storage.js";
import { bigintArray, byteaArray, smallintArray, textArray } from "./arrays.js";
import type { ErasurePart } from "../record-parts.js";
import { readEntries } from "./entries.js";
import { noteRecorded, readUnrecorded } from "./erasure.js";
import { migrate } from "./migrate.js";
import { openPool, STATEMENT_TIMEOUT } from "./pool.js";
import { findRecord } from "./records.js";
import type { SuspensionStorage } from "../suspension.js";
import { keepSuspension, readSuspensions } from "./suspensions.js";
import type { Tables } from "./tables.js";

/**
 * The log on PostgreSQL. One statement moves the head and writes all that goes with it, so two writers cannot fork: the second
 * one's condition on the head no longer holds. Committed on the primary, and on its synchronous standby where the server has
 * one, before `append` resolves.
 */
export interface PostgresLog extends LogStorage, RecordStorage, SuspensionStorage {
  /** Forgets request keys whose time is over. */
  purgeRequestKeys(): Promise<void>;
  /** Erasures that are asked for and wait for their record, and that one of them has it. */
  unrecordedErasures(): Promise<readonly ErasurePart[]>;
  noteErasure(run: number, index: number): Promise<void>;
  /** Makes the partitions of this month and the next. */
  openMonths(): Promise<void>;
  close(): Promise<void>;
}

const UNIQUE_VIOLATION = "23505";
const PURGED_AT_ONCE = 10_000;

/** Applies migrations, then works as the roles that each task needs. */
export async function openPostgresLog(url: string): Promise<PostgresLog> {
  const owner = openPool(url, { max: 1 });
  try {
    await migrate(owner);
    await assertDurable(owner);
  } finally {
    await owner.end();
  }
  const appendPool = openPool(url, { role: "weft_log_append", max: 4, statementTimeout: STATEMENT_TIMEOUT });
  const searchPool = openPool(url, { role: "weft_log_search", max: 4, statementTimeout: STATEMENT_TIMEOUT });
  const append = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: appendPool }) });
  const search = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: searchPool }) });
  await openMonths(append);
  return {
    head: () => readHead(append),
    append: (batch) => appendBatch(appendPool, append, batch),
    // Tiles and proofs are public: they must not take the connections of an append.
    hashes: (level, from, to) => readHashes(search, level, from, to),
    record: (index) => findRecord(search, index),
    entries: (from, to) => readEntries(search, from, to),
    claim: (jti) => claimReview(append, jti),
    keep: (notice) => keepSuspension(append, notice),
    all: () => readSuspensions(search),
    unanswered: (expiredBefore, limit) => readUnanswered(append, expiredBefore, limit),
    purgeRequestKeys: () => purgeRequestKeys(append),
    unrecordedErasures: () => readUnrecorded(append),
    noteErasure: (run, index) => noteRecorded(append, run, index),
    openMonths: () => openMonths(append),
    close: async () => {
      await Promise.all([append.destroy(), search.destroy()]);
    },
  };
}

/** A server that does not write through, or that is a standby, cannot hold the log. */
async function assertDurable(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ fsync: string; standby: boolean }>(
    "select current_setting('fsync') as fsync, pg_is_in_recovery() as standby",
  );
  if (rows[0]?.fsync !== "on" || rows[0].standby) {
    throw new WeftError("CONFIG_INVALID", { message: "The log needs a primary PostgreSQL with fsync on." });
  }
}

async function readHead(db: Kysely<Tables>): Promise<LogHead> {
  const { size, root } = await db.selectFrom("log_head").select(["size", "root"]).executeTakeFirstOrThrow();
  return { size: Number(size), root };
}

async function readHashes(db: Kysely<Tables>, level: number, from: number, to: number): Promise<Buffer[]> {
  const rows = await db
    .selectFrom("tree_hash")
    .select("hash")
    .where("level", "=", level)
    .where("index", ">=", from)
    .where("index", "<", to)
    .orderBy("index")
    .execute();
  return rows.map(({ hash }) => hash);
}

/** Every part depends on `moved`, so a head that is not the expected one writes nothing. Times are whole milliseconds, as they are read. */
const APPEND = `
with moved as (
  update log_head set size = $3, root = $4, at = greatest(at, date_trunc('milliseconds', clock_timestamp()))
  where size = $1 and root = $2 returning at
), hashes as (
  insert into tree_hash (level, index, hash)
  select * from unnest($5::smallint[], $6::bigint[], $7::bytea[]) where exists (select from moved)
), records as (
  insert into record (index, jwt, at)
  select index, jwt, at from unnest($8::bigint[], $9::text[]) as given (index, jwt), moved
), disclosures as (
  insert into disclosure (index, texts, at)
  select index, texts, at from unnest($8::bigint[], $10::text[]) as given (index, texts), moved
), keys as (
  insert into request_key (key, until)
  select key, now() + make_interval(secs => $12) from unnest($11::bytea[]) as key where exists (select from moved)
), opened as (
  insert into open_intent (jti, exp, iss)
  select jti, to_timestamp(exp), iss from unnest($13::text[], $14::bigint[], $15::text[]) as given (jti, exp, iss)
  where exists (select from moved)
), concluded as (
  delete from open_intent using unnest($16::text[], $17::text[]) as outcome (parent, iss)
  where jti = parent and (outcome.iss is null or open_intent.iss is null or outcome.iss = open_intent.iss) and exists (select from moved)
)
select from moved`;

async function appendBatch(pool: pg.Pool, db: Kysely<Tables>, batch: Batch): Promise<AppendResult> {
  try {
    // The one statement of the hot path: prepared once per connection.
    const { rowCount } = await pool.query({ name: "append", text: APPEND, values: valuesOf(batch) });
    return { status: rowCount === 1 ? "appended" : "moved" };
  } catch (error) {
    if ((error as { code?: unknown }).code !== UNIQUE_VIOLATION) throw error;
    const jtis = await findKnown(db, batch.entries);
    if (jtis.size === 0) throw error;
    return { status: "known", jtis };
  }
}

function valuesOf({ from, to, entries, tileHashes }: Batch): unknown[] {
  const hashes = [...entries.map(({ index, leaf }) => ({ level: 0, index, hash: leaf })), ...tileHashes];
  const opened = entries.filter(isFirstIntent);
  const outcomes = entries.filter(({ kind }) => kind === "outcome");
  return [
    from.size,
    from.root,
    to.size,
    to.root,
    smallintArray(hashes.map(({ level }) => level)),
    bigintArray(hashes.map(({ index }) => index)),
    byteaArray(hashes.map(({ hash }) => hash)),
    bigintArray(entries.map(({ index }) => index)),
    textArray(entries.map(({ jwt }) => jwt)),
    textArray(entries.map(({ disclosures }) => disclosures.join("~"))),
    byteaArray(entries.flatMap(keysOf)),
    REQUEST_KEY_LIFE / 1000,
    textArray(opened.map(({ jti }) => jti)),
    bigintArray(opened.map(({ exp }) => Math.floor(exp.getTime() / 1000))),
    textArray(opened.map(({ iss }) => iss ?? null)),
    textArray(outcomes.map(({ parent }) => parent ?? null)),
    textArray(outcomes.map(({ iss }) => iss ?? null)),
  ];
}

/** Which entries of a refused batch were refused for being known. */
async function findKnown(db: Kysely<Tables>, entries: readonly Entry[]): Promise<Set<B64u>> {
  const used = await db
    .selectFrom("request_key")
    .select("key")
    .where(sql<boolean>`key = any(${entries.flatMap(keysOf)})`)
    .execute();
  const known = new Set(used.map(({ key }) => key.toString("hex")));
  const isKnown = (entry: Entry): boolean => keysOf(entry).some((key) => known.has(key.toString("hex")));
  return new Set(entries.filter(isKnown).map(({ jti }) => jti));
}

/** By what a record is known again: 16 bytes and, on a first intent, 32. */
function keysOf({ jti, requestKey }: Entry): Buffer[] {
  return [jti, requestKey?.slice("sha-256:".length)].flatMap((text) => (text && fromB64u(text)) || []);
}

/** Beside the request keys, which are kept for longer than any record lives. */
async function claimReview(db: Kysely<Tables>, jti: B64u): Promise<boolean> {
  const key = sha256(`\0review\0${jti}`);
  const { numInsertedOrUpdatedRows: rows } = await db
    .insertInto("request_key")
    .values({ key, until: sql<Date>`now() + make_interval(secs => ${REQUEST_KEY_LIFE / 1000})` })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  return rows === 1n;
}

async function readUnanswered(db: Kysely<Tables>, expiredBefore: Date, limit: number): Promise<B64u[]> {
  const rows = await db
    .selectFrom("open_intent")
    .select("jti")
    .where("exp", "<", expiredBefore)
    .orderBy("exp")
    .limit(limit)
    .execute();
  return rows.map(({ jti }) => jti);
}

/** In portions, each within the time that a statement has. */
async function purgeRequestKeys(db: Kysely<Tables>): Promise<void> {
  for (let purged = PURGED_AT_ONCE; purged >= PURGED_AT_ONCE;) {
    const { numAffectedRows } = await sql`
      delete from request_key where key in (select key from request_key where until < now() limit ${PURGED_AT_ONCE})`.execute(
      db,
    );
    purged = Number(numAffectedRows ?? 0);
  }
}

async function openMonths(db: Kysely<Tables>): Promise<void> {
  await sql`select log_open_month(now()), log_open_month(now() + interval '1 month')`.execute(db);
}
