import { type FieldNode, type GraphQLSchema, print } from "graphql";
import { coordinate, type Coordinate } from "#libs/terms";
import type { AdapterConfig, FieldConfig, FilterConfig, TypeConfig } from "./config.js";
import {
  type Cell,
  columnsOfWhere,
  conditionName,
  type EntryNeed,
  type Needs,
  type PersonListNeed,
  type SlotNeed,
  type TableNeed,
} from "./need.js";
import { isPersonal, PERSON } from "./schema.js";
import type { Visit } from "./walk.js";

/** What a plan's coordinates need of the source. A coordinate without a mapping (pages, `Person.ref`) needs nothing. */
export function deriveNeeds(visits: readonly Visit[], schema: GraphQLSchema, config: AdapterConfig): Needs {
  const layout: Set<Coordinate>[] = [];
  const place = (coordinates: Iterable<Coordinate>) => layout.push(new Set(coordinates)) - 1;
  const used = usedTypes(visits, schema, config);
  const tableOf = (type: string, reachedBy: Iterable<Coordinate>) => tableNeed(type, reachedBy, used, config, place);
  const lists = personLists(visits, config).map(({ visit, of }): PersonListNeed => ({
    ...slot(visit, place),
    table: tableOf(of, [visit.coordinate]),
  }));
  return {
    // Whoever shows anything has a row, also where all that is shown is a constant.
    own: tableOf(PERSON, new Set(visits.map((visit) => visit.coordinate))),
    joined: joinedTypes(visits, config).map(([type, reachedBy]) => tableOf(type, reachedBy)),
    exists: distinct(visits.filter((visit) => "exists" in (mappingOf(config, visit) ?? {}))).map((visit) =>
      slot(visit, place),
    ),
    lists,
    entries: entriesOf(visits, schema, config, place),
    layout,
  };
}

type Place = (coordinates: Iterable<Coordinate>) => number;
/** For each type in use, its columns and the coordinates that look at them. */
type Used = ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<Coordinate>>>;

export function mappingOf(config: AdapterConfig, visit: Pick<Visit, "type" | "field">): FieldConfig | undefined {
  return config.types[visit.type.name]?.fields[visit.field.name];
}

/** A type without a table of its own lives in the person's row. */
export function tableTypeOf(type: string, config: AdapterConfig): string {
  return config.types[type]?.from === undefined ? PERSON : type;
}

function usedTypes(visits: readonly Visit[], schema: GraphQLSchema, config: AdapterConfig): Used {
  const used = new Map<string, Map<string, Set<Coordinate>>>();
  for (const visit of visits) {
    const type = config.types[visit.type.name];
    if (!type) continue;
    const columns = used.get(visit.type.name) ?? new Map<string, Set<Coordinate>>();
    used.set(visit.type.name, columns);
    for (const name of columnsOf(visit, type, isPersonal(schema, visit.field))) {
      columns.set(name, (columns.get(name) ?? new Set()).add(visit.coordinate));
    }
  }
  return used;
}

/** The as-of column comes along with any value: the answer says how old it is. */
function columnsOf(visit: Visit, type: TypeConfig, personal: boolean): readonly string[] {
  const mapping = type.fields[visit.field.name];
  const own = mapping ? mappingColumns(mapping) : [];
  const asOf = personal || (visit.field.name === "asOf" && !mapping) ? asOfColumns(type) : [];
  const quality = visit.field.name === "quality" && !mapping ? qualityColumns(visit.type.name, type) : [];
  return [...own, ...asOf, ...quality];
}

export function mappingColumns(mapping: FieldConfig): readonly string[] {
  if ("present" in mapping) return [mapping.present];
  const one = "column" in mapping && mapping.column !== undefined ? [mapping.column] : [];
  const several = "columns" in mapping && mapping.columns !== undefined ? mapping.columns : [];
  return [...one, ...several];
}

function asOfColumns(type: TypeConfig): readonly string[] {
  if (typeof type.asOf === "string") return [type.asOf];
  return type.asOf && "column" in type.asOf ? [type.asOf.column] : [];
}

function qualityColumns(name: string, type: TypeConfig): readonly string[] {
  if (typeof type.quality !== "object") return [];
  const { verified, declared, disputed } = type.quality;
  return Object.entries({ verified, declared, disputed }).flatMap(([word, where]) =>
    typeof where === "string" ? [conditionName(name, word)] : columnsOfWhere(where),
  );
}

function tableNeed(
  type: string,
  reachedBy: Iterable<Coordinate>,
  used: Used,
  config: AdapterConfig,
  place: Place,
): TableNeed {
  const cells: Cell[] = [];
  const columns = new Map<string, Set<Coordinate>>();
  for (const [name, typeColumns] of used) {
    if (tableTypeOf(name, config) !== type) continue;
    for (const [column, coordinates] of typeColumns) {
      const all = columns.get(column) ?? new Set();
      for (const each of coordinates) all.add(each);
      columns.set(column, all);
    }
  }
  for (const [name, coordinates] of columns) cells.push(cell(name, place(coordinates), config));
  return { type, position: place(reachedBy), cells };
}

function cell(name: string, position: number, config: AdapterConfig): Cell {
  const [, type, word] = /^\?(\w+)\.(verified|declared|disputed)$/.exec(name) ?? [];
  const quality = type === undefined ? undefined : config.types[type]?.quality;
  const condition = typeof quality === "object" ? quality[word as "verified" | "declared" | "disputed"] : undefined;
  return typeof condition === "string" ? { name, position, condition } : { name, position };
}

function joinedTypes(
  visits: readonly Visit[],
  config: AdapterConfig,
): readonly (readonly [string, ReadonlySet<Coordinate>])[] {
  const joined = new Map<string, Set<Coordinate>>();
  for (const visit of visits) {
    const mapping = mappingOf(config, visit);
    if (!mapping || !("type" in mapping) || tableTypeOf(mapping.type, config) === PERSON) continue;
    joined.set(mapping.type, (joined.get(mapping.type) ?? new Set()).add(visit.coordinate));
  }
  // A list's items are their own persons' records: they are joined as if a person's field had led to them.
  for (const visit of visits) {
    const list = visit.type.name === "Query" ? config.lists[visit.field.name] : undefined;
    if (!list || tableTypeOf(list.of, config) === PERSON) continue;
    joined.set(list.of, (joined.get(list.of) ?? new Set()).add(visit.coordinate));
  }
  return [...joined];
}

function personLists(visits: readonly Visit[], config: AdapterConfig) {
  return distinct(visits).flatMap((visit) => {
    const mapping = mappingOf(config, visit);
    return mapping && "list" in mapping ? [{ visit, of: mapping.list.of }] : [];
  });
}

function slot(visit: Visit, place: Place): SlotNeed {
  return {
    key: slotKey(visit.coordinate, visit.node),
    coordinate: visit.coordinate,
    field: visit.field,
    node: visit.node,
    position: place([visit.coordinate]),
  };
}

/** The same for two uses of a field iff their arguments are written alike. */
export function slotKey(of: Coordinate, node: FieldNode): string {
  return `${of}(${(node.arguments ?? [])
    .map((argument) => print(argument))
    .sort()
    .join(",")})`;
}

/** The same field with the same arguments is asked once, however often it is selected. */
function distinct(visits: readonly Visit[]): readonly Visit[] {
  return [...new Map(visits.map((visit) => [slotKey(visit.coordinate, visit.node), visit])).values()];
}

function entriesOf(
  visits: readonly Visit[],
  schema: GraphQLSchema,
  config: AdapterConfig,
  place: Place,
): readonly EntryNeed[] {
  const entries = distinct(
    visits.filter((visit) => visit.type.name === "Query" && config.lists[visit.field.name] !== undefined),
  );
  return entries.map((visit) => ({ ...slot(visit, place), touches: touchesOf(visit, schema, config) }));
}

/** What is declared, or the item's field of the filter's name; and every classed field that shows a keyset or `where` column. */
function touchesOf(visit: Visit, schema: GraphQLSchema, config: AdapterConfig): ReadonlySet<Coordinate> {
  const list = config.lists[visit.field.name];
  if (!list) return new Set();
  const filters = Object.entries(list.filters).flatMap(([name, filter]) =>
    filterTouches(name, filter, list.of, schema),
  );
  const columns = new Set([
    ...columnsOfWhere(list.where),
    ...Object.values(list.filters).map((filter) => filter.column),
  ]);
  return new Set([
    visit.coordinate,
    ...filters,
    ...showing(list.of, columns, schema, config),
    ...showing(PERSON, new Set(list.keyset), schema, config),
  ]);
}

function filterTouches(name: string, filter: FilterConfig, of: string, schema: GraphQLSchema): readonly Coordinate[] {
  if (filter.touches !== undefined) return [filter.touches as Coordinate];
  const type = schema.getType(of);
  const field = type && "getFields" in type ? type.getFields()[name] : undefined;
  return field ? [coordinate(of, name)] : [];
}

function showing(
  type: string,
  columns: ReadonlySet<string>,
  schema: GraphQLSchema,
  config: AdapterConfig,
): readonly Coordinate[] {
  const graphql = schema.getType(type);
  if (!graphql || !("getFields" in graphql)) return [];
  return Object.entries(config.types[type]?.fields ?? {}).flatMap(([name, mapping]) => {
    const field = graphql.getFields()[name];
    const shows = mappingColumns(mapping).some((column) => columns.has(column));
    return shows && field && "args" in field && isPersonal(schema, field) ? [coordinate(type, name)] : [];
  });
}
