import { type Kysely, sql } from "kysely";
import type { PersonRequest, RequestStore } from "../requests/request.js";
import type { Tables } from "./tables.js";

export function requestsIn(database: Kysely<Tables>): RequestStore {
  return {
    async add(request) {
      const { numInsertedOrUpdatedRows } = await database
        .insertInto("request")
        .values({ ...rowOf(request), id: request.id, number: request.number, version: 1 })
        .onConflict((conflict) => conflict.columns(["organisation", "number"]).doNothing())
        .executeTakeFirstOrThrow();
      return numInsertedOrUpdatedRows === 1n;
    },
    async find(id) {
      const row = await database
        .selectFrom("request")
        .select(["said", "version"])
        .where("id", "=", id)
        .executeTakeFirst();
      return row && { request: row.said, version: row.version };
    },
    async of(organisation, limit) {
      const rows = await database
        .selectFrom("request")
        .select("said")
        .where((row) =>
          row.or([row("organisation", "=", organisation), sql<boolean>`asked @> ${[organisation]}::text[]`]),
        )
        .orderBy("due")
        .limit(limit)
        .execute();
      return rows.map(({ said }) => said);
    },
    async replace(request, version) {
      const { numUpdatedRows } = await database
        .updateTable("request")
        .set({ ...rowOf(request), version: version + 1 })
        .where("id", "=", request.id)
        .where("version", "=", version)
        .executeTakeFirstOrThrow();
      return numUpdatedRows === 1n;
    },
  };
}

function rowOf(request: PersonRequest) {
  const { organisation, due, parts } = request;
  return { organisation, due, asked: parts.map((part) => part.organisation), said: JSON.stringify(request) };
}
