import { randomBytes } from "node:crypto";
import { type Connection, createConnection, type RowDataPacket } from "mysql2/promise";
import { type Country, editionOf } from "../country/country.js";
import type { Row } from "./database.js";
import { healthDatabase, healthReadable, healthReference, healthRole, healthRowsOf, healthTables } from "./health.js";

/** Fills the database unless its comment says that it holds this country. Returns the adapter's address, with a new password. */
export async function openHealthDatabase(
  superuserUrl: (database?: string) => string,
  country: Country,
): Promise<string> {
  const owner = await createConnection({ uri: superuserUrl(), charset: "utf8mb4" });
  try {
    if ((await keptEdition(owner)) !== editionOf(country)) await fill(owner, country);
    return await grant(owner, superuserUrl(healthDatabase));
  } finally {
    await owner.end();
  }
}

async function keptEdition(owner: Connection): Promise<unknown> {
  const [rows] = await owner.query<RowDataPacket[]>(
    "select schema_comment as edition from information_schema.schemata where schema_name = ?",
    [healthDatabase],
  );
  return rows[0]?.["edition"];
}

const BATCH = 2000;

/** The comment comes last, so that an interrupted run is not taken for a finished one. */
async function fill(owner: Connection, country: Country): Promise<void> {
  await owner.query(`drop database if exists ${healthDatabase}`);
  await owner.query(`create database ${healthDatabase} character set latin1`);
  await owner.query(`use ${healthDatabase}`);
  for (const table of healthTables) await owner.query(table);
  await owner.query("begin");
  for (const [table, rows] of Object.entries(healthReference)) await insert(owner, table, rows);
  let waiting: Record<string, Row[]> = {};
  const flush = async (): Promise<void> => {
    for (const [table, rows] of Object.entries(waiting)) await insert(owner, table, rows);
    waiting = {};
  };
  for (const person of country.persons()) {
    for (const [table, rows] of Object.entries(healthRowsOf(country.prf, person)))
      (waiting[table] ??= []).push(...rows);
    if ((waiting["PASIEN_MST"]?.length ?? 0) >= BATCH) await flush();
  }
  await flush();
  await owner.query("commit");
  await owner.query(`analyze table ${Object.keys(healthReadable).join(", ")}`);
  await owner.query(`alter database ${healthDatabase} comment = ?`, [editionOf(country)]);
}

async function insert(owner: Connection, table: string, rows: readonly Row[]): Promise<void> {
  const [first] = rows;
  if (!first) return;
  await owner.query(`insert into ${table} (${Object.keys(first).join(", ")}) values ?`, [rows.map(Object.values)]);
}

/** The adapter's user is made anew with exactly the rights of `healthReadable`. */
async function grant(owner: Connection, url: string): Promise<string> {
  const password = randomBytes(18).toString("base64url");
  const user = `'${healthRole}'@'127.0.0.1'`;
  await owner.query(`create or replace user ${user} identified by '${password}' with max_user_connections 4`);
  for (const [table, columns] of Object.entries(healthReadable))
    await owner.query(`grant select (${columns.join(", ")}) on ${healthDatabase}.${table} to ${user}`);
  const address = new URL(url);
  address.username = healthRole;
  address.password = password;
  return address.href;
}
