import { CompiledQuery, Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import { WeftError } from "#libs/terms";
import { milliseconds } from "../duration.js";
import { envValue } from "../env.js";
import type { Keys } from "../identifier.js";
import type { Mapping } from "../mapping.js";
import type { Cell, Needs, PersonListNeed } from "../need.js";
import { PERSON } from "../schema.js";
import type { JoinedRow, ListRequest, ListRow, Source, Texts, ValueRequest, ValueRow } from "../source.js";
import type { PostgresConfig } from "../source-config.js";
import { codeTableStatement, rawStatement } from "./other-statement.js";
import { cellName } from "./fragment.js";
import { compiled, identifyStatement, pageStatement, type Statement, valueStatement } from "./statement.js";

type Row = Readonly<Record<string, string | null>>;

/** A MIS on PostgreSQL: one small pool, read-only sessions, statements that exist before any key does. */
export function openPostgres(
  config: PostgresConfig,
  mapping: Mapping,
  env: Readonly<Record<string, string | undefined>>,
): Source {
  const pool = openPool(config, mapping, env);
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  const run = runner(db);
  const identify = compiled<Keys>(db, identifyStatement(mapping));
  const raw = compiled<Keys>(db, rawStatement(mapping));
  const values = new WeakMap<Needs, Statement<ValueRequest>>();
  const pages = new Map(
    Object.entries(mapping.config.lists).map(
      ([name, list]) => [name, compiled<ListRequest>(db, pageStatement(mapping, list))] as const,
    ),
  );
  const valueOf = (needs: Needs): Statement<ValueRequest> => {
    const statement = values.get(needs) ?? compiled<ValueRequest>(db, valueStatement(mapping, needs));
    values.set(needs, statement);
    return statement;
  };
  return {
    identify: async (keys, signal) =>
      (await run(identify, keys, signal)).map((row) => ({
        at: ordinal(row),
        identifiers: identifiersOf(mapping, row),
      })),
    values: async (needs, request, signal) =>
      (await run(valueOf(needs), request, signal)).map((row) => valueRow(mapping, needs, row)),
    async page(list, request, signal) {
      const statement = pages.get(list);
      if (!statement) throw new WeftError("INTERNAL", { detail: "no such list" });
      const places = mapping.config.lists[list]?.keyset ?? [];
      const rows = await run(statement, request, signal);
      return rows.map((row) => ({
        identifiers: identifiersOf(mapping, row),
        place: places.map((_, i) => row[`q${i}`] ?? ""),
      }));
    },
    async codeTable(table, signal) {
      const rows = await run(compiled<null>(db, codeTableStatement(table)), null, signal);
      return rows.map((row) => [row["code"] ?? "", row["label"] ?? null] as const);
    },
    raw: async (keys, signal) =>
      (await run(raw, keys, signal)).map((row) => ({
        table: mapping.config.types[PERSON]?.from ?? "",
        row: JSON.parse(row["row"] ?? "{}") as Texts,
      })),
    modified: () => undefined,
    async health(signal) {
      await run({ text: "select 1 as ok", fills: [] }, null, signal);
      return "the database answers";
    },
    close: () => db.destroy(),
  };
}

function openPool(
  config: PostgresConfig,
  mapping: Mapping,
  env: Readonly<Record<string, string | undefined>>,
): pg.Pool {
  const { protect } = mapping.config;
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

type Run = <Request>(statement: Statement<Request>, request: Request, signal: AbortSignal) => Promise<readonly Row[]>;

function runner(db: Kysely<unknown>): Run {
  return async (statement, request, signal) => {
    if (signal.aborted) throw unavailable("deadline");
    const query = CompiledQuery.raw(
      statement.text,
      statement.fills.map((fill) => fill(request)),
    );
    const aborted = Promise.withResolvers<never>();
    const abort = () => aborted.reject(unavailable("deadline"));
    signal.addEventListener("abort", abort, { once: true });
    try {
      return (await Promise.race([db.executeQuery<Row>(query), aborted.promise])).rows;
    } catch (error) {
      throw sourceError(error);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  };
}

function unavailable(detail: string): WeftError {
  return new WeftError("SOURCE_UNAVAILABLE", { detail, retryAfter: 5 });
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

function ordinal(row: Row): number {
  return Number(row["n"]) - 1;
}

function identifiersOf(mapping: Mapping, row: Row): readonly (string | null)[] {
  return mapping.identifiers.map((_, i) => row[`i${i}`] ?? null);
}

function valueRow(mapping: Mapping, needs: Needs, row: Row): ValueRow {
  const joined = needs.joined.flatMap((need) => {
    const rows = row[`j${need.position}`];
    return rows == null
      ? []
      : [[need.type, { rows: Number(rows), texts: textsOf(need.cells, row) } satisfies JoinedRow] as const];
  });
  return {
    at: ordinal(row),
    identifiers: identifiersOf(mapping, row),
    own: textsOf(needs.own.cells, row),
    joined: new Map(joined),
    exists: new Map(needs.exists.map((slot) => [slot.key, row[`s${slot.position}`] === "true"] as const)),
    lists: new Map(needs.lists.map((slot) => [slot.key, listRows(slot, row[`s${slot.position}`] ?? "[]")] as const)),
  };
}

function textsOf(cells: readonly Cell[], row: Row): Texts {
  return Object.fromEntries(cells.map((cell) => [cell.name, row[cellName(cell)] ?? null]));
}

function listRows(slot: PersonListNeed, json: string): readonly ListRow[] {
  const { cells } = slot.table;
  return (JSON.parse(json) as (string | null)[][]).map((values) => ({
    texts: Object.fromEntries(cells.map((cell, i) => [cell.name, values[i] ?? null])),
    place: values.slice(cells.length).map((value) => value ?? ""),
  }));
}
