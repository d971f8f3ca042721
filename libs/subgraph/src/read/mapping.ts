import { type GraphQLNamedType, type GraphQLSchema, isObjectType } from "graphql";
import type { Scheme } from "#libs/terms";
import { CodeLists } from "./codes.js";
import type { AdapterConfig, FieldConfig, TypeConfig } from "./config.js";
import { conditionName, PARTS_ANSWERED, PARTS_ASKED } from "./need.js";
import { readDate } from "./date-format.js";
import { dateFormats, type Decode, decoder, Incomplete, nullTest, Undecodable, type Value } from "./decode.js";
import { type IdentifierColumn, identifierColumns } from "./identifier.js";
import { compareClaim } from "./match.js";
import type { Quality } from "./port.js";
import { namedTypeOf, PERSON } from "./schema.js";
import type { Texts } from "./source.js";
import { columnTests, holds } from "./where.js";

/** What a field's value depends on beside its row. */
export interface Moment {
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Arguments of the field that led to this object: the claim of a match. */
  readonly claim: Readonly<Record<string, unknown>>;
  /** `yyyy-MM-dd` where the MIS is. */
  readonly today: string;
}

/** Throws `Undecodable`. */
export type ReadField = (texts: Texts, moment: Moment) => Value;

export interface MappedType {
  readonly fields: ReadonlyMap<string, ReadField>;
  /** Null where the type says none. */
  asOf(texts: Texts, today: string, modified: string | undefined): string | null;
  quality(texts: Texts): Quality | null;
  /** The quality where there is no row to look at: the same for everybody. */
  readonly otherwise: Quality | null;
}

/** adapter.yaml made ready: every column with the function that reads it. */
export interface Mapping {
  readonly config: AdapterConfig;
  readonly identifiers: readonly IdentifierColumn[];
  readonly types: ReadonlyMap<string, MappedType>;
  readonly codes: CodeLists;
}

export function openMapping(
  config: AdapterConfig,
  schema: GraphQLSchema,
  schemes: ReadonlyMap<string, Scheme>,
): Mapping {
  const codes = new CodeLists(config.codes);
  const types = Object.entries(config.types).map(([name, type]) => {
    const graphql = schema.getType(name);
    const fields = isObjectType(graphql) ? graphql.getFields() : {};
    const readers = Object.entries(type.fields).flatMap(([field, mapping]) => {
      const declared = fields[field];
      const read = declared && fieldReader(mapping, namedTypeOf(declared), codes, config.nulls);
      return read ? [[field, type.parts ? ofAllParts(mapping, read) : read] as const] : [];
    });
    return [name, { fields: new Map(readers), ...typeReaders(name, type, config.nulls) }] as const;
  });
  const identifiers = identifierColumns(config.types[PERSON]?.identifiers ?? [], schemes);
  return { config, identifiers, types: new Map(types), codes };
}

/** Undefined for what execution itself walks: objects, lists and questions of existence. */
function fieldReader(
  mapping: FieldConfig,
  type: GraphQLNamedType,
  codes: CodeLists,
  nulls: readonly string[],
): ReadField | undefined {
  if ("value" in mapping) return () => mapping.value;
  if ("parts" in mapping) return partsReader(mapping);
  if ("match" in mapping) return matchReader(mapping, nulls);
  if ("test" in mapping) return predicateReader(mapping, codes, nulls);
  if ("present" in mapping) return presentReader(mapping, nulls);
  if ("columns" in mapping && mapping.columns) return (texts) => joined(mapping, texts, nulls);
  if (!("column" in mapping) || mapping.column === undefined) return undefined;
  const { column, absent = null } = mapping;
  const decode = decoder(mapping, type, codes, nulls);
  return (texts) => decode(texts[column] ?? null) ?? absent;
}

/** The value where all parts answered, or where it holds whatever the others would have said. */
function ofAllParts(mapping: FieldConfig, read: ReadField): ReadField {
  if ("value" in mapping || "parts" in mapping) return read;
  const stands = "stands" in mapping ? mapping.stands : [];
  return (texts, moment) => {
    const value = read(texts, moment);
    const isWhole = texts[PARTS_ANSWERED] === texts[PARTS_ASKED];
    if (isWhole || stands.some((each) => each === value)) return value;
    throw new Incomplete();
  };
}

function partsReader({ parts }: Extract<FieldConfig, { parts: unknown }>): ReadField {
  return (texts) => Number((parts === "asked" ? texts[PARTS_ASKED] : texts[PARTS_ANSWERED]) ?? 0);
}

type MatchMapping = Extract<FieldConfig, { match: unknown }>;
type PredicateMapping = Extract<FieldConfig, { test: unknown }>;
type PresentMapping = Extract<FieldConfig, { present: string }>;
interface Columns {
  readonly columns?: readonly string[] | undefined;
  readonly join?: string;
  readonly nulls?: readonly string[] | undefined;
}

function joined(mapping: Columns, texts: Texts, nulls: readonly string[]): string | null {
  const empty = nullTest(mapping.nulls, nulls);
  const parts = (mapping.columns ?? []).map((column) => texts[column]?.trim() ?? "").filter((part) => !empty(part));
  return parts.length === 0 ? null : parts.join(mapping.join ?? " ");
}

function matchReader(mapping: MatchMapping, nulls: readonly string[]): ReadField {
  const [argument = "", member] = mapping.match.with.split(".");
  const empty = nullTest(mapping.nulls, nulls);
  const formats = dateFormats(mapping.date);
  const held = (texts: Texts): string | null => {
    if (mapping.columns) return joined({ columns: mapping.columns, nulls: mapping.nulls }, texts, nulls);
    const text = mapping.column === undefined ? null : (texts[mapping.column]?.trim() ?? null);
    if (text === null || empty(text)) return null;
    if (mapping.match.as !== "date") return text;
    const day = readDate(formats, text);
    if (day === undefined) throw new Undecodable();
    return day;
  };
  return (texts, moment) => {
    const given = moment.arguments[argument] ?? moment.claim[argument];
    const claimed = member === undefined ? given : memberOf(given, member);
    return typeof claimed === "string" ? compareClaim(mapping.match.as, claimed, held(texts)) : null;
  };
}

function memberOf(value: unknown, member: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[member] : undefined;
}

/** The stored text is read as a day for `yearsAtLeast`, as a number else. */
function predicateReader(mapping: PredicateMapping, codes: CodeLists, nulls: readonly string[]): ReadField {
  const kind = mapping.test === "yearsAtLeast" ? "Date" : mapping.test === "equals" ? "String" : "Decimal";
  const decode = decodeAs(kind, mapping, codes, nulls);
  const [[argument, thresholds] = ["", {}]] = Object.entries(mapping.arguments);
  return (texts, moment) => {
    const value = decode(texts[mapping.column] ?? null);
    if (value === null) return mapping.absent;
    const threshold = thresholds[String(moment.arguments[argument])];
    if (threshold === undefined) throw new Undecodable();
    return passes(mapping.test, String(value), threshold, moment.today) ? "YES" : "NO";
  };
}

function decodeAs(name: string, mapping: PredicateMapping, codes: CodeLists, nulls: readonly string[]): Decode {
  return decoder(mapping, { name } as GraphQLNamedType, codes, nulls);
}

function passes(test: PredicateMapping["test"], value: string, threshold: number | string, today: string): boolean {
  if (test === "yearsAtLeast") return fullYears(value, today) >= Number(threshold);
  if (test === "equals") return value === String(threshold);
  return test === "below" ? Number(value) < Number(threshold) : Number(value) >= Number(threshold);
}

/** Both `yyyy-MM-dd`. Somebody born on 29 February comes of age on 1 March. */
export function fullYears(born: string, today: string): number {
  const years = Number(today.slice(0, 4)) - Number(born.slice(0, 4));
  return today.slice(5) < born.slice(5) ? years - 1 : years;
}

function presentReader(mapping: PresentMapping, nulls: readonly string[]): ReadField {
  const empty = nullTest(mapping.nulls, nulls);
  return (texts) => {
    const text = texts[mapping.present];
    return text === null || text === undefined || text.trim() === "" || empty(text) ? mapping.none : mapping.found;
  };
}

function typeReaders(name: string, type: TypeConfig, nulls: readonly string[]): Omit<MappedType, "fields"> {
  return { asOf: asOfReader(type, nulls), ...qualityReader(name, type) };
}

function asOfReader({ asOf }: TypeConfig, nulls: readonly string[]): MappedType["asOf"] {
  if (asOf === undefined) return () => null;
  if (typeof asOf === "object" && "live" in asOf) return (_texts, today) => today;
  if (typeof asOf === "object" && "file" in asOf) return (_texts, _today, modified) => modified ?? null;
  const column = typeof asOf === "string" ? asOf : asOf.column;
  const formats = dateFormats(typeof asOf === "string" ? undefined : asOf.date);
  const empty = nullTest(undefined, nulls);
  return (texts) => {
    const text = texts[column]?.trim();
    return text === undefined || empty(text) ? null : (readDate(formats, text) ?? null);
  };
}

function qualityReader(name: string, { quality }: TypeConfig): Pick<MappedType, "quality" | "otherwise"> {
  if (quality === undefined) return { quality: () => null, otherwise: null };
  if (typeof quality === "string") return { quality: () => word(quality), otherwise: word(quality) };
  const { otherwise, ...tests } = quality;
  const checks = Object.entries(tests).flatMap(([found, where]) =>
    where === undefined ? [] : [qualityCheck(name, found, where)],
  );
  return {
    quality: (texts) => word(checks.find((check) => check.holds(texts))?.word ?? otherwise),
    otherwise: word(otherwise),
  };
}

function qualityCheck(type: string, found: string, where: string | Parameters<typeof columnTests>[0]) {
  if (typeof where === "string")
    return { word: found, holds: (texts: Texts) => texts[conditionName(type, found)] === "true" };
  const tests = columnTests(where);
  return { word: found, holds: (texts: Texts) => holds(tests, (column) => texts[column] ?? null) };
}

function word(text: string): Quality {
  return text.toUpperCase() as Quality;
}
