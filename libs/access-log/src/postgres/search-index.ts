import { type Kysely, PostgresDialect, sql, type Transaction, Kysely as Database } from "kysely";
import { bareEntry, type KeptRecord, readEntry, type SearchEntry } from "../search/entry.js";
import { concludes, type Indexed } from "../search/matches.js";
import type { SearchStatus } from "../search/search.js";
import { bigintArray, byteaArray, textArray } from "./arrays.js";
import { openPool } from "./pool.js";
import { readRecords } from "./records.js";
import { countDay, uncountDays } from "./search-days.js";
import { aliasesOf, conclusionOf, personsOf, type PersonRow, rowOf, type SearchRow } from "./search-rows.js";
import type { Tables } from "./tables.js";

/** Follows the log: reads what was appended since, and writes what it is found by. Whatever it wrote can be made again. */
export interface SearchIndexer {
  /** One portion, in one transaction; resolves to how many records it was. Several may run: they take turns. */
  step(): Promise<number>;
  /** Counts one day that is over; false where none is left to count. */
  countDay(): Promise<boolean>;
  status(): Promise<SearchStatus>;
  close(): Promise<void>;
}

export interface IndexerOptions {
  readonly atOnce?: number;
  /** A record that cannot be read is searched by its kind and time alone. */
  readonly onUnreadable?: (index: number, error: unknown) => void;
}

const AT_ONCE = 2_000;
const CHUNK = 250;
/** An erasure and the index never write at the same time: nothing is indexed from disclosures that are being erased. */
export const SEARCH_LOCK = 0x77656675;
/** Nearly every outcome follows within minutes: one day is looked through before all the years are. */
const NEAR = 24 * 3_600_000;

/** A first record, as far as those that follow it need it. */
type First = Pick<SearchEntry, "index" | "at" | "kind" | "iss" | "parent"> & { isConcluded: boolean };

export function openIndexer(url: string, { atOnce = AT_ONCE, onUnreadable }: IndexerOptions = {}): SearchIndexer {
  const pool = openPool(url, { role: "weft_log_index", max: 2, statementTimeout: 60_000, isDurable: false });
  const db = new Database<Tables>({ dialect: new PostgresDialect({ pool }) });
  const read = (record: KeptRecord): SearchEntry => {
    try {
      return readEntry(record);
    } catch (error) {
      onUnreadable?.(record.index, error);
      return bareEntry(record);
    }
  };
  const inTurn = <T>(work: (tx: Transaction<Tables>) => Promise<T>): Promise<T> =>
    db.transaction().execute(async (tx) => {
      await sql`select pg_advisory_xact_lock(${SEARCH_LOCK})`.execute(tx);
      return work(tx);
    });
  return {
    step: () =>
      inTurn(async (tx) => {
        const again = await readAgain(tx, read);
        return again > 0 ? again : indexNext(tx, read, atOnce);
      }),
    countDay: () => inTurn(countDay),
    status: () => readStatus(db),
    close: () => db.destroy(),
  };
}

type Read = (record: KeptRecord) => SearchEntry;

async function indexNext(tx: Transaction<Tables>, read: Read, atOnce: number): Promise<number> {
  const { next, at } = await tx.selectFrom("search_position").select(["next", "at"]).executeTakeFirstOrThrow();
  const from = Number(next);
  const records = await readRecords(tx, { from, to: from + atOnce, takenSince: at });
  const last = records.at(-1);
  if (!last) return 0;
  if (last.index !== from + records.length - 1) throw new Error("the log's records have a gap");
  let writing = Promise.resolve();
  for (let n = 0; n < records.length; n += CHUNK) {
    // While the database writes one chunk, the next is taken apart.
    const entries = await readAll(records.slice(n, n + CHUNK), read);
    await writing;
    writing = writeEntries(tx, entries);
    // It is awaited in the next round, or after the last.
    writing.catch(() => undefined);
  }
  await writing;
  await tx
    .updateTable("search_position")
    .set({ next: last.index + 1, at: last.at })
    .execute();
  return records.length;
}

async function writeEntries(tx: Transaction<Tables>, entries: readonly SearchEntry[]): Promise<void> {
  const { indexed, concluded } = await connect(tx, entries);
  await writeRows(tx, indexed.map(rowOf));
  await concludeRows(tx, concluded);
  await writePersons(tx, [
    ...indexed.flatMap(({ entry, conclusion }) => [
      ...personsOf(entry),
      ...(conclusion ? aliasesOf(entry, conclusion) : []),
      ...(entry.kind === "outcome" ? aliasesOf(entry, entry) : []),
    ]),
    ...concluded.flatMap(({ first, outcome }) => aliasesOf(first, outcome)),
  ]);
}

/** A few at a time: in between, whoever else lives in this process has a turn. */
async function readAll(records: readonly KeptRecord[], read: Read): Promise<SearchEntry[]> {
  const entries: SearchEntry[] = [];
  for (const [n, record] of records.entries()) {
    if (n % 32 === 31) await new Promise(setImmediate);
    entries.push(read(record));
  }
  return entries;
}

interface Connected {
  readonly indexed: readonly Indexed[];
  /** Of records that were indexed before. */
  readonly concluded: readonly { readonly first: First; readonly outcome: SearchEntry }[];
}

/** The same that the memory's index does with all records at once. */
async function connect(tx: Transaction<Tables>, entries: readonly SearchEntry[]): Promise<Connected> {
  const firsts = await findFirsts(tx, entries);
  const indexed: { entry: SearchEntry; access: number | undefined; conclusion: SearchEntry | undefined }[] = [];
  const here = new Map<number, (typeof indexed)[number]>();
  const concluded: { first: First; outcome: SearchEntry }[] = [];
  for (const entry of entries) {
    const first = entry.parent === undefined ? undefined : firsts.get(entry.parent);
    if (first && !first.isConcluded && concludes(entry, first)) {
      first.isConcluded = true;
      const own = here.get(first.index);
      if (own) own.conclusion = entry;
      else concluded.push({ first, outcome: entry });
    } else {
      const access = entry.parent === undefined ? entry.index : first?.index;
      const one = { entry, access, conclusion: undefined };
      indexed.push(one);
      here.set(entry.index, one);
    }
    firsts.set(entry.jti, { ...entry, isConcluded: false });
  }
  return { indexed, concluded };
}

/** Those that were indexed before, by jti; of two with one jti the newer. */
async function findFirsts(tx: Transaction<Tables>, entries: readonly SearchEntry[]): Promise<Map<string, First>> {
  const jtis = new Set(entries.map(({ jti }) => jti));
  const wanted = [...new Set(entries.flatMap(({ parent }) => parent ?? []))].filter((jti) => !jtis.has(jti));
  const near = new Date(entries[0]!.at.getTime() - NEAR);
  const found = await readFirsts(tx, wanted, near);
  const missing = wanted.filter((jti) => !found.has(jti));
  return new Map([...found, ...(await readFirsts(tx, missing))]);
}

async function readFirsts(tx: Transaction<Tables>, jtis: readonly string[], since?: Date): Promise<Map<string, First>> {
  if (jtis.length === 0) return new Map();
  let query = tx
    .selectFrom("search_record")
    .select(["index", "at", "kind", "iss", "jti", "parent", "concluded_by"])
    .where(sql<boolean>`jti = any(${jtis})`)
    .orderBy("index");
  if (since) query = query.where("at", ">=", since);
  const rows = await query.execute();
  return new Map(
    rows.map(({ jti, concluded_by: by, parent, ...row }) => [
      jti,
      { ...row, index: Number(row.index), parent: parent ?? undefined, isConcluded: by !== null },
    ]),
  );
}

/** What an erasure left of these records. */
async function readAgain(tx: Transaction<Tables>, read: Read): Promise<number> {
  const stale = await tx.selectFrom("search_stale").selectAll().orderBy("index").limit(AT_ONCE).execute();
  for (const { index, concluded_by: by } of stale) {
    const [record] = await readRecords(tx, { from: Number(index), to: Number(index) + 1 });
    const [outcome] = by === null ? [] : await readRecords(tx, { from: Number(by), to: Number(by) + 1 });
    if (!record) continue;
    const entry = read(record);
    const conclusion = outcome && read(outcome);
    const first = entry.parent === undefined ? undefined : (await readFirsts(tx, [entry.parent])).get(entry.parent);
    await writeRows(tx, [
      rowOf({ entry, access: entry.parent === undefined ? entry.index : first?.index, conclusion }),
    ]);
    const teller = entry.kind === "outcome" ? entry : conclusion;
    await writePersons(tx, [...personsOf(entry), ...(teller ? aliasesOf(entry, teller) : [])]);
  }
  const done = stale.map(({ index }) => index);
  await tx
    .deleteFrom("search_stale")
    .where(sql<boolean>`index = any(${done})`)
    .execute();
  return stale.length;
}

const SEPARATOR = "\x1f";

async function writeRows(tx: Transaction<Tables>, rows: readonly SearchRow[]): Promise<void> {
  const text = (read: (row: SearchRow) => string | null) => textArray(rows.map(read));
  const index = (read: (row: SearchRow) => number | string | null) =>
    textArray(rows.map((row) => read(row)?.toString() ?? null));
  await sql`
    insert into search_record (index, at, kind, iss, jti, parent, access, concluded_by, outcome, consumer, client, officer, purpose, case_id,
      tags, exp)
    select index, to_timestamp(at / 1000.0), kind, iss, jti, parent, access::bigint, by::bigint, outcome, consumer, client, officer, purpose, case_id,
      coalesce(string_to_array(nullif(tags, ''), ${SEPARATOR}), '{}'), to_timestamp(exp::float8)
    from unnest(${bigintArray(rows.map((row) => Number(row.index)))}::bigint[], ${bigintArray(rows.map(({ at }) => at.getTime()))}::bigint[],
      ${text(({ kind }) => kind)}::text[], ${text(({ iss }) => iss)}::text[], ${text(({ jti }) => jti)}::text[],
      ${text(({ parent }) => parent)}::text[], ${index(({ access }) => access)}::text[],
      ${index((row) => row.concluded_by)}::text[], ${text(({ outcome }) => outcome)}::text[],
      ${text(({ consumer }) => consumer)}::text[], ${text(({ client }) => client)}::text[],
      ${text(({ officer }) => officer)}::text[], ${text(({ purpose }) => purpose)}::text[], ${text((row) => row.case_id)}::text[],
      ${text(({ tags }) => tags.join(SEPARATOR))}::text[], ${index(({ exp }) => exp && exp.getTime() / 1000)}::text[])
      as given (index, at, kind, iss, jti, parent, access, by, outcome, consumer, client, officer, purpose, case_id, tags, exp)
  `.execute(tx);
}

async function concludeRows(tx: Transaction<Tables>, concluded: Connected["concluded"]): Promise<void> {
  if (concluded.length === 0) return;
  const told = concluded.map(({ first, outcome }) => ({ first, ...conclusionOf(outcome) }));
  await uncountDays(
    tx,
    told.map(({ first }) => first.at),
  );
  await sql`
    update search_record as found set concluded_by = by, outcome = given.outcome,
      tags = found.tags || array(select unnest(string_to_array(nullif(given.tags, ''), ${SEPARATOR})) except select unnest(found.tags))
    from unnest(${bigintArray(told.map(({ first }) => first.index))}::bigint[], ${bigintArray(told.map(({ first }) => first.at.getTime()))}::bigint[],
      ${bigintArray(told.map((one) => one.concluded_by))}::bigint[], ${textArray(told.map(({ outcome }) => outcome))}::text[],
      ${textArray(told.map(({ tags }) => tags.join(SEPARATOR)))}::text[])
      as given (index, at, by, outcome, tags)
    where found.index = given.index and found.at >= ${earliest(told.map(({ first }) => first.at))}
  `.execute(tx);
}

function earliest(times: readonly Date[]): Date {
  return new Date(times.reduce((least, time) => Math.min(least, time.getTime()), Infinity));
}

async function writePersons(tx: Transaction<Tables>, persons: readonly PersonRow[]): Promise<void> {
  if (persons.length === 0) return;
  await sql`
    insert into search_person (ref, index, at, provider, alias)
    select ref, index, to_timestamp(at / 1000.0), provider, alias::boolean
    from unnest(${byteaArray(persons.map(({ ref }) => ref))}::bytea[], ${bigintArray(persons.map(({ index }) => Number(index)))}::bigint[],
      ${bigintArray(persons.map(({ at }) => at.getTime()))}::bigint[], ${textArray(persons.map(({ provider }) => provider))}::text[],
      ${textArray(persons.map(({ alias }) => String(alias)))}::text[]) as given (ref, index, at, provider, alias)
  `.execute(tx);
}

export async function readStatus(db: Kysely<Tables>): Promise<SearchStatus> {
  const { rows } = await sql<{ indexed: string; behind: string; seconds: number | null }>`
    select next as indexed, size - next as behind,
      (select extract(epoch from now() - min(record.at))::float8 from record where index = next and record.at >= search_position.at) as seconds
    from search_position, log_head`.execute(db);
  const { indexed, behind, seconds } = rows[0]!;
  return { indexed: Number(indexed), behind: Number(behind), seconds: Math.max(0, seconds ?? 0) };
}
