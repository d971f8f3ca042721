import { Kysely, PostgresDialect, sql } from "kysely";
import type pg from "pg";
import { type B64u, fromB64u, sha256, WeftError } from "#libs/terms";
import { INTERRUPTED_AFTER } from "../interrupted.js";
import type { AppendResult, Batch, Entry, LogHead, LogStorage, RecordStorage, Unanswered } from "../storage.js";
import { REQUEST_KEY_LIFE } from "../storage.js";
import { bigintArray, byteaArray, smallintArray, textArray } from "./arrays.js";
import type { ErasurePart } from "../record-parts.js";
import { readEntries } from "./entries.js";
import { noteRecorded, readUnrecorded } from "./erasure.js";
import { type Line, openLine } from "./line.js";
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
const HASH_LENGTH = 32;

/** Applies migrations, then works as the roles that each task needs. */
export async function openPostgresLog(url: string): Promise<PostgresLog> {
  const owner = openPool(url, { max: 1 });
  try {
    await migrate(owner);
    await assertDurable(owner);
  } finally {
    await owner.end();
  }
  const asAppend = { role: "weft_log_append", statementTimeout: STATEMENT_TIMEOUT };
  const appendPool = openPool(url, { ...asAppend, max: 3 });
  const searchPool = openPool(url, { role: "weft_log_search", max: 4, statementTimeout: STATEMENT_TIMEOUT });
  const append = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: appendPool }) });
  const search = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: searchPool }) });
  const line = await openLine(url, asAppend);
  await openMonths(append);
  return {
    head: () => readHead(append),
    append: (batch) => appendBatch(line, append, batch),
    // Tiles and proofs are public: they must not take the connections of an append.
    hashes: (level, from, to) => readHashes(search, level, from, to),
    record: (index) => findRecord(search, index),
    entries: (from, to) => readEntries(search, from, to),
    claim: (jti) => claimReview(append, jti),
    keep: (notice) => keepSuspension(append, notice),
    all: () => readSuspensions(search),
    unanswered: (which, limit) => readUnanswered(search, which, limit),
    purgeRequestKeys: () => purgeRequestKeys(append),
    unrecordedErasures: () => readUnrecorded(append),
    noteErasure: (run, index) => noteRecorded(append, run, index),
    openMonths: () => openMonths(append),
    close: async () => {
      await Promise.all([line.close(), append.destroy(), search.destroy()]);
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
  if (level === 0) return readLeaves(db, from, to);
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

/** Up to the first that is not there. */
async function readLeaves(db: Kysely<Tables>, from: number, to: number): Promise<Buffer[]> {
  const { rows } = await sql<{ first: string; hashes: Buffer }>`
    select first, hashes from leaf_run
    where first < ${to} and first >= coalesce((select max(first) from leaf_run where first <= ${from}), 0) order by first`.execute(
    db,
  );
  const leaves: Buffer[] = [];
  for (const { first, hashes } of rows) {
    const start = Number(first);
    for (let next = from + leaves.length; next < to && next >= start; next = from + leaves.length) {
      const at = (next - start) * HASH_LENGTH;
      if (at >= hashes.length) break;
      leaves.push(hashes.subarray(at, at + HASH_LENGTH));
    }
  }
  return leaves;
}

/** Every part depends on `moved`, so a head that is not the expected one writes nothing. Times are whole milliseconds, as they are read. */
const APPEND = `
with moved as (
  update log_head set size = $3, root = $4, at = greatest(at, date_trunc('milliseconds', clock_timestamp()))
  where size = $1 and root = $2 returning at
), leaves as (
  insert into leaf_run (first, hashes) select $1, $5::bytea where exists (select from moved)
), hashes as (
  insert into tree_hash (level, index, hash)
  select * from unnest($6::smallint[], $7::bigint[], $8::bytea[]) where exists (select from moved)
), records as (
  insert into record (index, jwt, at)
  select $1 + place - 1, jwt, at from unnest($9::text[]) with ordinality as given (jwt, place), moved
), disclosures as (
  insert into disclosure (index, texts, at)
  select $1 + place - 1, texts, at from unnest($10::text[]) with ordinality as given (texts, place), moved
), keys as (
  insert into request_key (key, until)
  select key, now() + make_interval(secs => $12) from unnest($11::bytea[]) as key where exists (select from moved)
)
select from moved`;

async function appendBatch(line: Line, db: Kysely<Tables>, batch: Batch): Promise<AppendResult> {
  try {
    // The one statement of the hot path: prepared once per connection.
    const { rowCount } = await line.query({ name: "append", text: APPEND, values: valuesOf(batch) });
    return { status: rowCount === 1 ? "appended" : "moved" };
  } catch (error) {
    if ((error as { code?: unknown }).code !== UNIQUE_VIOLATION) throw error;
    const jtis = await findKnown(db, batch.entries);
    if (jtis.size === 0) throw error;
    return { status: "known", jtis };
  }
}

function valuesOf({ from, to, entries, tileHashes }: Batch): unknown[] {
  return [
    from.size,
    from.root,
    to.size,
    to.root,
    Buffer.concat(entries.map(({ leaf }) => leaf)),
    smallintArray(tileHashes.map(({ level }) => level)),
    bigintArray(tileHashes.map(({ index }) => index)),
    byteaArray(tileHashes.map(({ hash }) => hash)),
    textArray(entries.map(({ jwt }) => jwt)),
    textArray(entries.map(({ disclosures }) => disclosures.join("~"))),
    byteaArray(entries.flatMap(keysOf)),
    REQUEST_KEY_LIFE / 1000,
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

/** By the search index, as far as it has followed: whatever was taken until a minute after `exp` must be in it. */
async function readUnanswered(db: Kysely<Tables>, { expiredBefore, seen }: Unanswered, limit: number): Promise<B64u[]> {
  const { rows } = await sql<{ jti: B64u }>`
    select jti from search_record, search_position as position, log_head as head
    where outcome = 'open' and exp < ${expiredBefore} and position.next >= ${seen}
      and (position.next >= head.size or exp + make_interval(secs => ${INTERRUPTED_AFTER / 1000}) <= position.at)
    order by exp limit ${limit}`.execute(db);
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
