import type { Kysely } from "kysely";
import type { SuspensionNotice } from "../suspension.js";
import type { Tables } from "./tables.js";

export async function keepSuspension(db: Kysely<Tables>, { index, record, proof }: SuspensionNotice): Promise<void> {
  await db
    .insertInto("suspension")
    .values({ index, record, proof })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export async function readSuspensions(db: Kysely<Tables>): Promise<SuspensionNotice[]> {
  const rows = await db.selectFrom("suspension").selectAll().orderBy("index").execute();
  return rows.map(({ index, ...notice }) => ({ ...notice, index: Number(index) }));
}
