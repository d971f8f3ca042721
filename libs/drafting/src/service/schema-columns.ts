import type { ColumnKind } from "../catalogue.js";
import { means } from "../words.js";
import { isObject, type Json, list, objects, type References, textOf } from "./references.js";
import type { ServiceColumn } from "./service.js";

/** Members of members are columns down to here, and so many of one row at most. */
const DEPTH = 3;
const COLUMNS = 300;
const CODES = 60;

/** A schema with what `allOf` adds; of `oneOf` and `anyOf` the first that is an object. */
export function wholeSchema(refs: References, value: unknown, depth = 0): Json | undefined {
  const schema = refs.find(value);
  if (!schema || depth > DEPTH) return schema;
  const some = [...list(schema["oneOf"]), ...list(schema["anyOf"])].map((one) => wholeSchema(refs, one, depth + 1));
  const parts = [
    ...list(schema["allOf"]).map((one) => wholeSchema(refs, one, depth + 1)),
    some.find((one) => one !== undefined && typeOf(one) !== "null"),
  ].filter((part) => part !== undefined);
  if (parts.length === 0) return schema;
  return {
    ...Object.assign({}, ...parts),
    ...schema,
    properties: Object.fromEntries([...parts, schema].flatMap((part) => objects(part["properties"]))),
    required: [...parts, schema].flatMap((part) => list(part["required"])),
  } as Json;
}

/** OpenAPI 3.1 has lists of types. */
export function typeOf(schema: Json): string | undefined {
  const type = [schema["type"]].flat().find((one) => one !== "null");
  if (typeof type === "string") return type;
  if (isObject(schema["properties"])) return "object";
  if (schema["items"] !== undefined) return "array";
  return schema["enum"] === undefined ? textOf([schema["type"]].flat()[0]) : "string";
}

/**
 * The members of a row, and those of its members by their JSONPath. Not those of somebody else: of a member of the row's own kind, or of one
 * that is called a head, a spouse, a parent. `schemas`: the names of those in which this stands.
 */
export function columnsOf(
  refs: References,
  row: Json,
  path: readonly string[] = [],
  schemas: readonly string[] = [],
): readonly ServiceColumn[] {
  const required = new Set(list(row["required"]));
  return objects(row["properties"])
    .flatMap(([name, value]) => {
      const schema = wholeSchema(refs, value);
      const at = [...path, name];
      if (!schema || !isSayable(at)) return [];
      const called = refs.nameOf(value) ?? "";
      const isOther = means(name, "household") || (called !== "" && schemas.includes(called));
      const isInner = typeOf(schema) === "object" && isObject(schema["properties"]) && at.length < DEPTH;
      if (isInner && !isOther) return columnsOf(refs, schema, at, [...schemas, called]);
      return [columnOf(schema, at.length === 1 ? name : `$.${at.join(".")}`, required.has(name))];
    })
    .slice(0, COLUMNS);
}

/** What a mapping can name: a member as it is called, or a JSONPath of plain names. */
function isSayable(path: readonly string[]): boolean {
  if (path.length > 1) return path.every((name) => /^[A-Za-z_]\w{0,59}$/.test(name));
  return /^[\p{L}_][\p{L}\p{N}_-]{0,59}$/u.test(path[0] ?? "");
}

function columnOf(schema: Json, name: string, isRequired: boolean): ServiceColumn {
  const longest = schema["maxLength"];
  const [first] = list(schema["examples"]);
  return {
    name,
    kind: kindOf(schema),
    nullable: !isRequired,
    comment: textOf(schema["description"]) ?? textOf(schema["title"]) ?? null,
    values: codesOf(schema["enum"]),
    example: scalarText(schema["example"] ?? first) ?? null,
    pattern: textOf(schema["pattern"]) ?? null,
    longest: typeof longest === "number" ? longest : 0,
  };
}

const formats: Readonly<Record<string, ColumnKind>> = {
  date: "day",
  "date-time": "time",
  uuid: "uuid",
  byte: "binary",
  binary: "binary",
};
const kinds: Readonly<Record<string, ColumnKind>> = {
  string: "text",
  integer: "integer",
  number: "decimal",
  boolean: "boolean",
};

function kindOf(schema: Json): ColumnKind {
  const kind = Object.hasOwn(kinds, typeOf(schema) ?? "") ? kinds[typeOf(schema) ?? ""]! : "other";
  const format = textOf(schema["format"]) ?? "";
  return kind === "text" && Object.hasOwn(formats, format) ? formats[format]! : kind;
}

/** The document's own list: short, and of words. */
function codesOf(values: unknown): readonly string[] | null {
  const texts = list(values).flatMap((value) => scalarText(value) ?? []);
  const isList = texts.length > 0 && texts.length <= CODES && new Set(texts).size === texts.length;
  return isList && texts.every((text) => /^[\p{L}\p{N} ._/-]{1,60}$/u.test(text)) ? texts : null;
}

export function scalarText(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}
