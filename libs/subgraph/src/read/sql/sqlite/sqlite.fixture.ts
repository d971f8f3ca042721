import { mkdtempSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import path from "node:path";
import type { FixtureTable } from "../health.fixture.js";
import { type FixtureServer, sqlLiteral, type SqlKind, tableStatements } from "../kind.fixture.js";

const types = {
  key: "integer primary key",
  number: "int",
  text: "text",
  short: "varchar(12)",
  letter: "char(1)",
  moment: "datetime",
  day: "date",
  truth: "boolean",
};

export const sqliteKind: SqlKind = {
  name: "SQLite",
  source: '{ kind: sqlite, file: env:FILE, timezone: "+03:00" }',
  logs: false,
  start: (tables) => Promise.resolve(writeFile(tables)),
  slow: "(with recursive c (x) as (select 1 union all select x + 1 from c where x < 4000000) select count(*) from c) > 0",
  tooSlow: "statement timeout",
  noColumn: /^SQLite error 1:/,
};

/** Moments are texts, in the MIS's own time. */
function here(moment: string): string {
  return new Date(Date.parse(moment) + 3 * 3_600_000).toISOString().slice(0, 19).replace("T", " ");
}

function writeFile(tables: readonly FixtureTable[]): FixtureServer {
  const folder = mkdtempSync(path.join(tmpdir(), "weft-sqlite-"));
  const file = path.join(folder, "mis.db");
  const literal: Parameters<typeof tableStatements>[3] = (value, type) =>
    sqlLiteral(type === "moment" && typeof value === "string" ? here(value) : value);
  const add = (more: readonly FixtureTable[]) => {
    const db = new DatabaseSync(file);
    db.exec("pragma synchronous = off");
    for (const table of more)
      for (const statement of tableStatements(table, types, (name) => `"${name}"`, literal)) db.exec(statement);
    db.close();
  };
  add(tables);
  return {
    env: { FILE: file },
    logged: () => Promise.resolve(0),
    statements: () => Promise.resolve([]),
    add: (more) => Promise.resolve(add(more)),
    stop: () => Promise.resolve(rmSync(folder, { recursive: true, force: true })),
  };
}
