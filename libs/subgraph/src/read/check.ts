import type { GraphQLSchema } from "graphql";
import { type Scheme, WeftError } from "#libs/terms";
import { checkFields } from "./check-fields.js";
import { checkParts } from "./check-parts.js";
import { checkSource } from "./check-source.js";
import { type AdapterConfig, adapterConfigSchema } from "./config.js";
import { PERSON } from "./schema.js";

/** What is wrong in adapter.yaml, where, and what would be right. */
export interface MappingProblem {
  readonly at: readonly (string | number)[];
  readonly wrong: string;
  readonly right: string;
}

export interface CheckedMapping {
  /** Undefined where the file is not of the format at all. */
  readonly config: AdapterConfig | undefined;
  readonly problems: readonly MappingProblem[];
}

/** `json`: adapter.yaml as JSON. `schema`: from `subgraphSchema`. */
export function checkAdapterConfig(
  json: unknown,
  schema: GraphQLSchema,
  schemes: ReadonlyMap<string, Scheme>,
): CheckedMapping {
  const parsed = adapterConfigSchema.safeParse(json);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => ({
      at: issue.path.map((part) => (typeof part === "symbol" ? String(part) : part)),
      wrong: issue.message,
      right: "contracts/schemas/adapter.schema.json",
    }));
    return { config: undefined, problems };
  }
  const config = parsed.data;
  return {
    config,
    problems: [
      ...checkPerson(config, schemes),
      ...checkSource(config),
      ...checkParts(config),
      ...checkFields(config, schema),
    ],
  };
}

/** Throws `CONTRACT_INVALID` whose detail names the first problems. */
export function parseAdapterConfig(
  json: unknown,
  schema: GraphQLSchema,
  schemes: ReadonlyMap<string, Scheme>,
): AdapterConfig {
  const { config, problems } = checkAdapterConfig(json, schema, schemes);
  if (config && problems.length === 0) return config;
  const named = problems
    .slice(0, 5)
    .map(({ at, wrong, right }) => `${at.join(".")}: ${wrong}; right would be: ${right}`);
  throw new WeftError("CONTRACT_INVALID", { detail: `adapter.yaml: ${named.join(" | ")}` });
}

function checkPerson(config: AdapterConfig, schemes: ReadonlyMap<string, Scheme>): readonly MappingProblem[] {
  const person = config.types[PERSON];
  const problems: MappingProblem[] = [];
  if (person?.from === undefined)
    problems.push({ at: ["types", PERSON], wrong: "no table of persons", right: "from: TABLE" });
  if (!person?.identifiers)
    problems.push({ at: ["types", PERSON], wrong: "no identifiers", right: "identifiers: every identifier column" });
  for (const [i, { scheme, stored, pad, normalise }] of (person?.identifiers ?? []).entries()) {
    const at = ["types", PERSON, "identifiers", i];
    if (!schemes.has(scheme))
      problems.push({ at: [...at, "scheme"], wrong: `scheme ${scheme}`, right: [...schemes.keys()].join(", ") });
    if ([stored !== undefined, pad !== undefined, normalise.length > 0].filter(Boolean).length > 1) {
      problems.push({ at, wrong: "stored, pad and normalise together", right: "one of them" });
    }
  }
  for (const [name, type] of Object.entries(config.types)) {
    if (name === PERSON || (type.from === undefined) === (type.on === undefined)) continue;
    problems.push({
      at: ["types", name],
      wrong: "from without on, or on without from",
      right: "on: { COLUMN_HERE: PERSON_TABLE.COLUMN }",
    });
  }
  return problems;
}
