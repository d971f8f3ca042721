import { readFileSync } from "node:fs";
import { createPool, type PoolConnection, type SslOptions } from "mysql2/promise";
import { WeftError } from "#libs/terms";
import type { AdapterConfig } from "../../config.js";
import { milliseconds } from "../../duration.js";
import type { MariadbConfig } from "../../source-config.js";
import { unavailable } from "../source.js";

const JSON_BYTES = 64 * 1024 * 1024;

export interface SessionPool {
  /** A read-only session. SOURCE_UNAVAILABLE when none is free within `protect.queue`. */
  take(): Promise<PoolConnection>;
  end(): Promise<void>;
}

/** At most `protect.connections`, and nobody reads on one whose session was not made read-only. */
export function openPool(text: string, config: MariadbConfig, protect: AdapterConfig["protect"]): SessionPool {
  const queue = milliseconds(protect.queue);
  const pool = createPool({
    ...address(text, config.url),
    connectionLimit: protect.connections,
    maxIdle: protect.connections,
    idleTimeout: 30_000,
    connectTimeout: queue,
    charset: "UTF8MB4_BIN",
    multipleStatements: false,
    maxPreparedStatements: 200,
    // Numbers, days and JSON stay texts.
    supportBigNumbers: true,
    bigNumberStrings: true,
    dateStrings: true,
    jsonStrings: true,
    connectAttributes: { program_name: "weft" },
  });
  const ready = new WeakSet<object>();
  const session = async (taken: PoolConnection): Promise<PoolConnection> => {
    if (ready.has(taken.connection)) return taken;
    try {
      for (const statement of await sessionStatements(taken, config, protect)) await taken.query(statement);
    } catch (error) {
      taken.destroy();
      throw error;
    }
    ready.add(taken.connection);
    return taken;
  };
  return {
    async take() {
      const taking = pool.getConnection();
      const late = Promise.withResolvers<never>();
      const timer = setTimeout(() => late.reject(unavailable("no free connection")), queue);
      try {
        return await session(await Promise.race([taking, late.promise]));
      } catch (error) {
        // It may still come, when nobody waits for it any more.
        if (error instanceof WeftError)
          void taking.then(
            (connection) => connection.release(),
            () => undefined,
          );
        throw error;
      } finally {
        clearTimeout(timer);
      }
    },
    end: () => pool.end(),
  };
}

/** `"NAME"` is a name and `||` joins texts, as in the SQL standard; a bound on the statement's time in each server's own words. */
async function sessionStatements(
  connection: PoolConnection,
  { timezone = "UTC" }: MariadbConfig,
  protect: AdapterConfig["protect"],
): Promise<readonly string[]> {
  const [rows] = await connection.query("select version() as version");
  const isMariadb = /mariadb/i.test(JSON.stringify(rows));
  const timeout = milliseconds(protect.statementTimeout);
  const zone = ["UTC", "Z"].includes(timezone) ? "+00:00" : timezone;
  return [
    "set session transaction read only",
    `set session sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_UNSIGNED_SUBTRACTION', time_zone = '${zone}', lock_wait_timeout = 1, group_concat_max_len = ${JSON_BYTES}`,
    isMariadb ? `set session max_statement_time = ${timeout / 1000}` : `set session max_execution_time = ${timeout}`,
  ];
}

/** Nothing but an address: other words in the URL could take the place of ours. */
function address(text: string, name: string) {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const known = ["ssl-mode", "ssl-ca"];
  if (
    !url ||
    !["mysql:", "mariadb:"].includes(url.protocol) ||
    [...url.searchParams.keys()].some((key) => !known.includes(key))
  )
    throw new WeftError("CONFIG_INVALID", {
      detail: `${name} is not a database URL without options (but ssl-mode, ssl-ca)`,
    });
  const ssl = tls(url, name);
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(url.port || 3306),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
    ...(ssl && { ssl }),
  };
}

function tls({ searchParams }: URL, name: string): SslOptions | undefined {
  const mode = (searchParams.get("ssl-mode") ?? "disabled").toLowerCase();
  const file = searchParams.get("ssl-ca");
  const ca = file === null ? {} : { ca: readFileSync(file) };
  if (mode === "disabled") return undefined;
  if (mode === "required") return { rejectUnauthorized: false, ...ca };
  if (mode === "verify_identity") return { rejectUnauthorized: true, verifyIdentity: true, ...ca };
  throw new WeftError("CONFIG_INVALID", { detail: `${name}: ssl-mode is disabled, required or verify_identity` });
}
