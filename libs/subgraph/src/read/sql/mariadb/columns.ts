/** What the catalogue says of one column: how keys are compared with it, and how it is read. */
export interface ColumnType {
  readonly type: string;
  readonly unsigned: boolean;
  /** `decimal(12,2)` */
  readonly full: string;
  readonly charset: string | null;
  readonly collation: string | null;
  /** First in an index. A view does not say: taken as if it were. */
  readonly isIndexed: boolean;
}

/** By table as adapter.yaml names it, then by column, in lower case as the server compares their names. */
export type Catalogue = ReadonlyMap<string, ReadonlyMap<string, ColumnType>>;

export type Kind = "text" | "integer" | "decimal" | "number" | "bit" | "day" | "time" | "bytes" | "other";

const kinds: Readonly<Record<string, Kind>> = {
  char: "text",
  varchar: "text",
  tinytext: "text",
  text: "text",
  mediumtext: "text",
  longtext: "text",
  enum: "text",
  set: "text",
  tinyint: "integer",
  smallint: "integer",
  mediumint: "integer",
  int: "integer",
  bigint: "integer",
  year: "integer",
  decimal: "decimal",
  float: "number",
  double: "number",
  bit: "bit",
  date: "day",
  datetime: "time",
  timestamp: "time",
  binary: "bytes",
  varbinary: "bytes",
  tinyblob: "bytes",
  blob: "bytes",
  mediumblob: "bytes",
  longblob: "bytes",
};

export function kindOf(type: ColumnType | undefined): Kind {
  return kinds[type?.type ?? ""] ?? "other";
}

/** `(schema, table)`; no schema: that of the connection. */
export function tableName(name: string): { readonly schema: string | null; readonly table: string } {
  const dot = name.indexOf(".");
  return dot < 0 ? { schema: null, table: name } : { schema: name.slice(0, dot), table: name.slice(dot + 1) };
}

const columns = `select lower(column_name) as name, lower(data_type) as type, lower(column_type) as full_type, character_set_name as charset, collation_name as collation_name, column_key as column_key from information_schema.columns`;

/** One question for each table: the server answers these without opening others. */
export function catalogueQuery(name: string): { readonly text: string; readonly values: readonly string[] } {
  const { schema, table } = tableName(name);
  return schema === null
    ? { text: `${columns} where table_schema = database() and table_name = ?`, values: [table] }
    : { text: `${columns} where table_schema = ? and table_name = ?`, values: [schema, table] };
}

export function columnTypes(rows: readonly Readonly<Record<string, string | null>>[]): ReadonlyMap<string, ColumnType> {
  const saysIndexes = rows.some((row) => row["column_key"]);
  return new Map(
    rows.map((row) => {
      const full = row["full_type"] ?? "";
      const type: ColumnType = {
        type: row["type"] ?? "",
        unsigned: full.includes("unsigned"),
        full,
        charset: row["charset"] ?? null,
        collation: row["collation_name"] ?? null,
        isIndexed: !saysIndexes || Boolean(row["column_key"]),
      };
      return [row["name"] ?? "", type] as const;
    }),
  );
}
