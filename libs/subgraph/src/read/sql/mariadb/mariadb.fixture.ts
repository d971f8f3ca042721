import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createConnection } from "mysql2/promise";
import { findMariadb, type MariadbServer as Server, startMariadb } from "../../../../../../apps/sandbox/src/mariadb.js";
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

export const mariadbKind: SqlKind = {
  name: "MariaDB",
  source: '{ kind: mariadb, url: env:DB, timezone: "+03:00" }',
  // In CI nothing is left out: there the start fails and says so.
  missing: findMariadb() || process.env["CI"] ? undefined : "mariadbd is not installed: apt-get install mariadb-server",
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

/** A MariaDB of one test's own, its data in a folder of its own, its general log beside them. */
export async function startLoggingMariadb(tables: readonly FixtureTable[]): Promise<MariadbServer> {
  const folder = mkdtempSync(path.join(tmpdir(), "weft-mariadb-"));
  const log = path.join(folder, "general.log");
  const settings = { "general-log": 1, "general-log-file": log, "innodb-flush-log-at-trx-commit": 0 };
  const server = await startMariadb({ dataDir: path.join(folder, "data"), settings });
  try {
    const owner = await createConnection({ uri: server.superuserUrl(), charset: "utf8mb4" });
    await owner.query("create database mis character set utf8mb4 collate utf8mb4_general_ci");
    await owner.query("use mis");
    await owner.query("create sequence s");
    const execute = async (statements: readonly string[]) => {
      for (const statement of statements) await owner.query(statement);
    };
    await execute(createStatements(tables));
    await owner.query("create user weft@'127.0.0.1'");
    await owner.query("grant all on mis.* to weft@'127.0.0.1'");
    await owner.query("grant all on *.* to owner@'127.0.0.1' identified by '' with grant option");
    return {
      env: { DB: `mysql://weft@127.0.0.1:${server.port}/mis` },
      logged: () => Promise.resolve(readFileSync(log, "utf8").length),
      statements: (since) => Promise.resolve(logged(readFileSync(log, "utf8"), since)),
      execute,
      add: (more) => execute(createStatements(more)),
      async stop() {
        await owner.end();
        await remove(server, folder);
      },
    };
  } catch (error) {
    await remove(server, folder);
    throw error;
  }
}

async function remove(server: Server, folder: string): Promise<void> {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
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
