import { CompiledQuery, Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import { WeftError } from "#libs/terms";
import { postgresAccount } from "../../../account/postgres.js";
import type { AdapterConfig } from "../../config.js";
import { milliseconds } from "../../duration.js";
import { envValue } from "../../env.js";
import type { Mapping } from "../../mapping.js";
import type { Source } from "../../source.js";
import type { PostgresConfig } from "../../source-config.js";
import { type Prepared, sqlSource, unavailable, within } from "../source.js";
import { compiledStatements, type Row, type Statement } from "../statement.js";
import { postgresStatements } from "./statement.js";

/** A MIS on PostgreSQL. */
export function openPostgres(
  config: PostgresConfig,
  mapping: Mapping,
  env: Readonly<Record<string, string | undefined>>,
): Source {
  const db = openReadOnly(config, mapping.config.protect, env);
  const shape = postgresStatements(mapping);
  const prepared: Prepared = { shape, compiled: compiledStatements(db, shape) };
  return sqlSource(mapping, {
    statements: () => Promise.resolve(prepared),
    run: (statement, request, signal) => runOn(db, statement, request, signal),
    account: (signal) => postgresAccount((text) => runOn(db, { text, fills: [] }, null, signal)),
    close: () => db.destroy(),
  });
}

/** One small pool of read-only sessions. */
export function openReadOnly(
  config: PostgresConfig,
  protect: AdapterConfig["protect"],
  env: Readonly<Record<string, string | undefined>>,
): Kysely<unknown> {
  return new Kysely<unknown>({ dialect: new PostgresDialect({ pool: openPool(config, protect, env) }) });
}

export async function runOn<Request>(
  db: Kysely<unknown>,
  statement: Statement<Request>,
  request: Request,
  signal: AbortSignal,
): Promise<readonly Row[]> {
  const query = CompiledQuery.raw(
    statement.text,
    statement.fills.map((fill) => fill(request)),
  );
  try {
    return (await within(signal, () => db.executeQuery<Row>(query))).rows;
  } catch (error) {
    throw sourceError(error);
  }
}

function openPool(
  config: PostgresConfig,
  protect: AdapterConfig["protect"],
  env: Readonly<Record<string, string | undefined>>,
): pg.Pool {
  const statementTimeout = milliseconds(protect.statementTimeout);
  const options = [
    "default_transaction_read_only=on",
    `statement_timeout=${statementTimeout}`,
    "idle_in_transaction_session_timeout=5000",
    "DateStyle=ISO",
    "jit=off",
    `TimeZone=${postgresZone(config.timezone)}`,
    ...(config.schema === undefined ? [] : [`search_path=${config.schema}`]),
  ];
  const pool = new pg.Pool({
    connectionString: connectionString(config, env),
    max: protect.connections,
    connectionTimeoutMillis: milliseconds(protect.queue),
    idleTimeoutMillis: 30_000,
    query_timeout: statementTimeout + 500,
    keepAlive: true,
    application_name: "weft",
    options: options.map((option) => `-c ${option}`).join(" "),
  });
  // An idle connection that the server closes is replaced by the next read; without a listener it would end the process.
  pool.on("error", () => undefined);
  // The same for one that breaks between two statements of a transaction, where the pool does not listen: the next statement fails.
  pool.on("connect", (client) => client.on("error", () => undefined));
  return pool;
}

/** Options in the URL would take the place of ours, and with them read-only sessions and the time-out. */
function connectionString(config: PostgresConfig, env: Readonly<Record<string, string | undefined>>): string {
  const url = envValue(config.url, env);
  if (!URL.canParse(url) || new URL(url).searchParams.has("options")) {
    throw new WeftError("CONFIG_INVALID", { detail: `${config.url} is not a database URL without options` });
  }
  return url;
}

/** PostgreSQL reads "+03:00" as POSIX does, three hours *west*; this spelling says east and keeps its name. */
function postgresZone(timezone = "UTC"): string {
  const offset = /^([+-])(\d{2}:\d{2})$/.exec(timezone);
  if (!offset) return timezone === "Z" ? "UTC" : timezone;
  return `<${timezone}>${offset[1] === "+" ? "-" : "+"}${offset[2]}`;
}

/** By SQLSTATE alone: the server's messages and details may hold values. */
function sourceError(error: unknown): WeftError {
  if (error instanceof WeftError) return error;
  const state = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  if (/^(22|42|0A)/.test(state))
    return new WeftError("SOURCE_INVALID", { detail: `SQLSTATE ${state}: does the mapping fit the tables?` });
  if (/^(28|25)/.test(state)) return new WeftError("SOURCE_REFUSED", { detail: `SQLSTATE ${state}` });
  return unavailable(/^[0-9A-Z]{5}$/.test(state) ? `SQLSTATE ${state}` : "no connection");
}
