import type { MappingProblem } from "./check.js";
import { codeTables } from "./codes.js";
import type { AdapterConfig, TypeConfig, Where } from "./config.js";
import { PERSON } from "./schema.js";
import type { DciConfig, FhirConfig, FileConfig, ModuleConfig, RestConfig, SoapConfig } from "./source-config.js";
import { lastName, tableColumns } from "./table-columns.js";

/** Not every kind of MIS can be asked everything. */
export function checkSource(config: AdapterConfig): readonly MappingProblem[] {
  const { source } = config;
  if (source.kind === "postgres" || source.kind === "mariadb" || source.kind === "sqlite") return [];
  const problems = [...sqlTexts(config)];
  return source.kind === "csv" || source.kind === "xlsx"
    ? [...problems, ...checkFiles(config, source)]
    : [...problems, ...checkService(config, source), ...checkSchemes(config, source)];
}

function sqlTexts(config: AdapterConfig): readonly MappingProblem[] {
  const lists = Object.entries(config.lists).map(([name, list]) => [["lists", name, "where"], list.where] as const);
  const codes = codeTables(config.codes).map(([name, table]) => [["codes", name, "where"], table.where] as const);
  return [...Object.entries(config.types).flatMap(([name, type]) => typeWheres(name, type)), ...lists, ...codes]
    .filter(([, where]) => typeof where === "string")
    .map(([at]) => ({
      at,
      wrong: "SQL where there is none",
      right: "{ COLUMN: value } or { COLUMN: { not: value } }",
    }));
}

function typeWheres(name: string, type: TypeConfig): readonly (readonly [readonly string[], Where | undefined])[] {
  const at = ["types", name];
  const quality = typeof type.quality === "object" ? type.quality : undefined;
  const exists = Object.entries(type.fields).flatMap(([field, mapping]) =>
    "exists" in mapping ? [[[...at, "fields", field, "exists", "where"], mapping.exists.where] as const] : [],
  );
  return [
    [[...at, "where"], type.where],
    [[...at, "quality", "verified"], quality?.verified],
    [[...at, "quality", "declared"], quality?.declared],
    [[...at, "quality", "disputed"], quality?.disputed],
    ...exists,
  ];
}

function checkFiles(config: AdapterConfig, source: FileConfig): readonly MappingProblem[] {
  return [...tableColumns(config).keys()]
    .filter((table) => !Object.hasOwn(source.files, table))
    .map((table) => ({ at: ["source", "files"], wrong: `no file ${table}`, right: "every `from` is one of `files`" }));
}

const named = { rest: "REST", soap: "SOAP", dci: "DCI", fhir: "FHIR", module: "a module" };
type ServiceConfig = RestConfig | SoapConfig | DciConfig | FhirConfig | ModuleConfig;

function checkSchemes(config: AdapterConfig, source: ServiceConfig): readonly MappingProblem[] {
  if (source.kind === "dci") return checkDci(config, source);
  return source.kind === "fhir" ? checkFhir(config, source) : [];
}

/** Where persons are looked up by their numbers alone, the look-up is its own `identify`. */
function questionsOf(source: ServiceConfig, resource: string): Readonly<Record<"identify" | "page", boolean>> {
  if (source.kind === "module") return { identify: true, page: source.lists };
  if (source.kind === "dci" || source.kind === "fhir")
    return { identify: true, page: source.resources[resource]?.page !== undefined };
  const { identify, page } = source.resources[resource] ?? {};
  return { identify: identify !== undefined, page: page !== undefined };
}

/** Its predicates are asked for what equals a filter, and a query without any is none. */
function checkDciLists(config: AdapterConfig, source: DciConfig): readonly MappingProblem[] {
  const asked = Object.keys(source.resources[config.types[PERSON]?.from ?? ""]?.page?.filters ?? {});
  return Object.entries(config.lists)
    .filter(([, { filters }]) => !asked.some((name) => filters[name]?.test === "equals"))
    .map(([name]) => ({
      at: ["lists", name],
      wrong: "a list on DCI without a filter that `page` asks for",
      right: "a filter with `test: equals` that is one of page.filters",
    }));
}

function checkDci(config: AdapterConfig, source: DciConfig): readonly MappingProblem[] {
  const schemes = (config.types[PERSON]?.identifiers ?? []).map(({ scheme }) => scheme);
  const unknown = Object.entries(source.resources).flatMap(([name, { idTypes }]) =>
    Object.keys(idTypes)
      .filter((scheme) => !schemes.includes(scheme))
      .map((scheme) => ({
        at: ["source", "resources", name, "idTypes"],
        wrong: `${scheme}, of which Person has no identifier`,
        right: schemes.join(", "),
      })),
  );
  return [...unknown, ...checkDciLists(config, source)];
}

function checkFhir(config: AdapterConfig, source: FhirConfig): readonly MappingProblem[] {
  const person = config.types[PERSON];
  const problems: MappingProblem[] = [];
  if (source.resources[person?.from ?? ""]?.type !== "Patient")
    problems.push({ at: ["types", PERSON, "from"], wrong: "no resource of type Patient", right: "{ type: Patient }" });
  for (const [i, { scheme, column }] of (person?.identifiers ?? []).entries()) {
    if (Object.hasOwn(source.systems, scheme) && column === scheme) continue;
    const at = ["types", PERSON, "identifiers", i, "column"];
    problems.push({ at, wrong: `${column} on FHIR`, right: `${scheme}, and its system in source.systems` });
  }
  return problems;
}

function checkService(config: AdapterConfig, source: ServiceConfig): readonly MappingProblem[] {
  const person = config.types[PERSON];
  const identifiers = (person?.identifiers ?? []).map((identifier) => identifier.column);
  const offered = questionsOf(source, person?.from ?? "");
  const kind = named[source.kind];
  const problems: MappingProblem[] = [];
  const say = (at: readonly string[], wrong: string, right: string) => problems.push({ at, wrong, right });
  if (identifiers.length > 1 && !offered.identify) {
    say(
      ["source", "resources", person?.from ?? ""],
      "more than one identifier and no `identify`",
      "identify: keys to identifiers only",
    );
  }
  if (Object.keys(config.lists).length > 0 && !offered.page) {
    if (source.kind === "module") say(["source", "lists"], "`lists` of a module that answers no `page`", "lists: true");
    else say(["source", "resources", person?.from ?? ""], "`lists` and no `page`", "page: …");
  }
  for (const [name] of codeTables(config.codes))
    say(["codes", name], `a table of codes on ${kind}`, "the codes themselves");
  for (const [name, type] of Object.entries(config.types)) {
    const at = ["types", name];
    if (type.from !== undefined && source.kind !== "module" && !source.resources[type.from])
      say([...at, "from"], `no resource ${type.from}`, "one of `resources`");
    const [there, ...more] = Object.values(type.on ?? {});
    if (more.length > 0) say([...at, "on"], `more than one column on ${kind}`, "an identifier column of Person");
    const joins =
      there === undefined || identifiers.some((column) => column === lastName(there) || there.endsWith(`.${column}`));
    if (!joins) say([...at, "on"], "a column that is no identifier", "an identifier column of Person");
    for (const [field, mapping] of Object.entries(type.fields)) {
      if ("exists" in mapping)
        say([...at, "fields", field], `\`exists\` on ${kind}`, "a column of the answer, or `present`");
    }
  }
  return problems;
}
