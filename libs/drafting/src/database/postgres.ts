import { WeftError } from "#libs/terms";
import pg from "pg";
import type { Catalogue, Column, ColumnKind, ForeignKey, Index, Table } from "../catalogue.js";
import { CELL, type DatabaseReader, type Row, SAMPLE, STATEMENT } from "./reader.js";

/** The catalogue of PostgreSQL, by its own tables: information_schema hides what an account may not read. */
export async function openPostgres(url: string, schema: string | undefined): Promise<DatabaseReader> {
  if (new URL(url).searchParams.has("options"))
    throw new WeftError("CONFIG_INVALID", {
      detail: "a database URL without options is right: they would take the place of ours",
    });
  const client = new pg.Client({
    connectionString: url,
    application_name: "weft draft",
    connectionTimeoutMillis: 10_000,
    statement_timeout: STATEMENT,
    lock_timeout: 500,
    query_timeout: STATEMENT + 2000,
    options: "-c default_transaction_read_only=on -c DateStyle=ISO -c jit=off",
  });
  client.on("error", () => undefined);
  const ask = async (text: string, values: readonly unknown[] = []): Promise<readonly Row[]> => {
    try {
      return (await client.query<Row>(text, [...values])).rows;
    } catch (error) {
      throw sourceError(error);
    }
  };
  await client.connect().catch((error: unknown) => {
    throw sourceError(error);
  });
  const [first] = await ask("select current_schema() as name, current_setting('TimeZone') as zone");
  const looked = schema ?? first?.["name"] ?? "public";
  return {
    catalogue: () => readCatalogue(ask, looked, first?.["zone"] ?? null),
    async sample(table, columns, valid) {
      try {
        return await ask(sampleText(looked, table, columns, valid));
      } catch {
        return undefined;
      }
    },
    close: () => client.end(),
  };
}

/** By SQLSTATE alone: the server's messages may hold values. */
function sourceError(error: unknown): WeftError {
  const state = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  if (/^(28|3D|42501)/.test(state)) return new WeftError("SOURCE_REFUSED", { detail: `SQLSTATE ${state}` });
  return new WeftError("SOURCE_UNAVAILABLE", { detail: state === "" ? "no connection" : state });
}

type Ask = (text: string, values?: readonly unknown[]) => Promise<readonly Row[]>;

const ours =
  "from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and not c.relispartition";

const statements = {
  tables: `select c.oid::text as id, c.relname::text as name, c.relkind::text as kind, c.reltuples::bigint::text as rows, obj_description(c.oid, 'pg_class') as comment ${ours} and c.relkind in ('r', 'p', 'v', 'm', 'f') order by c.relname`,
  columns: `select a.attrelid::text as id, a.attname::text as name, t.typname::text as type, coalesce(b.typname, t.typname)::text as base, t.typtype::text as form, a.attnotnull::text as required, col_description(a.attrelid, a.attnum) as comment, (select json_agg(e.enumlabel order by e.enumsortorder)::text from pg_enum e where e.enumtypid = t.oid) as labels from pg_attribute a join pg_type t on t.oid = a.atttypid left join pg_type b on b.oid = t.typbasetype where a.attnum > 0 and not a.attisdropped and a.attrelid in (select c.oid ${ours}) order by a.attrelid, a.attnum`,
  keys: `select k.conrelid::text as id, k.contype::text as type, (select json_agg(a.attname order by u.n)::text from unnest(k.conkey) with ordinality u(attnum, n) join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.attnum) as columns, r.relname::text as there, (select json_agg(a.attname order by u.n)::text from unnest(k.confkey) with ordinality u(attnum, n) join pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.attnum) as references, case when k.contype = 'c' then pg_get_constraintdef(k.oid) end as definition from pg_constraint k left join pg_class r on r.oid = k.confrelid and r.relnamespace = k.connamespace where k.contype in ('p', 'f', 'c') and k.conrelid in (select c.oid ${ours}) order by k.conrelid, k.conname`,
  indexes: `select i.indrelid::text as id, i.indisunique::text as is_unique, (i.indpred is not null)::text as is_partial, (select json_agg(coalesce(a.attname, '') order by u.n)::text from unnest(i.indkey) with ordinality u(attnum, n) left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = u.attnum and u.attnum > 0 where u.n <= i.indnkeyatts) as columns from pg_index i join pg_class x on x.oid = i.indexrelid where i.indisvalid and i.indrelid in (select c.oid ${ours}) order by i.indrelid, x.relname`,
} as const;

async function readCatalogue(ask: Ask, schema: string, timezone: string | null): Promise<Catalogue> {
  const tables = await ask(statements.tables, [schema]);
  const columns = byTable(await ask(statements.columns, [schema]));
  const keys = byTable(await ask(statements.keys, [schema]));
  const indexes = byTable(await ask(statements.indexes, [schema]));
  return {
    kind: "postgres",
    schema,
    timezone,
    tables: tables.map((row) => {
      const id = row["id"] ?? "";
      return tableOf(row, columns.get(id) ?? [], keys.get(id) ?? [], indexes.get(id) ?? []);
    }),
  };
}

function byTable(rows: readonly Row[]): ReadonlyMap<string, readonly Row[]> {
  return Map.groupBy(rows, (row) => row["id"] ?? "");
}

function tableOf(row: Row, columns: readonly Row[], keys: readonly Row[], indexes: readonly Row[]): Table {
  const rows = Number(row["rows"]);
  const checks = keys.filter(({ type }) => type === "c");
  return {
    name: row["name"] ?? "",
    isView: row["kind"] === "v",
    comment: row["comment"] ?? null,
    rows: rows >= 0 && row["kind"] !== "v" ? rows : null,
    columns: columns.map((column) => columnOf(column, checks)),
    primaryKey: names(keys.find(({ type }) => type === "p")?.["columns"]),
    foreignKeys: keys.flatMap((key): ForeignKey[] =>
      key["type"] === "f" && key["there"] != null
        ? [{ columns: names(key["columns"]), table: key["there"], references: names(key["references"]) }]
        : [],
    ),
    indexes: indexes.map((index): Index => ({
      columns: names(index["columns"]),
      isUnique: index["is_unique"] === "true",
      isPartial: index["is_partial"] === "true",
    })),
  };
}

function names(json: string | null | undefined): readonly string[] {
  return json == null ? [] : (JSON.parse(json) as string[]);
}

const kinds: Readonly<Record<string, ColumnKind>> = {
  text: "text",
  varchar: "text",
  bpchar: "text",
  char: "text",
  name: "text",
  citext: "text",
  int2: "integer",
  int4: "integer",
  int8: "integer",
  numeric: "decimal",
  float4: "decimal",
  float8: "decimal",
  bool: "boolean",
  date: "day",
  timestamp: "time",
  timestamptz: "time",
  uuid: "uuid",
  bytea: "binary",
};

function columnOf(row: Row, checks: readonly Row[]): Column {
  const name = row["name"] ?? "";
  const labels = row["labels"] == null ? null : names(row["labels"]);
  const check = checks.find((each) => names(each["columns"]).join() === name);
  return {
    name,
    kind: row["form"] === "e" ? "text" : (kinds[row["base"] ?? ""] ?? "other"),
    nullable: row["required"] !== "true",
    comment: row["comment"] ?? null,
    values: labels ?? checkedValues(check?.["definition"] ?? ""),
  };
}

/** `CHECK ((x = ANY (ARRAY['A'::text, 'B'::text])))`: a list that the table declares is no datum of anybody. */
function checkedValues(definition: string): readonly string[] | null {
  const list = /= ANY \(+ARRAY\[([^\]]+)\]/.exec(definition)?.[1];
  const values =
    list === undefined
      ? []
      : [...list.matchAll(/'((?:[^']|'')*)'/g)].map(([, value = ""]) => value.replaceAll("''", "'"));
  return values.length > 0 && values.length <= 60 ? values : null;
}

/** Some pages of a large table, and of no table more than the sample. */
function sampleText(schema: string, table: Table, columns: readonly string[], valid: readonly string[]): string {
  const id = (name: string) => pg.escapeIdentifier(name);
  const isLarge = !table.isView && (table.rows ?? 0) > 20 * SAMPLE;
  const share = Math.min(100, (100 * 4 * SAMPLE) / (table.rows ?? 1));
  const part = isLarge ? ` tablesample system (${share.toFixed(6)}) repeatable (1)` : "";
  const cells = columns.map((name) => `left(${id(name)}::text, ${CELL}) as ${id(name)}`);
  const where = valid.length === 0 ? "" : ` where ${valid.map((name) => `${id(name)} is null`).join(" and ")}`;
  return `select ${cells.join(", ")} from ${id(schema)}.${id(table.name)}${part}${where} limit ${SAMPLE}`;
}
