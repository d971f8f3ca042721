import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { connect, createServer } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { findPostgresBinaries, type Identity, unprivilegedIdentity } from "./postgres-binaries.js";

/**
 * A real PostgreSQL on loopback for one machine: fsync on, data checksums, scram, no Unix sockets. Production brings its own
 * server by DATABASE_URL.
 *
 * Its programs are spawned by us, and die with us: a guard beside the server holds the other end of our pipe and stops the
 * server when that closes, however we died. The server has a session of its own, so that Ctrl-C reaches us first.
 */
export interface PostgresOptions {
  /** Made when missing. The superuser's password is kept in it, in a file that only its owner may read. */
  readonly dataDir: string;
  /** Taken when free; otherwise any free port. */
  readonly port?: number;
  readonly settings?: Readonly<Record<string, string | number>>;
  readonly log?: (line: string) => void;
}

export interface PostgresServer {
  readonly port: number;
  readonly pid: number;
  superuserUrl(database?: string): string;
  /** Does nothing when there is one of that name. */
  createDatabase(name: string): Promise<void>;
  /** Fast shutdown; resolves when the server is gone. A server that another live process started is left to it. */
  stop(): Promise<void>;
}

const PASSWORD_FILE = "superuser.password";
const START_LIMIT = 30_000;
const STALE_LIMIT = 5_000;
const STOP_LIMIT = 15_000;

export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const identity = unprivilegedIdentity();
  const dataDir = path.resolve(options.dataDir);
  const password = await initialise(dataDir, identity);
  const server = (await findRunning(dataDir)) ?? (await launch({ ...options, dataDir }, identity));
  const superuserUrl = (database = "postgres") =>
    `postgres://postgres:${password}@127.0.0.1:${server.port}/${encodeURIComponent(database)}`;
  return {
    port: server.port,
    pid: server.pid,
    superuserUrl,
    createDatabase: (name) => createDatabase(superuserUrl(), name),
    stop: () => stop(server, dataDir),
  };
}

// --- the data folder

/**
 * initdb into a folder beside the final one, the password put into it, then one rename: an interrupted start leaves nothing
 * half made, and of two starts at once one wins whole.
 */
async function initialise(dataDir: string, identity: Identity): Promise<string> {
  if (existsSync(path.join(dataDir, "PG_VERSION"))) return readPassword(dataDir);
  const fresh = `${dataDir}.${process.pid}.new`;
  const freshPassword = `${fresh}.password`;
  // Whoever runs the server must be able to pass through what lies above its folder.
  mkdirSync(path.dirname(dataDir), { recursive: true, mode: identity.uid === undefined ? 0o700 : 0o711 });
  mkdirSync(fresh, { mode: 0o700 });
  writeFileSync(freshPassword, randomBytes(24).toString("base64url"), { mode: 0o600 });
  try {
    if (identity.uid !== undefined)
      for (const file of [fresh, freshPassword]) chownSync(file, identity.uid, identity.gid!);
    await initdb(fresh, freshPassword, identity);
    renameSync(freshPassword, path.join(fresh, PASSWORD_FILE));
    renameUnlessThere(fresh, dataDir);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    rmSync(freshPassword, { force: true });
  }
  return readPassword(dataDir);
}

function renameUnlessThere(fresh: string, dataDir: string): void {
  try {
    renameSync(fresh, dataDir);
  } catch (error) {
    if (!existsSync(path.join(dataDir, "PG_VERSION"))) throw error;
  }
}

async function initdb(folder: string, passwordFile: string, identity: Identity): Promise<void> {
  const { initdb: program } = findPostgresBinaries();
  const flags = ["--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--data-checksums"];
  const [command, ...rest] = [...identity.prefix, program, `--pgdata=${folder}`, `--pwfile=${passwordFile}`, ...flags];
  const child = spawn(command!, rest, { ...owner(identity), env: environment(), stdio: ["ignore", "ignore", "pipe"] });
  const said = collect(child);
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`PostgreSQL could not make its data folder ${folder}: ${explain(said())}`);
}

function readPassword(dataDir: string): string {
  const file = path.join(dataDir, PASSWORD_FILE);
  try {
    return readFileSync(file, "utf8").trim();
  } catch (cause) {
    throw new Error(`The password file ${file} cannot be read; without it this data folder is of no use.`, { cause });
  }
}

// --- a server that is already there

interface Running {
  readonly pid: number;
  readonly port: number;
  readonly child?: ChildProcess;
}

/**
 * A kill leaves `postmaster.pid` behind, and for a moment a process that looks alive. Reuse a server that is ready; wait for
 * one that comes or goes; remove a lock that names a process which is not a server of this folder.
 */
async function findRunning(dataDir: string): Promise<Running | undefined> {
  const deadline = Date.now() + STALE_LIMIT;
  for (;;) {
    const lock = readLock(dataDir);
    if (!lock) return undefined;
    if (!isServing(lock.pid, dataDir)) {
      rmSync(path.join(dataDir, "postmaster.pid"), { force: true });
      return undefined;
    }
    if (lock.ready && (await answers(lock.port))) return { pid: lock.pid, port: lock.port };
    if (Date.now() > deadline)
      throw new Error(`A PostgreSQL (process ${lock.pid}) holds ${dataDir} and does not get ready.`);
    await sleep(50);
  }
}

/** The protocol's SSLRequest: a server says one letter to it, yes or no. */
const SSL_REQUEST = Buffer.from("0000000804d2162f", "hex");

/** Ready by its lock, and killed this instant: the kernel still takes connections, and nobody answers them. */
async function answers(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1").setTimeout(1_000, () => socket.destroy());
  try {
    await once(socket, "connect");
    socket.write(SSL_REQUEST);
    const [said] = (await Promise.race([once(socket, "data"), once(socket, "close")])) as unknown[];
    return Buffer.isBuffer(said);
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Lines of postmaster.pid: process, folder, start, port, socket folder, address, shared memory, status. */
function readLock(dataDir: string): { pid: number; port: number; ready: boolean } | undefined {
  try {
    const lines = readFileSync(path.join(dataDir, "postmaster.pid"), "utf8").split("\n");
    return { pid: Number(lines[0]), port: Number(lines[3]), ready: lines[7]?.trim() === "ready" };
  } catch {
    return undefined;
  }
}

/** A server stands in its data folder, which tells it from a zombie and from a stranger that was given its number. */
function isServing(pid: number, dataDir: string): boolean {
  if (!(pid > 1)) return false;
  try {
    if (process.platform === "linux") return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(dataDir);
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM" || (error as NodeJS.ErrnoException).code === "EACCES";
  }
}

// --- a server of our own

async function launch(options: PostgresOptions, identity: Identity): Promise<Running> {
  const deadline = Date.now() + STALE_LIMIT;
  for (let wished = options.port; ; wished = undefined) {
    const port = wished !== undefined && (await isFree(wished)) ? wished : await freePort();
    const said = await tryLaunch(options, port, identity);
    if (typeof said !== "string") return said;
    // Children of a killed server hold its memory for a moment; a port may be taken between our look and its bind.
    const passes = /shared memory block|lock file|Address already in use/.test(said) && Date.now() < deadline;
    if (!passes) throw new Error(`PostgreSQL does not start: ${explain(said)}`);
    await sleep(200);
    const other = await findRunning(options.dataDir);
    if (other) return other;
  }
}

// The guard waits for the end of our pipe. It is a grandchild, or the server would be told of a child that it does not know.
const GUARD = `exec 3<&0; ( (read -r _ <&3; kill -INT $$) >/dev/null 2>&1 & ); exec "$@" 3<&- </dev/null`;

/** The server, or what it said before it gave up. */
async function tryLaunch(options: PostgresOptions, port: number, identity: Identity): Promise<Running | string> {
  const settings: Record<string, string | number> = {
    listen_addresses: "127.0.0.1",
    port,
    unix_socket_directories: "",
    shared_buffers: "32MB",
    timezone: "UTC",
    log_timezone: "UTC",
    ...options.settings,
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const command = [...identity.prefix, findPostgresBinaries().postgres, "-D", options.dataDir, ...flags];
  const child = spawn("/bin/sh", ["-c", GUARD, "postgres-guard", ...command], {
    ...owner(identity),
    env: environment(),
    detached: true,
    stdio: ["pipe", "ignore", "pipe"],
  });
  const said = collect(child, options.log);
  let gone = false;
  child.once("close", () => (gone = true));
  child.once("exit", () => child.stdin?.end());
  const deadline = Date.now() + START_LIMIT;
  for (;;) {
    const lock = readLock(options.dataDir);
    if (lock?.pid === child.pid && lock?.ready) return settle(child, port);
    if (gone) return said();
    if (Date.now() > deadline) {
      child.kill("SIGQUIT");
      throw new Error(`PostgreSQL did not get ready in ${START_LIMIT / 1000} s: ${explain(said())}`);
    }
    await sleep(20);
  }
}

/** The server may outlast the caller's interest: neither it nor its pipes keep the process running. */
function settle(child: ChildProcess, port: number): Running {
  child.unref();
  for (const stream of [child.stdin, child.stderr]) (stream as unknown as { unref?(): void } | null)?.unref?.();
  child.stdin?.on("error", () => {});
  return { pid: child.pid!, port, child };
}

async function stop(server: Running, dataDir: string): Promise<void> {
  if (!server.child && !isOrphan(server.pid)) return;
  const deadline = Date.now() + STOP_LIMIT;
  signal(server.pid, "SIGINT");
  while (isServing(server.pid, dataDir)) {
    if (Date.now() > deadline) signal(server.pid, "SIGQUIT");
    await sleep(20);
  }
  server.child?.stdin?.destroy();
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone already.
  }
}

/** Nobody started it who still lives: the one who reuses it becomes its owner. */
function isOrphan(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] === "1";
  } catch {
    return false;
  }
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

function owner(identity: Identity): { uid?: number; gid?: number; cwd: string } {
  const ids = identity.uid === undefined ? {} : { uid: identity.uid, gid: identity.gid! };
  return { ...ids, cwd: "/" };
}

/** What a shell says of another PostgreSQL (PGHOST, PGDATA, PGPORT …) is not for this one. */
function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("PG") && !name.startsWith("LC_"));
  return { ...Object.fromEntries(kept), LC_ALL: "C" };
}

/** Keeps the last lines that the program said, and passes each on. */
function collect(child: ChildProcess, log?: (line: string) => void): () => string {
  const lines: string[] = [];
  child.once("error", (error) => lines.push(error.message));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    for (const line of text.split("\n").filter((part) => part !== "")) {
      log?.(line);
      if (lines.push(line) > 20) lines.shift();
    }
  });
  return () => lines.join("\n");
}

function explain(said: string): string {
  if (/Permission denied|could not access directory|could not change directory/.test(said) && process.getuid?.() === 0)
    return `${said}\nThis machine forbids user namespaces, so PostgreSQL runs as nobody, who cannot reach the folder: run as an ordinary user, or from a folder that everyone may enter.`;
  return said === "" ? "it gave no reason." : said;
}

async function isFree(port: number): Promise<boolean> {
  return (await listenOn(port)) === port;
}

async function freePort(): Promise<number> {
  const port = await listenOn(0);
  if (port === undefined) throw new Error("No port of 127.0.0.1 is free.");
  return port;
}

async function listenOn(port: number): Promise<number | undefined> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    return typeof address === "object" && address ? address.port : undefined;
  } catch {
    return undefined;
  } finally {
    await new Promise((done) => server.close(done));
  }
}
