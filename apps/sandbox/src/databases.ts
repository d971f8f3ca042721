import { randomBytes } from "node:crypto";
import path from "node:path";
import pg from "pg";
import { type Country, editionOf } from "./country/country.js";
import { cashTransfer } from "./mis/cash-transfer.js";
import { civilRegister } from "./mis/civil.js";
import { type DatabaseMis, grantReadOnly, loadDatabase } from "./mis/database.js";
import { startMariadb } from "./mariadb.js";
import { startPostgres } from "./postgres.js";
import type { DatabaseServer } from "./server-process.js";

/** The one server of its make in the sandbox; each ministry and the log has a database and an owner of its own in it. */
export interface Database {
  start(): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
  server(): DatabaseServer;
}

export function openDatabase(dataDir: string, port: number): Database {
  return databaseOf("PostgreSQL", port, (at) => startPostgres({ dataDir: path.join(dataDir, "postgres"), port: at }));
}

export function openMariadb(dataDir: string, port: number): Database {
  return databaseOf("MariaDB", port, (at) => startMariadb({ dataDir: path.join(dataDir, "mariadb"), port: at }));
}

function databaseOf(name: string, port: number, start: (port: number) => Promise<DatabaseServer>): Database {
  let server: DatabaseServer | undefined;
  return {
    async start() {
      server = await start(server?.port ?? port);
    },
    async stop() {
      await server?.stop();
    },
    async kill() {
      if (server) process.kill(server.pid, "SIGKILL");
    },
    server() {
      if (!server) throw new Error(`${name} is not running.`);
      return server;
    },
  };
}

export interface DatabaseUrls {
  readonly civil: string;
  readonly cash: string;
  /** Where there is a MariaDB. */
  readonly health: string | undefined;
  readonly accessLog: string;
  readonly consent: string;
  readonly issuer: string;
  readonly console: string;
}

interface Kept {
  /** A new country's people have said nothing yet: the consent register begins anew. */
  readonly fresh: boolean;
  /** The log's database elsewhere: its superuser's address. */
  readonly logDatabase?: string | undefined;
}

/**
 * Two ministries' databases, the log's, the consent register's, the token service's and the console's: one server in the sandbox, owners who see
 * nothing of each other.
 */
export async function loadDatabases(
  database: Database,
  country: Country,
  kept: Kept,
): Promise<Omit<DatabaseUrls, "health">> {
  const server = database.server();
  const superuser = (name: string) => server.superuserUrl(name);
  const open = async (mis: DatabaseMis): Promise<string> => {
    await server.createDatabase(mis.database);
    await loadDatabase(mis, superuser, country.prf, () => country.persons(), editionOf(country));
    return grantReadOnly(mis, superuser);
  };
  const openLog = async (): Promise<string> => {
    if (kept.logDatabase === undefined) await server.createDatabase("accesslog");
    return openLogDatabase(kept.logDatabase ?? superuser("accesslog"));
  };
  const openConsents = async (): Promise<string> => {
    if (kept.fresh) await asSuperuser(superuser("postgres"), "drop database if exists consent with (force)");
    await server.createDatabase("consent");
    return openOwned(superuser("consent"), { owner: "weft_consent", createsRoles: true });
  };
  const openPlain = async (name: "issuer" | "console"): Promise<string> => {
    await server.createDatabase(name);
    return openOwned(superuser(name), { owner: `weft_${name}`, createsRoles: false });
  };
  const [civil, cash, accessLog, consent, issuer, console] = await Promise.all([
    open(civilRegister),
    open(cashTransfer),
    openLog(),
    openConsents(),
    openPlain("issuer"),
    openPlain("console"),
  ]);
  return { civil, cash, accessLog, consent, issuer, console };
}

/** The address of the log's owner, under a new password. */
export async function openLogDatabase(superuserUrl: string): Promise<string> {
  return openOwned(superuserUrl, { owner: "weft_log", createsRoles: true });
}

interface Owner {
  readonly owner: string;
  /** The log and the consent register make roles of their own, one for each task. */
  readonly createsRoles: boolean;
}

/** Its owner is no superuser, and may enter no other. */
async function openOwned(superuserUrl: string, { owner, createsRoles }: Owner): Promise<string> {
  const url = new URL(superuserUrl);
  const database = url.pathname.slice(1);
  const password = randomBytes(18).toString("base64url");
  await asSuperuser(
    superuserUrl,
    `do $$ begin create role ${owner}; exception when duplicate_object then null; end $$;
    alter role ${owner} with login ${createsRoles ? "createrole" : "nocreaterole"} nosuperuser nocreatedb password '${password}';
    alter database ${database} owner to ${owner};
    revoke all on database ${database} from public`,
  );
  url.username = owner;
  url.password = password;
  return url.href;
}

async function asSuperuser(superuserUrl: string, statements: string): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    await client.query(statements);
  } finally {
    await client.end();
  }
}
