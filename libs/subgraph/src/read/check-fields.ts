import {
  getNamedType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  isEnumType,
  isNonNullType,
  isObjectType,
} from "graphql";
import type { MappingProblem } from "./check.js";
import { isTable } from "./codes.js";
import type { AdapterConfig, FieldConfig, FilterConfig } from "./config.js";
import { dateFormat, dateFormatProblem } from "./date-format.js";
import { isReference, namedTypeOf } from "./schema.js";

type Say = (at: readonly string[], wrong: string, right: string) => void;
type Field = GraphQLField<unknown, unknown>;

/** Each mapping fits its field: types, codes, enum values, thresholds, arguments, dates. */
export function checkFields(config: AdapterConfig, schema: GraphQLSchema): readonly MappingProblem[] {
  const problems: MappingProblem[] = [];
  const say: Say = (at, wrong, right) => problems.push({ at, wrong, right });
  for (const [name, type] of Object.entries(config.types)) {
    if (typeof type.asOf === "object" && "date" in type.asOf)
      checkDates(["types", name, "asOf", "date"], type.asOf.date, say);
    const graphql = schema.getType(name);
    if (!isObjectType(graphql))
      say(["types", name], "a type that the schema does not have", "an object type of schema.graphql");
    else checkType(name, type.fields, graphql, config, schema, say);
  }
  for (const [name, list] of Object.entries(config.lists)) {
    const entry = schema.getQueryType()?.getFields()[name];
    if (!entry) say(["lists", name], "an entry that the schema does not have", "a field of Query");
    if (!config.types[list.of]) say(["lists", name, "of"], `type ${list.of} has no mapping`, "one of `types`");
    for (const [filter, of] of Object.entries(list.filters))
      checkFilter(["lists", name, "filters", filter], filter, of, entry, config, say);
  }
  return problems;
}

function checkType(
  name: string,
  mappings: Readonly<Record<string, FieldConfig>>,
  type: GraphQLObjectType,
  config: AdapterConfig,
  schema: GraphQLSchema,
  say: Say,
): void {
  const fields = type.getFields();
  for (const [field, mapping] of Object.entries(mappings)) {
    const declared = fields[field];
    const at = ["types", name, "fields", field];
    if (declared) checkField(at, mapping, declared, claimsOf(type, schema), config, say);
    else say(at, "a mapping without a field", `a field of ${name}`);
  }
  for (const field of Object.values(fields)) {
    if (isReference(field) || Object.hasOwn(mappings, field.name) || servedByType(field, config.types[name])) continue;
    say(["types", name, "fields"], `${name}.${field.name} has no mapping`, `${field.name}: …`);
  }
}

function servedByType(field: Field, type: AdapterConfig["types"][string] | undefined): boolean {
  if (field.name === "asOf") return type?.asOf !== undefined || !isNonNullType(field.type);
  return field.name === "quality" && type?.quality !== undefined;
}

/** Arguments of the fields that lead to this type: what its matches may compare with. */
function claimsOf(type: GraphQLObjectType, schema: GraphQLSchema): readonly string[] {
  const objects = Object.values(schema.getTypeMap()).filter(isObjectType);
  const ways = objects
    .flatMap((each) => Object.values(each.getFields()))
    .filter((field) => namedTypeOf(field) === type);
  return ways.flatMap((field) => field.args.map((argument) => argument.name));
}

function checkField(
  at: readonly string[],
  mapping: FieldConfig,
  field: Field,
  claims: readonly string[],
  config: AdapterConfig,
  say: Say,
): void {
  const type = namedTypeOf(field);
  for (const key of ["absent", "found", "none", "value"] as const)
    checkEnumValue([...at, key], (mapping as Record<string, unknown>)[key], field, say);
  for (const value of "stands" in mapping ? mapping.stands : []) checkEnumValue([...at, "stands"], value, field, say);
  if ("type" in mapping) checkReference([...at, "type"], mapping.type, type.name, config, say);
  if ("list" in mapping) checkList(at, mapping.list, field, config, say);
  if ("codes" in mapping && mapping.codes !== undefined)
    checkCodes([...at, "codes"], mapping.codes, field, config, say);
  if ("date" in mapping) checkDates([...at, "date"], mapping.date, say);
  if ("exists" in mapping) checkDates([...at, "exists", "date"], mapping.exists.date, say);
  if ("arguments" in mapping) checkThresholds([...at, "arguments"], mapping.arguments ?? {}, field, say);
  if ("test" in mapping && Object.keys(mapping.arguments).length !== 1)
    say([...at, "arguments"], "not exactly one argument", "the one that names the threshold");
  if ("match" in mapping) {
    const [argument = ""] = mapping.match.with.split(".");
    if (![...field.args.map((each) => each.name), ...claims].includes(argument))
      say([...at, "match", "with"], `no argument ${argument}`, "an argument of this field or of one that leads here");
    if ((mapping.column === undefined) === (mapping.columns === undefined))
      say([...at, "match"], "column and columns, or neither", "one of them");
  }
}

function checkReference(
  at: readonly string[],
  mapped: string,
  declared: string,
  config: AdapterConfig,
  say: Say,
): void {
  if (mapped !== declared) say(at, `type ${mapped}`, declared);
  else if (!config.types[mapped]) say(at, `type ${mapped} has no mapping`, "one of `types`");
}

function checkList(
  at: readonly string[],
  list: Extract<FieldConfig, { list: unknown }>["list"],
  field: Field,
  config: AdapterConfig,
  say: Say,
): void {
  if (config.types[list.of]?.on === undefined)
    say([...at, "list", "of"], `type ${list.of} has no table of its own`, "a type with `from` and `on`");
  for (const [name, filter] of Object.entries(list.filters))
    checkFilter([...at, "list", "filters", name], name, filter, field, config, say);
}

function checkFilter(
  at: readonly string[],
  name: string,
  filter: FilterConfig,
  field: Field | undefined,
  config: AdapterConfig,
  say: Say,
): void {
  if (field && !field.args.some((argument) => argument.name === name))
    say(at, `no argument ${name}`, "an argument of the list");
  if (filter.codes !== undefined && !config.codes[filter.codes])
    say([...at, "codes"], `no list ${filter.codes}`, "one of `codes`");
  checkDates([...at, "date"], filter.date, say);
  if (filter.test === "equals" || filter.date === undefined) return;
  const formats = typeof filter.date === "string" ? [filter.date] : filter.date;
  const sortable =
    formats.length === 1 &&
    formats.every((format) => dateFormatProblem(format) === undefined && dateFormat(format).sortable);
  if (!sortable) say([...at, "date"], "days that do not sort as text", "iso, or one pattern that begins yyyy MM dd");
}

function checkDates(at: readonly string[], date: string | readonly string[] | undefined, say: Say): void {
  for (const format of typeof date === "string" ? [date] : (date ?? [])) {
    const problem = dateFormatProblem(format);
    if (problem !== undefined) say(at, problem, "such as yyyy-MM-dd, dd.MM.yyyy, iso or excel");
  }
}

function checkCodes(at: readonly string[], name: string, field: Field, config: AdapterConfig, say: Say): void {
  const list = config.codes[name];
  if (!list) say(at, `no list ${name}`, "one of `codes`");
  else if (!isTable(list)) for (const value of Object.values(list)) checkEnumValue(at, value ?? undefined, field, say);
}

function checkEnumValue(at: readonly string[], value: unknown, field: Field, say: Say): void {
  const type = namedTypeOf(field);
  if (value === undefined || value === null || !isEnumType(type)) return;
  const names = type.getValues().map((each) => each.name);
  if (!names.some((name) => name === value)) say(at, `${JSON.stringify(value)} is no ${type.name}`, names.join(", "));
}

/** Every value of the enum and no other: a threshold without a number would be an answer without a question. */
function checkThresholds(
  at: readonly string[],
  thresholds: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  field: Field,
  say: Say,
): void {
  for (const [name, values] of Object.entries(thresholds)) {
    const argument = field.args.find((each) => each.name === name);
    const type = argument && getNamedType(argument.type);
    if (!isEnumType(type)) {
      say([...at, name], `no enum argument ${name}`, "an argument of the field");
      continue;
    }
    const names = type.getValues().map((each) => each.name);
    const fits = names.length === Object.keys(values).length && names.every((each) => Object.hasOwn(values, each));
    if (!fits) say([...at, name], `other values than ${type.name} has`, names.join(", "));
  }
}
