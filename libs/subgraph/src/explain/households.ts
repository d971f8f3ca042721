import { z } from "zod";
import { type CanonicalPerson, type Scheme, WeftError } from "#libs/terms";
import { adapterConfigSchema } from "../read/config.js";
import { type IdentifierColumn, identifierColumns, keysOf } from "../read/identifier.js";
import { identifiersOf } from "../read/identify.js";
import type { KeyedRows } from "./keyed-rows.js";
import { openKeyed } from "./register.js";

const { provider, source, protect } = adapterConfigSchema.shape;
const { identifiers, where } = adapterConfigSchema.shape.types.valueType.shape;

/**
 * `adapter.yaml` of the house that knows who lives together: where in its own register that stands. It lives at that house and nowhere else;
 * `source` and `protect` are those of every adapter.yaml.
 */
export const householdConfigSchema = z
  .strictObject({
    adapter: z.literal(1),
    provider,
    source,
    protect,
    households: z.strictObject({
      from: z.string().min(1).describe("One row for each person"),
      where,
      person: identifiers.unwrap().describe("Identifier columns, the best first"),
      household: z.string().min(1).max(200).describe("The same for all who live together; empty where it is not known"),
    }),
  })
  .readonly();
export type HouseholdConfig = z.infer<typeof householdConfigSchema>;

/** Of two persons. Nothing else is told: neither which household, nor who else is in it, nor which of the two is not known. */
export type Relation = "SAME_HOUSEHOLD" | "NOT" | "UNKNOWN";

/** Who lives together, read in place. */
export interface HouseholdRegister {
  readonly config: HouseholdConfig;
  /** Of each person, by any of the numbers, the households that the register names. As many keys are asked for as there are places. */
  householdsOf(
    persons: readonly (readonly CanonicalPerson[])[],
    signal: AbortSignal,
  ): Promise<readonly ReadonlySet<string>[]>;
  close(): Promise<void>;
}

/** `json`: the house's own file. Throws CONTRACT_INVALID where it is none. */
export async function openHouseholdRegister(
  json: unknown,
  schemes: ReadonlyMap<string, Scheme>,
  env: Readonly<Record<string, string | undefined>>,
): Promise<HouseholdRegister> {
  const parsed = householdConfigSchema.safeParse(json);
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    const detail = `adapter.yaml of households: ${first?.path.join(".") ?? ""}: ${first?.message}`;
    throw new WeftError("CONTRACT_INVALID", { detail });
  }
  const config = parsed.data;
  const columns = identifierColumns(config.households.person, schemes);
  const rows = await openKeyed(config, env);
  return {
    config,
    close: () => rows.close(),
    householdsOf: (persons, signal) => readHouseholds({ config, columns, rows }, persons, signal),
  };
}

interface Opened {
  readonly config: HouseholdConfig;
  readonly columns: readonly IdentifierColumn[];
  readonly rows: KeyedRows;
}

async function readHouseholds(
  { config, columns, rows }: Opened,
  persons: readonly (readonly CanonicalPerson[])[],
  signal: AbortSignal,
): Promise<readonly ReadonlySet<string>[]> {
  const { from, where: condition, household } = config.households;
  const names = columns.map(({ config: { column } }) => column);
  const keys = keysOf(columns, persons);
  const households = new Map<CanonicalPerson, Set<string>>();
  for (const [at, key] of names.entries()) {
    const table = { from, where: condition, key, columns: [...new Set([...names, household])] };
    for (const row of await rows.read(table, keys.columns[at] ?? [], signal)) {
      const name = row[household]?.trim() ?? "";
      if (name === "") continue;
      const numbers = identifiersOf(
        columns,
        names.map((column) => row[column] ?? null),
      );
      for (const number of numbers) households.set(number, (households.get(number) ?? new Set<string>()).add(name));
    }
  }
  return persons.map((numbers) => new Set(numbers.flatMap((number) => [...(households.get(number) ?? [])])));
}

export function relate(one: ReadonlySet<string>, other: ReadonlySet<string>): Relation {
  if (one.size === 0 || other.size === 0) return "UNKNOWN";
  return one.isDisjointFrom(other) ? "NOT" : "SAME_HOUSEHOLD";
}
