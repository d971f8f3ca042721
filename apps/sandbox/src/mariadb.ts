import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chownSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createConnection } from "mysql2/promise";
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
 * A real MariaDB on loopback, where the machine has one: no npm package ships its programs, so they are those of the system
 * (`apt-get install mariadb-server`). As `postgres.ts`: a data folder that is kept, a free port, nobody's account but ours, and
 * it dies with us.
 */
export type MariadbServer = DatabaseServer;

const folders = ["/usr/sbin", "/usr/libexec", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/bin"];
const installers = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"];

/** The server's program and the one that makes a data folder; undefined where the machine has no MariaDB. */
export function findMariadb(): { readonly server: string; readonly install: string } | undefined {
  const server = folders.map((folder) => path.join(folder, "mariadbd")).find(existsSync);
  const install = installers.map((folder) => path.join(folder, "mariadb-install-db")).find(existsSync);
  return server === undefined || install === undefined ? undefined : { server, install };
}

/** Whether the sandbox has one: `WEFT_SANDBOX_MARIADB=off` leaves it out. */
export const hasMariadb = findMariadb() !== undefined && process.env["WEFT_SANDBOX_MARIADB"] !== "off";

export async function startMariadb(options: DatabaseOptions): Promise<MariadbServer> {
  const programs = findMariadb();
  if (!programs) throw new Error("mariadbd is not installed: apt-get install mariadb-server");
  const identity = unprivilegedIdentity();
  const dataDir = path.resolve(options.dataDir);
  await makeWhole(dataDir, identity, PASSWORD_FILE, (fresh) => initialise(programs.install, fresh, identity));
  const password = readFileSync(path.join(dataDir, PASSWORD_FILE), "utf8").trim();
  const server = await openServer(make, {
    dataDir,
    identity,
    wished: options.port,
    env: environment(),
    log: options.log,
    command(port) {
      writeFileSync(path.join(dataDir, PORT_FILE), String(port));
      return [programs.server, ...flagsOn(port, dataDir, options.settings)];
    },
  });
  const superuserUrl = (database = "mysql") =>
    `mysql://root:${password}@127.0.0.1:${server.port}/${encodeURIComponent(database)}`;
  return {
    port: server.port,
    pid: server.pid,
    superuserUrl,
    createDatabase: (name) => createDatabase(superuserUrl(), name),
    stop: () => stopServer(make, server, dataDir),
  };
}

const PASSWORD_FILE = "superuser.password";
const PORT_FILE = "server.port";
const ACCOUNT_FILE = "superuser.sql";
/** As small as they may be: a country's folder is copied, and its tests copy it often. */
const sizes = ["--innodb-log-file-size=8M", "--innodb-temp-data-file-path=ibtmp1:2M:autoextend"];

/** One account, from here alone, with a password; the server reads it at each start, before anybody can connect. */
async function initialise(program: string, folder: string, identity: Identity): Promise<void> {
  if (identity.uid !== undefined) chownSync(folder, identity.uid, identity.gid!);
  const flags = ["--no-defaults", `--datadir=${folder}`, "--auth-root-authentication-method=normal", "--skip-test-db"];
  // Whoever is interrupted here begins anew: nothing has to reach the disk meanwhile.
  const hasty = ["--skip-log-bin", "--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync"];
  const [command = "", ...rest] = [...identity.prefix, program, ...flags, ...hasty, ...sizes];
  const child = spawn(command, rest, { ...ownerOf(identity), env: environment(), stdio: ["ignore", "ignore", "pipe"] });
  const said = collect(child);
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`MariaDB could not make its data folder ${folder}: ${explain(make, said())}`);
  const password = randomBytes(24).toString("base64url");
  const account = [
    "drop user if exists root@localhost, root@'::1', ''@localhost;",
    `grant all on *.* to root@'127.0.0.1' identified by '${password}' with grant option;`,
  ];
  for (const [name, content] of [
    [ACCOUNT_FILE, account.join("\n")],
    [PASSWORD_FILE, password],
  ] as const) {
    const file = path.join(folder, name);
    writeFileSync(file, `${content}\n`, { mode: 0o600 });
    if (identity.uid !== undefined) chownSync(file, identity.uid, identity.gid!);
  }
}

/** The lock has the process alone; its port is written down beside it before each start. */
const make: ServerMake = {
  name: "MariaDB",
  lockFile: "server.pid",
  readLock(dataDir) {
    try {
      const [pid = 0, port = 0] = ["server.pid", PORT_FILE].map((name) =>
        Number(readFileSync(path.join(dataDir, name), "utf8")),
      );
      return { pid, port, ready: pid > 0 };
    } catch {
      return undefined;
    }
  },
  gentle: "TERM",
  passing: /lock (\.\/)?[a-z_]+|Address already in use|Can't lock/i,
};

function flagsOn(port: number, dataDir: string, settings: DatabaseOptions["settings"] = {}): readonly string[] {
  return [
    "--no-defaults",
    `--datadir=${dataDir}`,
    `--port=${port}`,
    "--bind-address=127.0.0.1",
    // Relative to the data folder: such a path may be no longer than a hundred bytes.
    "--socket=server.sock",
    `--pid-file=${path.join(dataDir, make.lockFile)}`,
    `--init-file=${path.join(dataDir, ACCOUNT_FILE)}`,
    "--innodb-buffer-pool-size=32M",
    "--skip-log-bin",
    "--skip-name-resolve",
    "--performance-schema=off",
    "--default-time-zone=+00:00",
    ...sizes,
    ...Object.entries(settings).map(([name, value]) => `--${name}=${value}`),
  ];
}

async function createDatabase(url: string, name: string): Promise<void> {
  const owner = await createConnection(url);
  try {
    await owner.query("create database if not exists ??", [name]);
  } finally {
    await owner.end();
  }
}

/** What a shell says of another server (MYSQL_HOST, MYSQL_UNIX_PORT …) is not for this one. */
function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(MYSQL|MARIADB|LC_)/.test(name));
  return { ...Object.fromEntries(kept), LC_ALL: "C" };
}
