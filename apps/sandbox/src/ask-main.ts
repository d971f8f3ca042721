import { existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Kind, parse, type TypeNode } from "graphql";
import { ask } from "./ask.js";
import { namedPersons } from "./country/cast.js";
import { type Country, orvanda } from "./country/country.js";
import { defaultDataDir } from "./network.js";
import { findPersona, findPersonKey, type Persona, type PersonKey, personas } from "./personas.js";
import { findState } from "./state-file.js";
import { renderAnswer } from "./table.js";

/** `npm run ask`: one question of one's own to the running sandbox. */
const usage = `npm run ask -- --as ${Object.keys(personas).join("|")} 'QUERY' | file.graphql
    --person NAME      fills the query's PersonKey variable (${[...namedPersons.keys()].slice(0, 3).join(", ")}, …) or ten digits
    --variables JSON   further variables
    --purpose CODE     another purpose than the persona's own
    --case NAME        another case
    --reason TEXT      why a life is in danger, with --purpose vital-interest
    --reject           refuse the whole operation where anything is denied
    --explain          fetch nothing: per field permit or refuse, agreement, basis, remedy
    --json             the answer as it came
    --data DIR         the sandbox's data folder`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      as: { type: "string" },
      person: { type: "string", multiple: true },
      variables: { type: "string" },
      purpose: { type: "string" },
      case: { type: "string" },
      reason: { type: "string" },
      reject: { type: "boolean" },
      explain: { type: "boolean" },
      json: { type: "boolean" },
      data: { type: "string" },
    },
  });
  const persona = findPersona(values.as ?? "");
  const [text] = positionals;
  if (!persona || text === undefined || positionals.length > 1) throw new Error(usage);
  const state = findState(values.data ?? defaultDataDir);
  if (!state) throw new Error("No sandbox is running. Start it in another terminal: npm start");
  const query = existsSync(text) ? readFileSync(text, "utf8") : text;
  const { status, headers, body } = await ask(state, {
    persona: persona.name,
    query,
    variables: variablesFor(query, orvanda(state.people), values.person ?? [], values.variables),
    purpose: values.purpose,
    caseId: values.case,
    reason: values.reason,
    prefer: values.explain ? "explain" : values.reject ? "reject" : undefined,
  });
  console.log(
    values.json
      ? JSON.stringify(body, null, 2)
      : `${headline(persona, status)}\n${renderAnswer(body, headers.get("weft-record"))}`,
  );
  return status === 200 ? 0 : 1;
}

function headline({ label }: Persona, status: number): string {
  return `Asked by ${label}, HTTP ${status}`;
}

function variablesFor(
  query: string,
  country: Country,
  names: readonly string[],
  json: string | undefined,
): Record<string, unknown> {
  const given = (json === undefined ? {} : JSON.parse(json)) as Record<string, unknown>;
  if (names.length === 0) return given;
  const keys = names.map((name) => keyOf(country, name));
  const variable = personVariable(query);
  if (!variable)
    throw new Error(
      "--person needs a query with a variable of type PersonKey, for example query Q($who: PersonKey!) { … }",
    );
  return { ...given, [variable.name]: variable.list ? keys : keys[0] };
}

function keyOf(country: Country, name: string): PersonKey {
  const key = findPersonKey(country, name);
  if (!key) throw new Error(`Nobody is called ${name} here. Known: ${[...namedPersons.keys()].join(", ")}`);
  return key;
}

/** The first variable of type `PersonKey` or `[PersonKey!]`. A query that cannot be parsed is the gateway's to refuse. */
function personVariable(query: string): { name: string; list: boolean } | undefined {
  for (const definition of definitionsOf(query)) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    for (const { variable, type } of definition.variableDefinitions ?? []) {
      const { name, list } = named(type);
      if (name === "PersonKey") return { name: variable.name.value, list };
    }
  }
  return undefined;
}

function definitionsOf(query: string) {
  try {
    return parse(query).definitions;
  } catch {
    return [];
  }
}

function named(type: TypeNode): { name: string; list: boolean } {
  if (type.kind === Kind.NAMED_TYPE) return { name: type.name.value, list: false };
  return { name: named(type.type).name, list: type.kind === Kind.LIST_TYPE || named(type.type).list };
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return 1;
});
