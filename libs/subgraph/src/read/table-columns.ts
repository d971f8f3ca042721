import { type AdapterConfig, type FieldConfig, type FilterConfig, type TypeConfig } from "./config.js";
import { isTable } from "./codes.js";
import { mappingColumns } from "./derive.js";
import { columnsOfWhere } from "./need.js";
import { PERSON } from "./schema.js";

/** Every column that the mapping looks at, by table. What is not here is never held. */
export function tableColumns(config: AdapterConfig): ReadonlyMap<string, ReadonlySet<string>> {
  const tables = new Map<string, Set<string>>();
  const person = config.types[PERSON]?.from ?? "";
  const add = (table: string, columns: Iterable<string>) => {
    const known = tables.get(table) ?? new Set<string>();
    for (const column of columns) known.add(column);
    tables.set(table, known);
  };
  for (const type of Object.values(config.types)) {
    const table = type.from ?? person;
    add(table, typeColumns(type));
    add(person, Object.values(type.on ?? {}).map(lastName));
    for (const field of Object.values(type.fields)) addField(field, config, person, table, add);
  }
  for (const list of Object.values(config.lists)) {
    add(person, list.keyset);
    add(config.types[list.of]?.from ?? person, [...columnsOfWhere(list.where), ...filterColumns(list.filters)]);
  }
  for (const codes of Object.values(config.codes)) {
    if (isTable(codes)) add(codes.from, [codes.code, codes.label, ...columnsOfWhere(codes.where)]);
  }
  return tables;
}

type Add = (table: string, columns: Iterable<string>) => void;

function addField(field: FieldConfig, config: AdapterConfig, person: string, table: string, add: Add): void {
  add(table, mappingColumns(field));
  if ("exists" in field) {
    add(field.exists.from, [...Object.keys(field.exists.on), ...columnsOfWhere(field.exists.where)]);
    add(person, Object.values(field.exists.on).map(lastName));
  }
  if ("list" in field) {
    const { of, newest, keyset, filters } = field.list;
    add(config.types[of]?.from ?? person, [
      ...keyset,
      ...(newest === undefined ? [] : [newest]),
      ...filterColumns(filters),
    ]);
  }
}

function typeColumns(type: TypeConfig): readonly string[] {
  const asOf =
    typeof type.asOf === "string" ? [type.asOf] : type.asOf && "column" in type.asOf ? [type.asOf.column] : [];
  const { verified, declared, disputed } = typeof type.quality === "object" ? type.quality : {};
  const newest = newestColumn(type.duplicates);
  return [
    ...asOf,
    ...[type.where, verified, declared, disputed].flatMap(columnsOfWhere),
    ...(type.identifiers ?? []).map((identifier) => identifier.column),
    ...Object.keys(type.on ?? {}),
    ...(newest === undefined ? [] : [newest]),
  ];
}

function filterColumns(filters: Readonly<Record<string, FilterConfig>>): readonly string[] {
  return Object.values(filters).map((filter) => filter.column);
}

export function newestColumn(duplicates: string | undefined): string | undefined {
  return /^newest\((.+)\)$/.exec(duplicates ?? "")?.[1];
}

/** The column of `TABLE.COLUMN`. */
export function lastName(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}
