import { type ExpressionBuilder, type Insertable, type Kysely, type Selectable, sql, type Transaction } from "kysely";
import { type Alert, type AlertScope, type AlertStore, MAX_RECORDS } from "#libs/vigilance";
import type { Tables } from "./tables.js";

type Row = Selectable<Tables["alert"]>;

export function alertsIn(database: Kysely<Tables>): AlertStore {
  return {
    async put(alerts) {
      const { open = [], withdrawn = [] } = Object.groupBy(alerts, ({ state }) => state);
      await database.transaction().execute(async (transaction) => {
        if (open.length > 0) await putOpen(transaction, open);
        const ids = withdrawn.map(({ id }) => id);
        const raised = transaction.updateTable("alert").set({ state: "withdrawn" }).where("state", "=", "open");
        if (ids.length > 0) await raised.where("id", "in", ids).execute();
      });
    },
    async open(scope, limit, rule) {
      const open = database
        .selectFrom("alert")
        .selectAll()
        .where("state", "=", "open")
        .where((row) => within(row, scope))
        .orderBy("score", "desc")
        .orderBy("at", "desc")
        .orderBy("id")
        .limit(limit);
      const rows = await (rule === undefined ? open : open.where("rule", "=", rule)).execute();
      return rows.map(alertOf);
    },
    async count(scope) {
      const rows = await database
        .selectFrom("alert")
        .select(["rule", sql<string>`count(*)`.as("alerts")])
        .where("state", "=", "open")
        .where((row) => within(row, scope))
        .groupBy("rule")
        .execute();
      return Object.fromEntries(rows.map(({ rule, alerts }) => [rule, Number(alerts)]));
    },
    async find(id, scope) {
      const row = await database
        .selectFrom("alert")
        .selectAll()
        .where("id", "=", id)
        .where((builder) => within(builder, scope))
        .executeTakeFirst();
      return row && alertOf(row);
    },
  };
}

async function putOpen(transaction: Transaction<Tables>, alerts: readonly Alert[]): Promise<void> {
  await transaction
    .insertInto("alert")
    .values(alerts.map(rowOf))
    .onConflict((conflict) =>
      conflict.column("id").doUpdateSet((row) => ({
        providers: row.ref("excluded.providers"),
        records: row.ref("excluded.records"),
        counts: row.ref("excluded.counts"),
        score: row.ref("excluded.score"),
        at: row.ref("excluded.at"),
        due: row.ref("excluded.due"),
        state: row.ref("excluded.state"),
      })),
    )
    .execute();
}

/** `isVisible`, as a condition. */
function within(row: ExpressionBuilder<Tables, "alert">, scope: AlertScope) {
  if ("all" in scope) return sql<boolean>`true`;
  const own = scope.organisation;
  return row.or([row("consumer", "=", own), sql<boolean>`providers @> array[${own}]::text[]`]);
}

function rowOf({ officer, records, counts, due, ...alert }: Alert): Insertable<Tables["alert"]> {
  return {
    ...alert,
    officer: officer ?? null,
    providers: [...alert.providers],
    records: records.slice(0, MAX_RECORDS),
    counts: JSON.stringify(counts),
    due: due ?? null,
  };
}

function alertOf({ officer, records, due, ...row }: Row): Alert {
  return { ...row, officer: officer ?? undefined, records: records.map(Number), due: due ?? undefined };
}
