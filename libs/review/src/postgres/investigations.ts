import { type Insertable, type Kysely, type Selectable, sql, type Transaction } from "kysely";
import type { InvestigationCase, InvestigationStepTaken, InvestigationStore } from "../investigation.js";
import type { InvestigationTables } from "./investigation-tables.js";

type Row = Selectable<InvestigationTables["investigation"]>;

export function investigationsIn(database: Kysely<InvestigationTables>): InvestigationStore {
  return {
    add: (it) =>
      database.transaction().execute(async (transaction) => {
        await transaction.insertInto("investigation").values(rowOf(it)).execute();
        for (const [n, step] of it.steps.entries()) await addStep(transaction, it.id, n, step);
      }),
    async find(id) {
      const rows = await database.selectFrom("investigation").selectAll().where("id", "=", id).execute();
      return (await withSteps(database, rows))[0];
    },
    async of(organisation, limit) {
      const all = database.selectFrom("investigation").selectAll().orderBy("opened", "desc").limit(limit);
      const own =
        organisation === undefined
          ? all
          : all.where((row) => row.or([row("house", "=", organisation), row("consumer", "=", organisation)]));
      return withSteps(database, await own.execute());
    },
    async about(records) {
      if (records.length === 0) return [];
      const found = database
        .selectFrom("investigation")
        .selectAll()
        .where(sql<boolean>`records && ${[...records]}::bigint[]`);
      return withSteps(database, await found.execute());
    },
    take: (before, after) =>
      database.transaction().execute(async (transaction) => {
        const { id, opened: _opened, ...row } = rowOf(after);
        const { numUpdatedRows } = await transaction
          .updateTable("investigation")
          .set(row)
          .where("id", "=", id)
          .where("taken", "=", before.steps.length)
          .executeTakeFirstOrThrow();
        if (numUpdatedRows !== 1n) return false;
        const added = after.steps.slice(before.steps.length);
        for (const [n, step] of added.entries()) await addStep(transaction, id, before.steps.length + n, step);
        return true;
      }),
  };
}

async function addStep(
  transaction: Transaction<InvestigationTables>,
  investigation: string,
  n: number,
  { by, ...step }: InvestigationStepTaken,
): Promise<void> {
  await transaction
    .insertInto("investigation_step")
    .values({ investigation, n, officer: by, ...step })
    .execute();
}

async function withSteps(database: Kysely<InvestigationTables>, rows: readonly Row[]): Promise<InvestigationCase[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const steps = await database
    .selectFrom("investigation_step")
    .selectAll()
    .where("investigation", "in", ids)
    .orderBy("n")
    .execute();
  return rows.map(({ records, case_id, asked_of, taken: _taken, opened: _opened, ...row }) => ({
    ...row,
    of: records.map(Number),
    case: case_id,
    alert: row.alert ?? undefined,
    to: asked_of ?? undefined,
    due: row.due ?? undefined,
    reply: row.reply ?? undefined,
    outcome: row.outcome ?? undefined,
    steps: steps
      .filter(({ investigation }) => investigation === row.id)
      .map(({ step, house, officer, at, record }) => ({ step, house, by: officer, at, record: Number(record) })),
  }));
}

function rowOf(it: InvestigationCase): Insertable<InvestigationTables["investigation"]> {
  const { of, case: caseId, to, steps, alert, due, reply, outcome, ...rest } = it;
  return {
    ...rest,
    records: [...of],
    case_id: caseId,
    alert: alert ?? null,
    asked_of: to ?? null,
    due: due ?? null,
    reply: reply ?? null,
    outcome: outcome ?? null,
    taken: steps.length,
    opened: steps[0]!.at,
  };
}
