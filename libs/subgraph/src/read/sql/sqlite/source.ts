import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from "kysely";
import { WeftError } from "#libs/terms";
import { sqliteIndexes, sqlitePowers } from "../../../account/sqlite.js";
import { milliseconds } from "../../duration.js";
import { envValue } from "../../env.js";
import type { Mapping } from "../../mapping.js";
import type { Source } from "../../source.js";
import type { SqliteConfig } from "../../source-config.js";
import { tableColumns } from "../../table-columns.js";
import { jsonStatements } from "../json/statement.js";
import { sqlSource, statementsOnce, unavailable, within } from "../source.js";
import { compiledStatements, type Row } from "../statement.js";
import { sqliteDialect } from "./dialect.js";
import { SqliteError, Threads } from "./threads.js";

/** A MIS that is one SQLite file, read where it lies and never written. */
export function openSqlite(
  config: SqliteConfig,
  mapping: Mapping,
  env: Readonly<Record<string, string | undefined>>,
): Source {
  const { connections, statementTimeout, queue } = mapping.config.protect;
  const threads = new Threads(
    envValue(config.file, env),
    connections,
    milliseconds(statementTimeout),
    milliseconds(queue),
  );
  const ask = async (text: string, values: readonly unknown[]): Promise<readonly Row[]> => {
    try {
      return (await threads.ask(text, values)).map(textRow);
    } catch (error) {
      throw sourceError(error);
    }
  };
  const types = (rows: readonly Row[]) => new Map(rows.map((row) => [row["name"] ?? "", row["type"] ?? ""] as const));
  const statements = statementsOnce(
    tableColumns(mapping.config).keys(),
    (table) => ask("select lower(name) as name, lower(type) as type from pragma_table_info(?)", [table]),
    (rows) => {
      const declared = new Map([...rows].map(([table, columns]) => [table, types(columns)] as const));
      const shape = jsonStatements({ mapping, dialect: sqliteDialect(declared) });
      return { shape, compiled: compiledStatements(compiler(), shape) };
    },
  );
  return sqlSource(mapping, {
    statements: (signal) => statements.get(signal),
    run(statement, request, signal) {
      const values = statement.fills.map((fill) => fill(request) ?? null);
      return statements.run(() => ask(statement.text, values), signal);
    },
    async account(signal) {
      const indexes = await within(signal, () => sqliteIndexes(tableColumns(mapping.config).keys(), ask));
      return { powers: sqlitePowers(envValue(config.file, env)), tables: [], indexes };
    },
    close: () => threads.close(),
  });
}

/** Compiles for SQLite, and opens nothing. */
function compiler(): Kysely<unknown> {
  return new Kysely<unknown>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });
}

function textRow(row: Readonly<Record<string, unknown>>): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === "number" ? String(value) : (value as string | null),
    ]),
  );
}

const invalid = new Set([1, 11, 20, 25, 26]);
const refused = new Set([3, 8, 23]);

/** By SQLite's number alone: its messages may hold values. */
function sourceError(error: unknown): WeftError {
  if (error instanceof WeftError) return error;
  if (!(error instanceof SqliteError)) return unavailable("no connection");
  const number = error.number & 0xff;
  if (invalid.has(number))
    return new WeftError("SOURCE_INVALID", { detail: `${error.message}: does the mapping fit the tables?` });
  if (refused.has(number)) return new WeftError("SOURCE_REFUSED", { detail: error.message });
  return unavailable(error.message);
}
