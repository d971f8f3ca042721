import { type ColumnType, type Kysely, sql } from "kysely";
import type { OrgId, PartyId } from "#libs/terms";
import type { WorkStore } from "../today.js";

export interface WorkTables {
  work_done: { organisation: OrgId; day: ColumnType<Date, string, never>; key: string; officer: PartyId; at: Date };
}

export function workIn(database: Kysely<WorkTables>): WorkStore {
  return {
    async done(organisation, day) {
      const rows = await database
        .selectFrom("work_done")
        .select("key")
        .where("organisation", "=", organisation)
        .where(sql<boolean>`day = ${day}::date`)
        .execute();
      return new Set(rows.map(({ key }) => key));
    },
    async note({ organisation, officer }, day, key, at) {
      await database
        .insertInto("work_done")
        .values({ organisation, day, key, officer, at })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },
  };
}
