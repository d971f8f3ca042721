import type { Pool, PoolClient } from "pg";
import { type AskingEvent, linkedEvent, parseEvent, printEvent } from "../asking/event.js";
import type { AskedAbout, AskingStorage } from "../asking/storage.js";
import type { RegisterHead } from "../chain.js";
import { damaged } from "../record.js";
import { inTransaction, openPool } from "./pool.js";

/** Rows of one step when all is walked. */
const STEP = 2_000;

/** As the role that may add and nothing else; `openPostgresConsents` made its tables. */
export async function openPostgresAsking(url: string): Promise<AskingStorage> {
  const pool = openPool(url, "weft_consent_write", 4);
  const events = async (text: string, values: unknown[]) =>
    (await pool.query<{ body: string }>(text, values)).rows.map(({ body }) => parseEvent(body));
  return {
    head: () => headOf(pool, HEAD),
    write: (all) => inTransaction(pool, (client) => appendEvents(client, all)),
    ask: (about, judge) =>
      inTransaction(pool, async (client) => {
        const head = await lockHead(client);
        await append(client, head, [judge(await factsOf(client, about))]);
      }),
    byCode: (codes) => events(BY_CODE, [codes]),
    events: (thread) => events("select body from asking_event where thread = $1 order by n", [thread]),
    askedOf: async (principals, guardians) =>
      (await pool.query<{ thread: string }>(ASKED_OF, [principals, guardians])).rows.map(({ thread }) => thread),
    countBy: async (type, { organisation, officer }, since) =>
      Number((await pool.query<{ n: string }>(COUNT_BY, [type, organisation, officer, since])).rows[0]?.n ?? 0),
    entries: () => readEntries(pool),
    close: () => pool.end(),
  };
}

const HEAD = "select size, chain from asking_head";
const BY_CODE = `select body from asking_event where thread = (select thread from asking_event where code = any($1) limit 1)
  order by n`;
const ASKED_OF = "select thread from asking_event where type = 'asked' and principal = any($1) and guardian = any($2)";
const COUNT_BY = `select count(*) as n from asking_event
  where type = $1 and organisation = $2 and officer = $3 and at > $4`;
const FACTS = `select
  (select count(*) from asking_event where type = 'asked' and organisation = $1 and officer = $2 and at > $3) as officer,
  (select count(*) from asking_event where type = 'asked' and organisation = $1 and at > $3) as organisation,
  (select type from asking_event where type in ('silenced', 'heard-again') and principal = any($4)
     and coalesce(body::json ->> 'whom', organisation) = $1 order by entry desc limit 1) as silence`;

async function factsOf(client: PoolClient, { organisation, officer, since, principals }: AskedAbout) {
  const { rows } = await client.query<Record<"officer" | "organisation" | "silence", string | null>>(FACTS, [
    organisation,
    officer,
    since,
    principals,
  ]);
  const facts = rows[0]!;
  return {
    byOfficer: Number(facts.officer),
    byOrganisation: Number(facts.organisation),
    silenced: facts.silence === "silenced",
  };
}

const lockHead = (client: PoolClient) => headOf(client, `${HEAD} for update`);

/** In a transaction, under the head's lock: writers come one after the other. */
export async function appendEvents(client: PoolClient, events: readonly AskingEvent[]): Promise<void> {
  if (events.length > 0) await append(client, await lockHead(client), events);
}

async function headOf(from: Pool | PoolClient, text: string): Promise<RegisterHead> {
  const { rows } = await from.query<{ size: string; chain: RegisterHead["chain"] }>(text);
  const [head] = rows;
  if (!head) throw damaged("asking has no head");
  return { size: Number(head.size), chain: head.chain };
}

const COLUMNS = ["thread", "n", "type", "at", "code", "principal", "organisation", "officer", "guardian"] as const;

/** What stands in the columns, from the body alone. */
function columnsOf(event: AskingEvent): readonly unknown[] {
  const all = event as Readonly<Partial<Record<(typeof COLUMNS)[number], unknown>>>;
  return COLUMNS.map((name) => all[name] ?? null);
}

async function append(client: PoolClient, head: RegisterHead, events: readonly AskingEvent[]): Promise<void> {
  const rows = events.map((event, at) => [head.size + at + 1, ...columnsOf(event), printEvent(event)]);
  await client.query(
    `insert into asking_event (entry, ${COLUMNS.join(", ")}, body) select * from unnest($1::bigint[], $2::text[], $3::int[],
       $4::text[], $5::timestamptz[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[])`,
    rows[0]!.map((_, column) => rows.map((row) => row[column])),
  );
  const { size, chain } = events.reduce(linkedEvent, head);
  await client.query("update asking_head set size = $1, chain = $2", [size, chain]);
}

const ENTRIES = `select entry, thread, n, type, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as at,
  code, principal, organisation, officer, guardian, body from asking_event where entry > $1 order by entry limit ${STEP}`;

async function* readEntries(pool: Pool): AsyncGenerator<AskingEvent> {
  for (let after = 0; ;) {
    const { rows } = await pool.query<Record<string, unknown> & { entry: string; body: string }>(ENTRIES, [after]);
    for (const row of rows) {
      const event = parseEvent(row.body);
      if (columnsOf(event).some((value, at) => value !== row[COLUMNS[at]!]))
        throw damaged("a column is not what its event says");
      yield event;
    }
    if (rows.length < STEP) return;
    after = Number(rows.at(-1)?.entry);
  }
}
