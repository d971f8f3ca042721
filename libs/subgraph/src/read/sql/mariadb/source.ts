import { DummyDriver, Kysely, MysqlAdapter, MysqlIntrospector, MysqlQueryCompiler } from "kysely";
import type { PoolConnection, RowDataPacket } from "mysql2/promise";
import { WeftError } from "#libs/terms";
import { mariadbAccount } from "../../../account/mariadb.js";
import { milliseconds } from "../../duration.js";
import { envValue } from "../../env.js";
import type { Mapping } from "../../mapping.js";
import type { Source } from "../../source.js";
import type { MariadbConfig } from "../../source-config.js";
import { tableColumns } from "../../table-columns.js";
import { jsonStatements } from "../json/statement.js";
import { sqlSource, statementsOnce, unavailable, within } from "../source.js";
import { compiledStatements, type Row } from "../statement.js";
import { catalogueQuery, columnTypes } from "./columns.js";
import { mariadbDialect } from "./dialect.js";
import { openPool } from "./pool.js";

/**
 * A MIS on MariaDB or MySQL. Statements are compiled by kysely and prepared at the server: kysely's own driver would write the parameters
 * into the text.
 */
export function openMariadb(
  config: MariadbConfig,
  mapping: Mapping,
  env: Readonly<Record<string, string | undefined>>,
): Source {
  const pool = openPool(envValue(config.url, env), config, mapping.config.protect);
  const ask = asker(pool, milliseconds(mapping.config.protect.statementTimeout) + 500);
  const statements = statementsOnce(
    tableColumns(mapping.config).keys(),
    (table) => {
      const { text, values } = catalogueQuery(table);
      return ask(text, values);
    },
    (rows) => {
      const catalogue = new Map([...rows].map(([table, columns]) => [table, columnTypes(columns)] as const));
      const shape = jsonStatements({ mapping, dialect: mariadbDialect(catalogue, config.charset) });
      return { shape, compiled: compiledStatements(compiler(), shape) };
    },
  );
  return sqlSource(mapping, {
    statements: (signal) => statements.get(signal),
    run(statement, request, signal) {
      const values = statement.fills.map((fill) => fill(request) as string | null);
      return statements.run(() => ask(statement.text, values), signal);
    },
    account: (signal) => within(signal, () => mariadbAccount((text) => ask(text, []))),
    close: () => pool.end(),
  });
}

/** Compiles for MySQL, and connects to nothing. */
function compiler(): Kysely<unknown> {
  return new Kysely<unknown>({
    dialect: {
      createAdapter: () => new MysqlAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new MysqlIntrospector(db),
      createQueryCompiler: () => new MysqlQueryCompiler(),
    },
  });
}

type Ask = (text: string, values: readonly (string | null)[]) => Promise<readonly Row[]>;

function asker(pool: { take(): Promise<PoolConnection> }, timeout: number): Ask {
  return async (text, values) => {
    let connection: PoolConnection | undefined;
    try {
      connection = await pool.take();
      const [rows] = await connection.execute<RowDataPacket[]>({ sql: text, values: [...values], timeout });
      connection.release();
      return rows.map(textRow);
    } catch (error) {
      // What a broken or overdue connection still says must not reach the next read.
      if (isOfServer(error)) connection?.release();
      else connection?.destroy();
      throw sourceError(error);
    }
  };
}

function textRow(row: RowDataPacket): Row {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value === null ? null : String(value)]));
}

function isOfServer(error: unknown): boolean {
  return typeof error === "object" && error !== null && "sqlState" in error && !("fatal" in error && error.fatal);
}

/** Refused to this account or this session, whatever the SQLSTATE's class. */
const refused = new Set([1044, 1045, 1142, 1143, 1227, 1290, 1370, 1698, 1792]);
/** Too many connections, or a statement that was cut off. */
const busy = new Set([1040, 1203, 1205, 1213, 1226, 1317, 1969, 3024]);
/** Collations that cannot be compared, a time zone that the server does not know. */
const unfit = new Set([1267, 1271, 1298]);

/** By number and SQLSTATE alone: the server's messages may hold values. */
function sourceError(error: unknown): WeftError {
  if (error instanceof WeftError) return error;
  const { errno, sqlState } = (typeof error === "object" && error !== null ? error : {}) as Record<string, unknown>;
  const number = typeof errno === "number" ? errno : 0;
  const state = typeof sqlState === "string" && /^[0-9A-Z]{5}$/.test(sqlState) ? sqlState : "";
  const detail = `SQLSTATE ${state}, error ${number}`;
  if (state === "") return unavailable("no connection");
  if (busy.has(number)) return unavailable(detail);
  if (refused.has(number) || /^(28|25)/.test(state)) return new WeftError("SOURCE_REFUSED", { detail });
  if (unfit.has(number) || /^(22|42|0A)/.test(state))
    return new WeftError("SOURCE_INVALID", { detail: `${detail}: does the mapping fit the tables?` });
  return unavailable(detail);
}
