import { type Kysely, sql } from "kysely";
import type { Hash } from "../tree.js";

/** SHA-256 of each record's JWT: what `entryOf` gives. Fewer where records are gone. */
export async function readEntries<T>(db: Kysely<T>, from: number, to: number): Promise<Hash[]> {
  const { rows } = await sql<{ entry: Buffer }>`
    select sha256(convert_to(jwt, 'UTF8')) as entry from record where index >= ${from} and index < ${to} order by index
  `.execute(db);
  return rows.map(({ entry }) => entry);
}
