import { type Insertable, type Kysely, type Selectable, sql, type Transaction } from "kysely";
import type { OrgId, PartyId } from "#libs/terms";
import type { RevealCase, RevealStore } from "../reveal.js";
import type { Tables } from "./tables.js";

type Row = Selectable<Tables["reveal"]>;
type Step = RevealCase["steps"][number];

export function revealsIn(database: Kysely<Tables>): RevealStore {
  return {
    add: (reveal) =>
      database.transaction().execute(async (transaction) => {
        await transaction.insertInto("reveal").values(rowOf(reveal)).execute();
        for (const step of reveal.steps) await addStep(transaction, reveal.id, step);
      }),
    async find(id) {
      const rows = await database.selectFrom("reveal").selectAll().where("id", "=", id).execute();
      return (await withSteps(database, rows))[0];
    },
    async of(organisation, limit) {
      const rows = await database
        .selectFrom("reveal")
        .selectAll()
        .where((row) => row.or([row("asker", "=", organisation), row("consumer", "=", organisation)]))
        .orderBy("due", "desc")
        .limit(limit)
        .execute();
      return withSteps(database, rows);
    },
    take: ({ id, state }, step, outcome) =>
      database.transaction().execute(async (transaction) => {
        const { numUpdatedRows } = await transaction
          .updateTable("reveal")
          .set({ state: step.step, ...(outcome && { outcome }) })
          .where("id", "=", id)
          .where("state", "=", state)
          .executeTakeFirstOrThrow();
        if (numUpdatedRows !== 1n) return false;
        await addStep(transaction, id, step);
        return true;
      }),
  };
}

async function addStep(
  transaction: Transaction<Tables>,
  reveal: string,
  { step, by, at, record }: Step,
): Promise<void> {
  const n = sql<number>`(select count(*) from reveal_step where reveal = ${reveal})`;
  await transaction.insertInto("reveal_step").values({ reveal, n, step, officer: by, at, record }).execute();
}

async function withSteps(database: Kysely<Tables>, rows: readonly Row[]): Promise<RevealCase[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const steps = await database.selectFrom("reveal_step").selectAll().where("reveal", "in", ids).orderBy("n").execute();
  return rows.map(({ asker, asker_officer, record, case_id, outcome, ...row }) => ({
    ...row,
    asker: { organisation: asker, officer: asker_officer },
    of: Number(record),
    case: case_id,
    outcome: outcome ?? undefined,
    steps: steps
      .filter(({ reveal }) => reveal === row.id)
      .map(({ step, officer, at, record: own }) => ({ step, by: officer, at, record: Number(own) })),
  }));
}

function rowOf({
  asker,
  of,
  case: caseId,
  outcome,
  steps: _steps,
  ...reveal
}: RevealCase): Insertable<Tables["reveal"]> {
  return {
    ...reveal,
    asker: asker.organisation satisfies OrgId,
    asker_officer: asker.officer satisfies PartyId,
    record: of,
    case_id: caseId,
    outcome: outcome ?? null,
  };
}
