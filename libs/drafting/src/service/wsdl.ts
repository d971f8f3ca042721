import { describeWsdl } from "#libs/subgraph";
import { WeftError } from "#libs/terms";
import type { ColumnKind } from "../catalogue.js";
import { isObject, type Json, objects } from "./references.js";
import type { Input, Operation, Service, ServiceColumn } from "./service.js";
import { entityName, looksLikePerson } from "./service-words.js";

const DEPTH = 3;
const COLUMNS = 300;
const OPERATIONS = 500;

/** A WSDL and what it imports from its own place. `textAt`: how a URL is read. Throws `SOURCE_INVALID` and `SOURCE_UNAVAILABLE`. */
export async function readWsdl(place: string, textAt?: (url: string) => Promise<string>): Promise<Service> {
  const services = await describeWsdl(place, textAt);
  const ports = objects(services).flatMap(([, service]) => objects(service).map(([, port]) => port));
  // The operations of one port are asked: those of the first that has any.
  const operations = ports.map((port) => objects(port).slice(0, OPERATIONS).flatMap(operationOf));
  const found = operations.find((some) => some.length > 0);
  if (!found) throw new WeftError("SOURCE_INVALID", { detail: "a WSDL without an operation that answers with rows" });
  return { kind: "soap", operations: found, place: undefined, auth: undefined, health: undefined, notes: [] };
}

function operationOf([name, value]: readonly [string, unknown]): Operation[] {
  if (!isObject(value) || !/^[A-Za-z_][\w.-]{0,99}$/.test(name)) return [];
  const found = rowsOf(isObject(value["output"]) ? value["output"] : {}, name);
  if (!found || found.columns.length === 0) return [];
  const inputs = objects(value["input"]).flatMap(([each, type]) => inputOf(each, type));
  return [{ name, method: "POST", path: "/", comment: null, says404: false, inputs, ...found }];
}

type Rows = Pick<Operation, "entity" | "rows" | "isMany" | "columns" | "beside">;

/** Elements that may stand there more than once are rows, down to a third level; or the answer is one. */
function rowsOf(output: Json, operation: string): Rows | undefined {
  const columns = columnsOf(output);
  const own = { entity: entityName(operation), rows: "$", isMany: false, columns, beside: [] };
  if (looksLikePerson(columns)) return own;
  const beside = Object.keys(output).filter(isName);
  const lists = inner(output, "$", 0).toSorted((a, b) => b.columns.length - a.columns.length);
  const [widest] = lists.some(({ isMany }) => isMany) ? lists.filter(({ isMany }) => isMany) : lists;
  return widest ? { ...widest, beside } : own;
}

function inner(value: Json, at: string, depth: number): readonly Rows[] {
  if (depth >= DEPTH) return [];
  return objects(value).flatMap(([key, each]) => {
    const { name, isMany } = named(key);
    if (!isName(name) || !isObject(each)) return [];
    const rows = `${at}.${name}`;
    const here = { entity: entityName(name), rows, isMany, columns: columnsOf(each), beside: [] };
    return [here, ...(isMany ? [] : inner(each, rows, depth + 1))];
  });
}

/** `member[]`: any number of them. Members whose names begin so are the library's own. */
function named(key: string): { readonly name: string; readonly isMany: boolean } {
  const isMany = key.endsWith("[]");
  return { name: isMany ? key.slice(0, -2) : key, isMany };
}

function isName(name: string): boolean {
  return /^[A-Za-z_]\w{0,59}$/.test(name) && name !== "targetNSAlias" && name !== "targetNamespace";
}

function columnsOf(row: Json, path: readonly string[] = []): readonly ServiceColumn[] {
  return objects(row)
    .flatMap(([key, type]) => {
      const { name, isMany } = named(key);
      if (!isName(name)) return [];
      const at = [...path, name];
      if (isObject(type) && !isMany && at.length < DEPTH) return columnsOf(type, at);
      return [columnOf(at.length === 1 ? name : `$.${at.join(".")}`, isMany ? undefined : type)];
    })
    .slice(0, COLUMNS);
}

const kinds: Readonly<Record<string, ColumnKind>> = {
  date: "day",
  dateTime: "time",
  boolean: "boolean",
  decimal: "decimal",
  double: "decimal",
  float: "decimal",
  int: "integer",
  integer: "integer",
  long: "integer",
  short: "integer",
  base64Binary: "binary",
  hexBinary: "binary",
};

function columnOf(name: string, type: unknown): ServiceColumn {
  const [, base, values] =
    typeof type === "string" && type.includes("|") ? type.split("|") : [undefined, type, undefined];
  const local = typeof base === "string" ? base.slice(base.indexOf(":") + 1) : undefined;
  const kind = local === undefined ? "other" : Object.hasOwn(kinds, local) ? kinds[local]! : "text";
  const codes = values?.split(",").filter((value) => /^[\p{L}\p{N} ._/-]{1,60}$/u.test(value)) ?? [];
  return {
    name,
    kind,
    nullable: true,
    comment: null,
    values: codes.length > 0 && codes.length <= 60 && new Set(codes).size === codes.length ? codes : null,
    example: null,
    pattern: null,
    longest: 0,
  };
}

/** Which elements are wanted is not told by the library: none counts as required. */
function inputOf(key: string, type: unknown, within: readonly string[] = []): Input[] {
  const { name, isMany } = named(key);
  if (!isName(name)) return [];
  if (isObject(type) && !isMany && within.length < DEPTH)
    return objects(type).flatMap(([inside, each]) => inputOf(inside, each, [...within, name]));
  const isText = typeof type === "string";
  return isText ? [{ name, within, place: "body", isMany, isRequired: false, fixed: null, largest: null }] : [];
}
