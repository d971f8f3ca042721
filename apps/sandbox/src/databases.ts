import { randomBytes } from "node:crypto";
import path from "node:path";
import pg from "pg";
import { type Country, editionOf } from "./country/country.js";
import { cashTransfer } from "./mis/cash-transfer.js";
import { civilRegister } from "./mis/civil.js";
import { type DatabaseMis, grantReadOnly, loadDatabase } from "./mis/database.js";
import { type PostgresServer, startPostgres } from "./postgres.js";

/** The one server of the sandbox; each ministry and the log has a database and an owner of its own in it. */
export interface Database {
  start(): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
  server(): PostgresServer;
}

export function openDatabase(dataDir: string, port: number): Database {
  let server: PostgresServer | undefined;
  return {
    async start() {
      server = await startPostgres({ dataDir: path.join(dataDir, "postgres"), port: server?.port ?? port });
    },
    async stop() {
      await server?.stop();
    },
    async kill() {
      if (server) process.kill(server.pid, "SIGKILL");
    },
    server() {
      if (!server) throw new Error("PostgreSQL is not running.");
      return server;
    },
  };
}

export interface DatabaseUrls {
  readonly civil: string;
  readonly cash: string;
  readonly accessLog: string;
}

/**
 * Two ministries' databases and the log's: one server in the sandbox, three owners who see nothing of each other. The log may have a
 * database elsewhere: its superuser's address.
 */
export async function loadDatabases(database: Database, country: Country, logDatabase?: string): Promise<DatabaseUrls> {
  const server = database.server();
  const superuser = (name: string) => server.superuserUrl(name);
  const open = async (mis: DatabaseMis): Promise<string> => {
    await server.createDatabase(mis.database);
    await loadDatabase(mis, superuser, country.prf, () => country.persons(), editionOf(country));
    return grantReadOnly(mis, superuser);
  };
  const openLog = async (): Promise<string> => {
    if (logDatabase === undefined) await server.createDatabase("accesslog");
    return openLogDatabase(logDatabase ?? superuser("accesslog"));
  };
  const [civil, cash, accessLog] = await Promise.all([open(civilRegister), open(cashTransfer), openLog()]);
  return { civil, cash, accessLog };
}

/** The log's owner makes its own roles, and is no superuser. */
async function openLogDatabase(superuserUrl: string): Promise<string> {
  const password = randomBytes(18).toString("base64url");
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    const known = await client.query("select 1 from pg_roles where rolname = 'weft_log'");
    if (known.rowCount === 0) await client.query("create role weft_log");
    await client.query(`
      alter role weft_log with login createrole nosuperuser nocreatedb password '${password}';
      alter database accesslog owner to weft_log;
      revoke all on database accesslog from public`);
  } finally {
    await client.end();
  }
  const url = new URL(superuserUrl);
  url.username = "weft_log";
  url.password = password;
  return url.href;
}
