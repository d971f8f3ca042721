import { type Kysely, type RawBuilder, sql } from "kysely";
import { admittedPayload } from "../record.js";
import type { KeptRecord } from "../search/entry.js";
import type { StoredRecord } from "../storage.js";
import type { Tables } from "./tables.js";

/** What a record says of itself stands in its JWT alone. */
export async function findRecord(db: Kysely<Tables>, index: number): Promise<StoredRecord | undefined> {
  const [found] = await readRecords(db, { from: index, to: index + 1 });
  if (!found) return undefined;
  const { jti, kind, parent } = admittedPayload(found.jwt);
  return { ...found, jti, kind, parent };
}

/** In order. `takenSince` spares a look into the months before. */
export async function readRecords(
  db: Kysely<Tables>,
  { from, to, takenSince }: { readonly from: number; readonly to: number; readonly takenSince?: Date },
): Promise<KeptRecord[]> {
  return readWhere(db, sql`index >= ${from} and index < ${to} and at >= ${takenSince ?? "-infinity"}`);
}

/** These, in order. */
export async function pickRecords(
  db: Kysely<Tables>,
  indexes: readonly number[],
  takenSince: Date,
): Promise<KeptRecord[]> {
  return readWhere(db, sql`index = any(${indexes}::bigint[]) and at >= ${takenSince}`);
}

async function readWhere(db: Kysely<Tables>, condition: RawBuilder<unknown>): Promise<KeptRecord[]> {
  const { rows } = await sql<{ index: string; jwt: string; at: Date }>`
    select index, jwt, at from record where ${condition} order by index`.execute(db);
  const { rows: texts } = await sql<{ index: string; texts: string }>`
    select index, texts from disclosure where ${condition}`.execute(db);
  const disclosed = new Map(texts.map((row) => [row.index, row.texts]));
  return rows.map(({ index, jwt, at }) => ({
    index: Number(index),
    jwt,
    at,
    disclosures: disclosed.get(index)?.split("~").filter(Boolean),
  }));
}
