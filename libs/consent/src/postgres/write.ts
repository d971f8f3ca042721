import { randomInt } from "node:crypto";
import type { Pool, PoolClient } from "pg";
import { type OrgId, WeftError } from "#libs/terms";
import type { AskingEvent } from "../asking/event.js";
import { linked, type RegisterHead } from "../chain.js";
import { isEverywhere, printRecord } from "../record.js";
import { STATUS_LIST_SIZE } from "../status-list.js";
import type { Change, FreePlace, Issue } from "../storage.js";
import { hasEnded } from "../transitions.js";
import { appendEvents } from "./asking.js";
import { inTransaction } from "./pool.js";

/** A list is left for the next one when it is this full: places stay random, and drawing them stays quick. */
const FULL = STATUS_LIST_SIZE * 0.75;

interface ReceiptRow extends FreePlace {
  readonly provider: OrgId;
  readonly position: number;
  readonly entry: number;
  readonly record: string;
  readonly jwt: string;
}

export interface Written {
  readonly changes: readonly Change[];
  readonly events: readonly AskingEvent[];
}

/** One transaction under the head's lock: writers come one after the other. The register's head is always taken before asking's. */
export function writeChanges(pool: Pool, { changes, events }: Written, issue: Issue): Promise<RegisterHead> {
  return inTransaction(pool, async (client) => {
    const head = await lockHead(client);
    await appendEvents(client, events);
    const rows = await receiptRows(client, head, changes, issue);
    const grown = changes.reduce((before, { record }, at) => {
      const entry = head.size + at + 1;
      const receipts = rows.filter((row) => row.entry === entry).map(({ jwt }) => jwt);
      return linked(before, { record, receipts });
    }, head);
    await endEarlier(client, changes);
    await insertVersions(client, head, changes);
    await insertReceipts(client, rows);
    await client.query("update register_head set size = $1, chain = $2", [grown.size, grown.chain]);
    return grown;
  });
}

async function lockHead(client: PoolClient): Promise<RegisterHead> {
  const { rows } = await client.query<{ size: string; chain: RegisterHead["chain"] }>(
    "select size, chain from register_head for update",
  );
  return { size: Number(rows[0]!.size), chain: rows[0]!.chain };
}

async function receiptRows(
  client: PoolClient,
  head: RegisterHead,
  changes: readonly Change[],
  issue: Issue,
): Promise<ReceiptRow[]> {
  const wanted = changes.flatMap(({ record, providers }, at) =>
    [...providers].sort().map((provider) => ({ record, provider, entry: head.size + at + 1 })),
  );
  const places = await drawPlaces(client, wanted.length);
  const positions = await lastPositions(client, new Set(wanted.map(({ provider }) => provider)));
  return wanted.map(({ record, provider, entry }, at) => {
    const place = places[at]!;
    const position = (positions.get(provider) ?? 0) + 1;
    positions.set(provider, position);
    return { ...place, provider, position, entry, record: record.record_id, jwt: issue(record, provider, place) };
  });
}

async function lastPositions(client: PoolClient, providers: ReadonlySet<OrgId>): Promise<Map<OrgId, number>> {
  const { rows } = await client.query<{ provider: OrgId; last: string }>(
    "select provider, max(position) as last from receipt where provider = any($1) group by provider",
    [[...providers]],
  );
  return new Map(rows.map(({ provider, last }) => [provider, Number(last)]));
}

async function drawPlaces(client: PoolClient, count: number): Promise<FreePlace[]> {
  if (count === 0) return [];
  const { rows } = await client.query<{ list: number; n: string }>(
    "select list, count(*) as n from place group by list order by list desc limit 1",
  );
  const newest = { list: rows[0]?.list ?? 1, n: Number(rows[0]?.n ?? 0) };
  const list = newest.n + count > FULL && newest.n > 0 ? newest.list + 1 : newest.list;
  const known = await client.query<{ idx: number }>("select idx from place where list = $1", [list]);
  const taken = new Set(known.rows.map(({ idx }) => idx));
  if (taken.size + count > STATUS_LIST_SIZE) throw new WeftError("REQUEST_TOO_LARGE");
  const drawn = Array.from({ length: count }, () => {
    let idx = randomInt(STATUS_LIST_SIZE);
    while (taken.has(idx)) idx = randomInt(STATUS_LIST_SIZE);
    taken.add(idx);
    return { list, idx };
  });
  await client.query("insert into place (list, idx) select $1, * from unnest($2::int[])", [
    list,
    drawn.map(({ idx }) => idx),
  ]);
  return drawn;
}

async function endEarlier(client: PoolClient, changes: readonly Change[]): Promise<void> {
  const records = changes.filter(({ endsEarlier }) => endsEarlier).map(({ record }) => record.record_id);
  if (records.length === 0) return;
  await client.query(
    `update place set ended = true from receipt
     where place.list = receipt.list and place.idx = receipt.idx and receipt.record_id = any($1)`,
    [records],
  );
}

async function insertVersions(client: PoolClient, head: RegisterHead, changes: readonly Change[]): Promise<void> {
  const ids = changes.map(({ record }) => record.record_id);
  const versions = changes.map(({ record }) => record.record_version);
  await client.query(
    `insert into record_version (entry, record_id, version, body)
     select * from unnest($1::bigint[], $2::text[], $3::int[], $4::text[])`,
    [changes.map((_, at) => head.size + at + 1), ids, versions, changes.map(({ record }) => printRecord(record))],
  );
  await client.query(
    `insert into record (record_id, version, principal, guardian, until, ended, everywhere, taken_by, taken_at)
     select * from unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::timestamptz[], $6::boolean[], $7::boolean[],
       $8::text[], $9::timestamptz[])
     on conflict (record_id) do update
       set version = excluded.version, until = excluded.until, ended = excluded.ended`,
    [
      ids,
      versions,
      changes.map(({ record }) => record.pii_principal_id),
      changes.map(({ record }) => record.guardian_id ?? null),
      changes.map(({ record }) => record.pii_processing.validity.until),
      changes.map(({ record }) => hasEnded(record)),
      changes.map(({ record }) => isEverywhere(record)),
      changes.map(({ record }) => takenBy(record)),
      changes.map(({ record }) => record.event.event_time),
    ],
  );
}

function takenBy({ event }: Change["record"]): string | null {
  const { collection_method: method } = event;
  return method.how === "in-person" ? `${method.organisation} ${method.officer}` : null;
}

async function insertReceipts(client: PoolClient, rows: readonly ReceiptRow[]): Promise<void> {
  if (rows.length === 0) return;
  await client.query(
    `insert into receipt (provider, position, entry, record_id, list, idx, jwt)
     select * from unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::int[], $6::int[], $7::text[])`,
    [
      rows.map(({ provider }) => provider),
      rows.map(({ position }) => position),
      rows.map(({ entry }) => entry),
      rows.map(({ record }) => record),
      rows.map(({ list }) => list),
      rows.map(({ idx }) => idx),
      rows.map(({ jwt }) => jwt),
    ],
  );
}
