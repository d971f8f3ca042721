import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { asSuperuser } from "../mis-reads.js";
import type { Orvanda } from "../orvanda.js";
import type { Place } from "./search.js";

export interface Tables {
  readonly places: readonly Place[];
  readonly tables: number;
  readonly rows: number;
}

/** Every file below a folder, but for the folders and files that the ministries own. */
export function filesBelow(dir: string, owned: readonly string[]): Place[] {
  return readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(dir, path.join(entry.parentPath, entry.name)))
    .filter((file) => !owned.some((theirs) => file === theirs || file.startsWith(`${theirs}/`)))
    .map((name) => ({ name, bytes: readFileSync(path.join(dir, name)) }));
}

/** Every row of every table of a PostgreSQL database, its catalogue, its statistics and what its sessions last ran. */
export async function postgresTables(orvanda: Orvanda, database: string): Promise<Tables> {
  return asSuperuser(orvanda, database, async (client) => {
    const { rows: found } = await client.query<{ name: string }>(`
      select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'm') order by 1`);
    const names = [...found.map(({ name }) => name), "pg_catalog.pg_stats"];
    const tables: { name: string; texts: string[] }[] = [];
    for (const name of names) {
      const { rows } = await client.query<{ text: string }>(`select t::text as text from ${name} t`);
      // A row as text doubles what it quotes.
      tables.push({ name, texts: rows.map(({ text }) => text.replaceAll("\\\\", "\\").replaceAll('""', '"')) });
    }
    const { rows } = await client.query<{ text: string }>(
      "select query as text from pg_stat_activity where datname = current_database()",
    );
    tables.push({ name: "pg_stat_activity", texts: rows.map(({ text }) => text) });
    return tablesOf(database, tables);
  });
}

/** Every row of every table of an adapter's own store. Its owner has to be gone. */
export function sqliteTables(file: string, name: string): Tables {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const found = database.prepare("select name from sqlite_master where type = 'table'").all();
    const tables = found.map(({ name: table }) => {
      const rows = database.prepare(`select * from "${String(table)}"`).all();
      return { name: String(table), texts: rows.map((row) => Object.values(row).map(textOf).join(" ")) };
    });
    return tablesOf(name, tables);
  } finally {
    database.close();
  }
}

function textOf(value: unknown): string {
  return value instanceof Uint8Array ? `\\x${Buffer.from(value).toString("hex")}` : String(value);
}

function tablesOf(owner: string, tables: readonly { name: string; texts: readonly string[] }[]): Tables {
  return {
    places: tables.map(({ name, texts }) => ({ name: `${owner} ${name}`, bytes: Buffer.from(texts.join("\n")) })),
    tables: tables.length,
    rows: tables.reduce((sum, { texts }) => sum + texts.length, 0),
  };
}

/** Files that a process holds open outside a folder, but for what it only reads. Linux. */
export function openElsewhere(pid: number, dir: string): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    const info = readFileSync(`/proc/${pid}/fdinfo/${fd}`, "utf8");
    const writes = (parseInt(/^flags:\s*([0-7]+)/m.exec(info)?.[1] ?? "0", 8) & 3) !== 0;
    const target = readlinkSync(`/proc/${pid}/fd/${fd}`);
    return writes && target.startsWith("/") && !target.startsWith("/dev/") && !target.startsWith(dir) ? [target] : [];
  });
}
