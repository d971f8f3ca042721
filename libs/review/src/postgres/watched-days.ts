import type { Kysely } from "kysely";
import type { WatchedDays } from "../watching/vigil.js";
import type { Tables } from "./tables.js";

export function watchedDaysIn(database: Kysely<Tables>): WatchedDays {
  return {
    async first(organisation, since) {
      const known = database
        .selectFrom("watched_day")
        .select("first")
        .where("organisation", "=", organisation)
        .limit(1);
      const row =
        (await known.where("day", ">=", since).orderBy("day").executeTakeFirst()) ??
        (await known.orderBy("day", "desc").executeTakeFirst());
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
