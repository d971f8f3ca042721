import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chownSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import pg from "pg";
import { findPostgresBinaries } from "./postgres-binaries.js";
import {
  type DatabaseOptions,
  type DatabaseServer,
  collect,
  explain,
  makeWhole,
  openServer,
  ownerOf,
  type ServerMake,
  stopServer,
} from "./server-process.js";
import { type Identity, unprivilegedIdentity } from "./unprivileged.js";

/**
 * A real PostgreSQL on loopback for one machine: fsync on, data checksums, scram, no Unix sockets. Production brings its own
 * server by DATABASE_URL.
 *
 * Its programs are spawned by us, and die with us.
 */
export type PostgresServer = DatabaseServer;

const PASSWORD_FILE = "superuser.password";

export async function startPostgres(options: DatabaseOptions): Promise<PostgresServer> {
  const identity = unprivilegedIdentity();
  const dataDir = path.resolve(options.dataDir);
  const password = await initialise(dataDir, identity);
  const server = await openServer(make, {
    dataDir,
    identity,
    wished: options.port,
    env: environment(),
    log: options.log,
    command: (port) => commandOn(port, { ...options, dataDir }),
  });
  const superuserUrl = (database = "postgres") =>
    `postgres://postgres:${password}@127.0.0.1:${server.port}/${encodeURIComponent(database)}`;
  return {
    port: server.port,
    pid: server.pid,
    superuserUrl,
    createDatabase: (name) => createDatabase(superuserUrl(), name),
    stop: () => stopServer(make, server, dataDir),
  };
}

// --- the data folder

/** initdb, the password put into the folder. */
async function initialise(dataDir: string, identity: Identity): Promise<string> {
  await makeWhole(dataDir, identity, "PG_VERSION", async (fresh) => {
    const password = `${fresh}.password`;
    writeFileSync(password, randomBytes(24).toString("base64url"), { mode: 0o600 });
    try {
      if (identity.uid !== undefined)
        for (const file of [fresh, password]) chownSync(file, identity.uid, identity.gid!);
      await initdb(fresh, password, identity);
      renameSync(password, path.join(fresh, PASSWORD_FILE));
    } finally {
      rmSync(password, { force: true });
    }
  });
  return readPassword(dataDir);
}

async function initdb(folder: string, passwordFile: string, identity: Identity): Promise<void> {
  const { initdb: program } = findPostgresBinaries();
  const flags = ["--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--data-checksums"];
  const [command, ...rest] = [...identity.prefix, program, `--pgdata=${folder}`, `--pwfile=${passwordFile}`, ...flags];
  const child = spawn(command!, rest, {
    ...ownerOf(identity),
    env: environment(),
    stdio: ["ignore", "ignore", "pipe"],
  });
  const said = collect(child);
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`PostgreSQL could not make its data folder ${folder}: ${explain(make, said())}`);
}

function readPassword(dataDir: string): string {
  const file = path.join(dataDir, PASSWORD_FILE);
  try {
    return readFileSync(file, "utf8").trim();
  } catch (cause) {
    throw new Error(`The password file ${file} cannot be read; without it this data folder is of no use.`, { cause });
  }
}

// --- the server

const make: ServerMake = {
  name: "PostgreSQL",
  lockFile: "postmaster.pid",
  /** Lines: process, folder, start, port, socket folder, address, shared memory, status. */
  readLock(dataDir) {
    try {
      const lines = readFileSync(path.join(dataDir, "postmaster.pid"), "utf8").split("\n");
      return { pid: Number(lines[0]), port: Number(lines[3]), ready: lines[7]?.trim() === "ready" };
    } catch {
      return undefined;
    }
  },
  /** The protocol's SSLRequest: a server says one letter to it, yes or no. */
  hello: Buffer.from("0000000804d2162f", "hex"),
  gentle: "INT",
  passing: /shared memory block|lock file|Address already in use/,
};

function commandOn(port: number, { dataDir, settings }: DatabaseOptions): readonly string[] {
  const all: Record<string, string | number> = {
    listen_addresses: "127.0.0.1",
    port,
    unix_socket_directories: "",
    shared_buffers: "32MB",
    timezone: "UTC",
    log_timezone: "UTC",
    ...settings,
  };
  const flags = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  return [findPostgresBinaries().postgres, "-D", dataDir, ...flags];
}

// --- small things

async function createDatabase(url: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  } catch (error) {
    if ((error as { code?: string }).code !== "42P04") throw error;
  } finally {
    await client.end();
  }
}

/** What a shell says of another PostgreSQL (PGHOST, PGDATA, PGPORT …) is not for this one. */
function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("PG") && !name.startsWith("LC_"));
  return { ...Object.fromEntries(kept), LC_ALL: "C" };
}
