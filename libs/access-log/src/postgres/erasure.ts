import { setTimeout as sleep } from "node:timers/promises";
import { Kysely, PostgresDialect, sql } from "kysely";
import { type AgreementId, WeftError } from "#libs/terms";
import type { Erasure } from "../erasure.js";
import type { ErasurePart } from "../record-parts.js";
import { openPool } from "./pool.js";
import type { Tables } from "./tables.js";

/**
 * Erases as `weft_log_retention`, which can read no disclosure, search nothing and append nothing: it asks for a run, waits until the log
 * has recorded it, and has the database do it. The database does no run that is not recorded.
 */
export interface Eraser {
  /** Resolves to how many records lost something. RECORD_UNAVAILABLE where the log does not record the run, or its index is behind. */
  erase(erasure: Erasure): Promise<number>;
  close(): Promise<void>;
}

const ERASE_TIMEOUT = 600_000;
const RECORD_WAIT = 15_000;

export function openEraser(url: string, wait = RECORD_WAIT): Eraser {
  const pool = openPool(url, { role: "weft_log_retention", max: 1, statementTimeout: ERASE_TIMEOUT });
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  return {
    erase: async (erasure) => {
      const { size } = await db.selectFrom("log_head").select("size").executeTakeFirstOrThrow();
      await untilTrue(db, indexedTo(size), wait, "The search index is behind; nothing was erased.");
      const records = await countOf(db, erasure);
      if (records === 0) return 0;
      const { before = null, agreement = null } = erasure.class === "retention" ? erasure : {};
      const { rows } = await sql<{ id: string }>`
        insert into erasure_run (class, records, before, agreement)
        values (${erasure.class}, ${records}, ${before}::date, ${agreement}) returning id`.execute(db);
      const run = rows[0]!.id;
      await untilTrue(db, recorded(run), wait, "The log did not record the run; nothing was erased.");
      await untilTrue(db, indexed(run), wait, "The search index is behind; nothing was erased.");
      return carryOut(db, run, erasure);
    },
    close: () => db.destroy(),
  };
}

async function countOf(db: Kysely<Tables>, erasure: Erasure): Promise<number> {
  if (erasure.class === "record") return new Set(erasure.indexes).size;
  const count =
    erasure.class === "person"
      ? sql<{ count: string }>`select log_count_naming(${erasure.subjects}::text[]) as count`
      : erasure.agreement === undefined
        ? sql<{ count: string }>`select log_records_before(${erasure.before}::date) as count`
        : sql<{ count: string }>`select log_count_under(${erasure.agreement}, ${erasure.before}::date) as count`;
  return Number((await explained(() => count.execute(db))).rows[0]!.count);
}

type Condition = ReturnType<typeof sql<{ holds: boolean }>>;

const recorded = (run: string): Condition =>
  sql`select record_index is not null as holds from erasure_run where id = ${run}`;
const indexed = (run: string): Condition =>
  sql`select next > record_index as holds from erasure_run, search_position where id = ${run}`;

const indexedTo = (size: string): Condition => sql`select next >= ${size} as holds from search_position`;

async function untilTrue(db: Kysely<Tables>, condition: Condition, wait: number, otherwise: string): Promise<void> {
  const end = Date.now() + wait;
  while (!(await condition.execute(db)).rows[0]?.holds) {
    if (Date.now() > end) throw new WeftError("RECORD_UNAVAILABLE", { message: otherwise });
    await sleep(200);
  }
}

async function carryOut(db: Kysely<Tables>, run: string, erasure: Erasure): Promise<number> {
  const statements = {
    record: ({ indexes }: Erasure & { class: "record" }) =>
      sql<{ erased: string }>`select log_erase_records(${run}, ${[...new Set(indexes)]}::bigint[]) as erased`,
    person: ({ subjects }: Erasure & { class: "person" }) =>
      sql<{ erased: string }>`select log_erase_person(${run}, ${subjects}::text[]) as erased`,
    retention: ({ before, agreement }: Erasure & { class: "retention" }) =>
      agreement === undefined
        ? sql<{ erased: string }>`select log_erase_before(${run}, ${before}::date) as erased`
        : sql<{ erased: string }>`select log_erase_under(${run}, ${agreement}, ${before}::date) as erased`,
  };
  const statement = statements[erasure.class] as (given: Erasure) => ReturnType<typeof sql<{ erased: string }>>;
  return Number((await explained(() => statement(erasure).execute(db))).rows[0]!.erased);
}

const NOT_NOW = "55000";

/** What the database refuses, as what it means to the operator. Its own text may name what was sent. */
async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if ((error as { code?: unknown }).code !== NOT_NOW) throw error;
    const message =
      "It cannot be erased now: more records are concerned than the run says, one tells of the log's own use, or the month is not over.";
    throw new WeftError("RECORD_UNAVAILABLE", { message, cause: error });
  }
}

interface AskedRun extends Omit<ErasurePart, "before" | "agreement" | "run" | "records"> {
  readonly run: string;
  readonly records: string;
  readonly before: string | null;
  readonly agreement: AgreementId | null;
}

/** Runs that are asked for and not recorded yet; the log's own part. */
export async function readUnrecorded(db: Kysely<Tables>): Promise<ErasurePart[]> {
  const { rows } = await sql<AskedRun>`
    select id as run, class, records, before::text, agreement from erasure_run where record_index is null order by id limit 100`.execute(
    db,
  );
  return rows.map(({ run, records, before, agreement, class: kind }) => ({
    run: Number(run),
    class: kind,
    records: Number(records),
    ...(before !== null && { before }),
    ...(agreement !== null && { agreement }),
  }));
}

export async function noteRecorded(db: Kysely<Tables>, run: number, index: number): Promise<void> {
  await sql`update erasure_run set record_index = ${index} where id = ${run} and record_index is null`.execute(db);
}
