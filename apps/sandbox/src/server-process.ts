import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, readlinkSync, realpathSync, renameSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Identity } from "./unprivileged.js";

/** A database server on loopback, ours or one that was already there. */
export interface Running {
  readonly pid: number;
  readonly port: number;
  /** Where this process started it. */
  readonly child?: ChildProcess;
}

/** What the sandbox tells a database server. */
export interface DatabaseOptions {
  /** Made when missing. The superuser's password is kept in it, in a file that only its owner may read. */
  readonly dataDir: string;
  /** Taken when free; otherwise any free port. */
  readonly port?: number;
  readonly settings?: Readonly<Record<string, string | number>>;
  readonly log?: (line: string) => void;
}

export interface DatabaseServer {
  readonly port: number;
  readonly pid: number;
  readonly superuserUrl: (database?: string) => string;
  /** Does nothing when there is one of that name. */
  createDatabase(name: string): Promise<void>;
  /** Resolves when the server is gone. A server that another live process started is left to it. */
  stop(): Promise<void>;
}

const START_LIMIT = 30_000;
const STOP_LIMIT = 15_000;
/** How long a killed server may hold what the next one needs. */
const STALE_LIMIT = 5_000;

/** Made in a folder beside the final one, then one rename: an interrupted start leaves nothing half made, and of two starts at once one wins whole. */
export async function makeWhole(
  dataDir: string,
  identity: Identity,
  marker: string,
  make: (fresh: string) => Promise<void>,
): Promise<void> {
  if (existsSync(path.join(dataDir, marker))) return;
  const fresh = `${dataDir}.${process.pid}.new`;
  // Whoever runs the server must be able to pass through what lies above its folder.
  mkdirSync(path.dirname(dataDir), { recursive: true, mode: identity.uid === undefined ? 0o700 : 0o711 });
  // Of a start that was killed, by a process that had our number.
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { mode: 0o700 });
  try {
    await make(fresh);
    renameSync(fresh, dataDir);
  } catch (error) {
    if (!existsSync(path.join(dataDir, marker))) throw error;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** How one make of server is told apart, greeted and stopped. */
export interface ServerMake {
  readonly name: string;
  /** In the data folder; there while the server runs, and after a kill. */
  readonly lockFile: string;
  readLock(dataDir: string): Lock | undefined;
  /** What makes it say something on a new connection, where it does not speak first. */
  readonly hello?: Uint8Array;
  /** What tells it to stop at once and in order. */
  readonly gentle: "INT" | "TERM";
  /** Complaints of a start that another one may not meet. */
  readonly passing: RegExp;
}

export interface Lock {
  readonly pid: number;
  readonly port: number;
  readonly ready: boolean;
}

export interface Launch {
  readonly dataDir: string;
  readonly wished: number | undefined;
  readonly identity: Identity;
  readonly env: NodeJS.ProcessEnv;
  readonly log: ((line: string) => void) | undefined;
  command(port: number): readonly string[];
}

/** The server of this folder: the one that runs, or a new one. */
export async function openServer(make: ServerMake, launch: Launch): Promise<Running> {
  const deadline = Date.now() + STALE_LIMIT;
  for (let { wished } = launch; ; wished = undefined) {
    const other = await findRunning(make, launch.dataDir);
    if (other) return other;
    const said = await tryLaunch(make, launch, await portNow(wished));
    if (typeof said !== "string") return said;
    // Children of a killed server hold its memory for a moment; a port may be taken between our look and its bind.
    if (!make.passing.test(said) || Date.now() > deadline)
      throw new Error(`${make.name} does not start: ${explain(make, said)}`);
    await sleep(200);
  }
}

/**
 * A kill leaves the lock behind, and for a moment a process that looks alive. Reuse a server that is ready; wait for
 * one that comes or goes; remove a lock that names a process which is not a server of this folder.
 */
async function findRunning(make: ServerMake, dataDir: string): Promise<Running | undefined> {
  const deadline = Date.now() + STALE_LIMIT;
  for (;;) {
    const lock = make.readLock(dataDir);
    if (!lock) return undefined;
    if (!isServing(lock.pid, dataDir)) {
      rmSync(path.join(dataDir, make.lockFile), { force: true });
      return undefined;
    }
    if (lock.ready && (await answers(make, lock.port))) return { pid: lock.pid, port: lock.port };
    if (Date.now() > deadline)
      throw new Error(`A ${make.name} (process ${lock.pid}) holds ${dataDir} and does not get ready.`);
    await sleep(50);
  }
}

/** Ready by its lock, and killed this instant: the kernel still takes connections, and nobody answers them. */
async function answers({ hello }: ServerMake, port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1").setTimeout(1_000, () => socket.destroy());
  try {
    await once(socket, "connect");
    if (hello) socket.write(hello);
    const [said] = (await Promise.race([once(socket, "data"), once(socket, "close")])) as unknown[];
    return Buffer.isBuffer(said);
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

// The guard waits for the end of our pipe. It is a grandchild, or the server would be told of a child that it does not know.
const guard = (gentle: ServerMake["gentle"]) =>
  `exec 3<&0; ( (read -r _ <&3; kill -${gentle} $$) >/dev/null 2>&1 & ); exec "$@" 3<&- </dev/null`;

/** The server, or what it said before it gave up. It dies with us, however we die, and has a session of its own: Ctrl-C reaches us first. */
async function tryLaunch(make: ServerMake, launch: Launch, port: number): Promise<Running | string> {
  const command = [...launch.identity.prefix, ...launch.command(port)];
  const child = spawn("/bin/sh", ["-c", guard(make.gentle), "server-guard", ...command], {
    ...ownerOf(launch.identity),
    env: launch.env,
    detached: true,
    stdio: ["pipe", "ignore", "pipe"],
  });
  const said = collect(child, launch.log);
  let gone = false;
  child.once("close", () => (gone = true));
  child.once("exit", () => child.stdin?.end());
  const deadline = Date.now() + START_LIMIT;
  for (;;) {
    const lock = make.readLock(launch.dataDir);
    if (lock?.pid === child.pid && lock?.ready && (await answers(make, port))) return settle(child, port);
    if (gone) return said();
    if (Date.now() > deadline) {
      child.kill("SIGQUIT");
      throw new Error(`${make.name} did not get ready in ${START_LIMIT / 1000} s: ${explain(make, said())}`);
    }
    await sleep(20);
  }
}

export function explain({ name }: Pick<ServerMake, "name">, said: string): string {
  if (/Permission denied|could not access directory|could not change directory/.test(said) && process.getuid?.() === 0)
    return `${said}\nThis machine forbids user namespaces, so ${name} runs as nobody, who cannot reach the folder: run as an ordinary user, or from a folder that everyone may enter.`;
  return said === "" ? "it gave no reason." : said;
}

/** The server may outlast the caller's interest: neither it nor its pipes keep the process running. */
function settle(child: ChildProcess, port: number): Running {
  child.unref();
  for (const stream of [child.stdin, child.stderr]) (stream as unknown as { unref?(): void } | null)?.unref?.();
  child.stdin?.on("error", () => {});
  return { pid: child.pid!, port, child };
}

/** Resolves when the server is gone. A server that another live process started is left to it. */
export async function stopServer({ gentle }: ServerMake, server: Running, dataDir: string): Promise<void> {
  if (!server.child && !isOrphan(server.pid)) return;
  const deadline = Date.now() + STOP_LIMIT;
  signal(server.pid, `SIG${gentle}`);
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

/** Nobody started it who still lives: the one who reuses it becomes its owner. */
function isOrphan(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] === "1";
  } catch {
    return false;
  }
}

export function ownerOf(identity: Identity): { uid?: number; gid?: number; cwd: string } {
  const ids = identity.uid === undefined ? {} : { uid: identity.uid, gid: identity.gid! };
  return { ...ids, cwd: "/" };
}

/** Keeps the last lines that the program said, and passes each on. */
export function collect(child: ChildProcess, log?: (line: string) => void): () => string {
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

/** The wished port where it is free, else any that is. */
async function portNow(wished: number | undefined): Promise<number> {
  const port = (wished === undefined ? undefined : await listenOn(wished)) ?? (await listenOn(0));
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
