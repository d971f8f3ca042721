import type pg from "pg";
import { WeftError } from "#libs/terms";
import type { ChainEntry, RegisterHead } from "../chain.js";
import { type ConsentRecord, damaged, parseRecord } from "../record.js";
import type { ConsentStorage, FeedPage } from "../storage.js";
import type { ConsentCounting } from "../counts.js";
import { countingIn } from "./counts.js";
import { migrate } from "./migrate.js";
import { openPool } from "./pool.js";
import { type UsedOnce, usedOnceIn } from "./used-once.js";
import { writeChanges } from "./write.js";

/** Rows of one step when the whole register is walked. */
const STEP = 2_000;

export type PostgresConsents = ConsentStorage & { readonly counting: ConsentCounting; readonly once: UsedOnce };

/** Applies migrations, then works as the role that may add and nothing else. */
export async function openPostgresConsents(url: string): Promise<PostgresConsents> {
  const owner = openPool(url, undefined, 1);
  try {
    await migrate(owner);
    await assertDurable(owner);
  } finally {
    await owner.end();
  }
  const pool = openPool(url, "weft_consent_write", 8);
  const records = (text: string, values: unknown[]) => readRecords(pool, text, values);
  return {
    counting: countingIn(pool),
    once: usedOnceIn(pool),
    head: () => readHead(pool),
    write: (changes, issue, events) => writeChanges(pool, { changes, events: events ?? [] }, issue),
    find: async (id) => (await records(NEWEST, [id]))[0],
    history: (id) => records("select body from record_version where record_id = $1 order by version", [id]),
    open: (principals, guardians) => records(OPEN, [principals, guardians ?? null]),
    overdue: (now, limit) => records(OVERDUE, [now, limit]),
    unknownTo: (provider, now, limit) => records(UNKNOWN_TO, [provider, now, limit]),
    madeBy: async (organisation, officer, since) =>
      Number((await pool.query<{ n: string }>(MADE_BY, [`${organisation} ${officer}`, since])).rows[0]?.n ?? 0),
    feed: (provider, after, limit) => readFeed(pool, provider, after, limit),
    ended: async (list) => (await pool.query<{ idx: number }>(ENDED, [list])).rows.map(({ idx }) => idx),
    lists: async () =>
      (await pool.query<{ list: number }>("select distinct list from place order by list")).rows.map(
        ({ list }) => list,
      ),
    entries: () => readEntries(pool),
    undead: async () => Number((await pool.query<{ n: string }>(UNDEAD)).rows[0]?.n ?? 0),
    close: () => pool.end(),
  };
}

const NEWEST = "select body from record_version where record_id = $1 order by version desc limit 1";
const OPEN = `select v.body from record r join record_version v using (record_id, version)
  where not r.ended and r.principal = any($1) and ($2::text[] is null or r.guardian = any($2)) order by v.entry`;
const OVERDUE = `select v.body from record r join record_version v using (record_id, version)
  where not r.ended and r.until <= $1 order by r.until limit $2`;
const UNKNOWN_TO = `select v.body from record r join record_version v using (record_id, version)
  where r.everywhere and not r.ended and r.until > $2
    and not exists (select from receipt where receipt.record_id = r.record_id and receipt.provider = $1)
  order by v.entry limit $3`;
const MADE_BY = "select count(*) as n from record where taken_by = $1 and taken_at > $2";
const ENDED = "select idx from place where list = $1 and ended";
const UNDEAD = `select count(*) as n from receipt join place using (list, idx) join record using (record_id)
  join record_version v on v.record_id = record.record_id and v.version = record.version
  where not place.ended and v.body::json -> 'event' ->> 'event_type' in ('withdrawn', 'voided')`;

/** A server that does not write through, or that is a standby, cannot hold what people agreed to. */
async function assertDurable(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ fsync: string; standby: boolean }>(
    "select current_setting('fsync') as fsync, pg_is_in_recovery() as standby",
  );
  if (rows[0]?.fsync !== "on" || rows[0].standby)
    throw new WeftError("CONFIG_INVALID", { message: "The register needs a primary PostgreSQL with fsync on." });
}

async function readHead(pool: pg.Pool): Promise<RegisterHead> {
  const { rows } = await pool.query<{ size: string; chain: RegisterHead["chain"] }>(
    "select size, chain from register_head",
  );
  const [head] = rows;
  if (!head) throw damaged("there is no head");
  return { size: Number(head.size), chain: head.chain };
}

async function readRecords(pool: pg.Pool, text: string, values: unknown[]): Promise<ConsentRecord[]> {
  const { rows } = await pool.query<{ body: string }>(text, values);
  return rows.map(({ body }) => parseRecord(body));
}

async function readFeed(pool: pg.Pool, provider: string, after: number, limit: number): Promise<FeedPage> {
  const { rows } = await pool.query<{ position: string; jwt: string }>(
    "select position, jwt from receipt where provider = $1 and position > $2 order by position limit $3",
    [provider, after, limit],
  );
  const total = await pool.query<{ total: string }>(
    "select coalesce(max(position), 0) as total from receipt where provider = $1",
    [provider],
  );
  return {
    receipts: rows.map(({ jwt }) => jwt),
    cursor: Number(rows.at(-1)?.position ?? after),
    total: Number(total.rows[0]?.total ?? 0),
  };
}

const ENTRIES = `select v.entry, v.body,
    (select json_agg(jwt order by provider) from receipt where receipt.entry = v.entry) as receipts
  from record_version v where v.entry > $1 order by v.entry limit ${STEP}`;

async function* readEntries(pool: pg.Pool): AsyncGenerator<ChainEntry> {
  for (let after = 0; ;) {
    const { rows } = await pool.query<{ entry: string; body: string; receipts: string[] | null }>(ENTRIES, [after]);
    for (const { body, receipts } of rows) yield { record: parseRecord(body), receipts: receipts ?? [] };
    if (rows.length < STEP) return;
    after = Number(rows.at(-1)?.entry);
  }
}
