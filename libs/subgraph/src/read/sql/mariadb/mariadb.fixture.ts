import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Connection, createConnection } from "mysql2/promise";
import type { FixtureTable } from "../health.fixture.js";
import {
  type FixtureServer,
  type LoggedStatement,
  sqlLiteral,
  type SqlKind,
  tableStatements,
} from "../kind.fixture.js";

const types = {
  key: "int primary key",
  number: "int",
  text: "varchar(100)",
  short: "varchar(12)",
  letter: "char(1)",
  moment: "timestamp null",
  day: "date",
  truth: "bit(1)",
};

const server = ["/usr/sbin/mariadbd", "/usr/libexec/mariadbd", "/usr/local/bin/mariadbd"].find(existsSync);

export const mariadbKind: SqlKind = {
  name: "MariaDB",
  source: '{ kind: mariadb, url: env:DB, timezone: "+03:00" }',
  // In CI nothing is left out: there the start fails and says so.
  missing: server || process.env["CI"] ? undefined : "mariadbd is not installed: apt-get install mariadb-server",
  logs: true,
  start: startLoggingMariadb,
  slow: "sleep(1) is not null",
  tooSlow: "SQLSTATE 70100, error 1969",
  writing: { where: "nextval(s) > 0", detail: "SQLSTATE 25006, error 1792" },
  noColumn: /^SQLSTATE 42S22, error 1054/,
};

/** Its character sets and collations are what one finds: Latin-1 numbers, texts that do not tell cases apart. */
function createStatements(tables: readonly FixtureTable[]): readonly string[] {
  const quote = (name: string) => `\`${name}\``;
  const literal: typeof sqlLiteral = (value) =>
    typeof value === "boolean"
      ? `b'${value ? 1 : 0}'`
      : sqlLiteral(typeof value === "string" ? value.replace(/^(.{10})T(.{8})Z$/, "$1 $2") : value);
  return tables.flatMap((table) =>
    tableStatements(table, { ...types, short: "varchar(12) character set latin1" }, quote, literal),
  );
}

export interface MariadbServer extends FixtureServer {
  /** As the database's owner. */
  execute(statements: readonly string[]): Promise<void>;
}

/** A MariaDB of one test's own: an ordinary process, its data in a folder of its own, its general log beside them. */
export async function startLoggingMariadb(tables: readonly FixtureTable[]): Promise<MariadbServer> {
  if (server === undefined) throw new Error("mariadbd is not installed: apt-get install mariadb-server");
  const folder = mkdtempSync(path.join(tmpdir(), "weft-mariadb-"));
  const port = await freePort();
  const log = path.join(folder, "general.log");
  const child = startServer(server, folder, port, log);
  try {
    const owner = await connect(child, port);
    await owner.query("create database mis character set utf8mb4 collate utf8mb4_general_ci");
    await owner.query("use mis");
    await owner.query("create sequence s");
    const execute = async (statements: readonly string[]) => {
      for (const statement of statements) await owner.query(statement);
    };
    await execute(createStatements(tables));
    await owner.query("create user weft@'127.0.0.1'");
    await owner.query("grant all on mis.* to weft@'127.0.0.1'");
    return {
      env: { DB: `mysql://weft@127.0.0.1:${port}/mis` },
      logged: () => Promise.resolve(readFileSync(log, "utf8").length),
      statements: (since) => Promise.resolve(logged(readFileSync(log, "utf8"), since)),
      execute,
      add: (more) => execute(createStatements(more)),
      async stop() {
        await owner.end();
        await stop(child, folder);
      },
    };
  } catch (error) {
    await stop(child, folder);
    throw error;
  }
}

/** `Prepare` has the text; `Execute`, later and perhaps more often, the text with its parameters in it. */
function logged(log: string, since: number): readonly LoggedStatement[] {
  const entries = [
    ...log.matchAll(
      /^(?:\d{6} +[\d:]+)?\t+ *\d+ (Prepare|Execute|Query)\t([^]*?)(?=^(?:\d{6} +[\d:]+)?\t+ *\d+ [A-Z]|(?![^]))/gm,
    ),
  ];
  const prepared = entries.filter(([, word]) => word === "Prepare").map(([, , text = ""]) => text.trim());
  return entries
    .filter(({ index, 1: word }) => index >= since && word === "Execute")
    .map(([, , text = ""]) => {
      const executed = text.trim();
      return { executed, text: prepared.find((each) => isFilled(each, executed)) ?? executed };
    })
    .filter(({ text }) => !text.includes("information_schema"));
}

function isFilled(prepared: string, executed: string): boolean {
  const parts = prepared.split("?");
  let at = 0;
  for (const part of parts) {
    const found = executed.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return executed.startsWith(parts[0] ?? "") && executed.endsWith(parts.at(-1) ?? "");
}

function startServer(program: string, folder: string, port: number, log: string): ChildProcess {
  const data = path.join(folder, "data");
  const as = process.getuid?.() === 0 ? ["--user=root"] : [];
  execFileSync(
    "mariadb-install-db",
    ["--no-defaults", ...as, `--datadir=${data}`, "--auth-root-authentication-method=normal", "--skip-test-db"],
    { stdio: "ignore" },
  );
  const settings = [
    `--datadir=${data}`,
    `--port=${port}`,
    "--bind-address=127.0.0.1",
    `--socket=${path.join(folder, "s.sock")}`,
    "--general-log=1",
    `--general-log-file=${log}`,
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-buffer-pool-size=32M",
    "--skip-log-bin",
    "--skip-name-resolve",
    "--default-time-zone=+00:00",
  ];
  return spawn(program, ["--no-defaults", ...as, ...settings], { stdio: "ignore" });
}

async function connect(child: ChildProcess, port: number): Promise<Connection> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await createConnection({ host: "127.0.0.1", port, user: "root", charset: "utf8mb4" });
    } catch (error) {
      if (attempt > 150 || child.exitCode !== null) throw error;
      await sleep(100);
    }
  }
}

async function stop(child: ChildProcess, folder: string): Promise<void> {
  const gone = new Promise((resolve) => child.once("exit", resolve));
  if (child.exitCode === null) {
    child.kill("SIGKILL");
    await gone;
  }
  rmSync(folder, { recursive: true, force: true });
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => probe.once("listening", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === "object" && address ? address.port : 0;
}
