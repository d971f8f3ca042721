import type { Kysely } from "kysely";
import type { WatchedDays } from "../watching/vigil.js";
import type { Tables } from "./tables.js";

export function watchedDaysIn(database: Kysely<Tables>): WatchedDays {
  return {
    async first(organisation, since) {
      const row = await database
        .selectFrom("watched_day")
        .select("first")
        .where("organisation", "=", organisation)
        .where("day", ">=", since)
        .orderBy("day")
        .limit(1)
        .executeTakeFirst();
      return row && Number(row.first);
    },
    async begin(organisation, day, index) {
      await database
        .insertInto("watched_day")
        .values({ organisation, day, first: index })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },
  };
}
