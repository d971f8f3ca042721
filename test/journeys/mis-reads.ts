import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { Orvanda } from "./orvanda.js";

/**
 * What was read of the ministries' systems, told by the systems themselves: PostgreSQL's own log of statements, the services'
 * own counts of calls and rows; for the register files, which nobody serves, the adapter's count of answered fetches.
 */
export interface MisReads {
  /** Statements that the adapter's users ran on the ministries' databases, with the tables that hold people. */
  readonly statements: readonly string[];
  readonly calls: number;
  readonly rows: number;
  /** Fetches that the adapters answered, of all ministries. */
  readonly answered: number;
}

export interface MisWatch {
  /** Since the watch began or was last asked. */
  reads(): Promise<MisReads>;
}

export const nothing: MisReads = { statements: [], calls: 0, rows: 0, answered: 0 };

/** PostgreSQL starts to log each statement; the server is started anew for that. */
export async function watchMisReads(orvanda: Orvanda): Promise<MisWatch> {
  await logStatements(orvanda);
  let seen = await totals(orvanda);
  return {
    async reads() {
      await sleep(LOG_LAG);
      const now = await totals(orvanda);
      const before = seen;
      seen = now;
      return {
        statements: now.statements.slice(before.statements.length),
        calls: now.calls - before.calls,
        rows: now.rows - before.rows,
        answered: now.answered - before.answered,
      };
    },
  };
}

/** Milliseconds until PostgreSQL's collector has written what a backend said. */
const LOG_LAG = 100;
/** A statement of one of the adapter's users; what it only says of itself (`select 1`) is none. */
const READ = /^weft_(civil|cash)\|.*\bfrom\b/is;
/** What a statement reads of; the database's own catalogue, which an adapter asks for its account's rights, holds nobody. */
const readsOfTables = (entry: string) =>
  [...entry.matchAll(/\bfrom\s+"?(\w+)/gi)].some(([, table = ""]) => !table.startsWith("pg_"));

/** Everything that one of the adapter's users ran on a database: the statements' texts, and of each the parameters that went with it. */
export interface Statement {
  readonly text: string;
  readonly parameters: string;
}

export async function statementsOf(orvanda: Orvanda, user: string): Promise<Statement[]> {
  await sleep(LOG_LAG);
  const found: Statement[] = [];
  for (const entry of entriesIn(folderOf(orvanda)).filter((line) => line.startsWith(`${user}|`))) {
    const [, text] = /^[^|]*\|[^|]*\|LOG: +(?:execute [^:]+|statement): (.*)$/is.exec(entry) ?? [];
    const [, parameters] = /^[^|]*\|[^|]*\|DETAIL: +Parameters: (.*)$/is.exec(entry) ?? [];
    const last = found.at(-1);
    if (text !== undefined) found.push({ text, parameters: "" });
    else if (parameters !== undefined && last) found.splice(-1, 1, { ...last, parameters });
  }
  return found;
}

const folderOf = ({ dataDir }: Orvanda) => path.join(dataDir, "postgres", "statements");

/** From now on PostgreSQL logs each statement; `parameters`: with what was bound to it. It is started anew for that. */
export async function logStatements(orvanda: Orvanda, { parameters = false } = {}): Promise<void> {
  const settings = {
    logging_collector: "on",
    log_directory: "statements",
    log_filename: "all.log",
    log_statement: "all",
    log_line_prefix: "%u|%d|",
    log_parameter_max_length: parameters ? "-1" : "0",
  };
  await asSuperuser(orvanda, "postgres", async (client) => {
    for (const [name, value] of Object.entries(settings)) await client.query(`alter system set ${name} = '${value}'`);
  });
  await orvanda.stopApp("postgres");
  await orvanda.startApp("postgres");
  await untilAdaptersHear(orvanda);
}

/** The consent register lost its database, too: on a busy machine for long enough that adapters deny until they have heard from it again. */
async function untilAdaptersHear({ operationsUrls }: Orvanda): Promise<void> {
  for (let patience = 150; patience > 0; patience--) {
    const { ok } = await fetch(`${operationsUrls.adapter}/health/ready`);
    if (ok) return;
    await sleep(200);
  }
}

async function totals(orvanda: Orvanda): Promise<MisReads> {
  const services = ["disability", "pay", "insurance", "employment"] as const;
  const [counts, answered] = await Promise.all([
    Promise.all(services.map((name) => callsOf(orvanda.urls[name]))),
    orvanda.metric("adapter", "weft_adapter_fetches_total", { outcome: "answered" }),
  ]);
  return {
    statements: statementsIn(folderOf(orvanda)),
    calls: counts.reduce((sum, { calls }) => sum + calls, 0),
    rows: counts.reduce((sum, { rows }) => sum + rows, 0),
    answered,
  };
}

/** PostgreSQL begins each entry with its prefix and goes on, where it has several lines, with a tab. */
function statementsIn(folder: string): string[] {
  return entriesIn(folder).filter((entry) => READ.test(entry) && readsOfTables(entry));
}

function entriesIn(folder: string): string[] {
  const file = path.join(folder, "all.log");
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  return text.replaceAll("\n\t", " ").split("\n");
}

async function callsOf(url: string): Promise<{ calls: number; rows: number }> {
  const routes = Object.values(
    (await (await fetch(`${url}/__calls`)).json()) as Record<string, { calls: number; rows: number }>,
  );
  return {
    calls: routes.reduce((sum, { calls }) => sum + calls, 0),
    rows: routes.reduce((sum, { rows }) => sum + rows, 0),
  };
}

/** As the database's superuser: what an administrator, or a bad day, does to it. */
export async function asSuperuser<T>(
  orvanda: Orvanda,
  database: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: orvanda.superuserUrl(database) });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
