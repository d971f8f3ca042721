import { randomBytes } from "node:crypto";
import pg from "pg";
import type { Person } from "../country/person.js";
import type { Prf } from "../country/prf.js";

/** One MIS that is a PostgreSQL database of its own, and what its owner lets Weft's adapter read of it. */
export interface DatabaseMis {
  readonly database: string;
  /** The adapter's user: reads `readable` and nothing else. */
  readonly role: string;
  readonly connections: number;
  readonly ddl: string;
  readonly readable: Readonly<Record<string, readonly string[]>>;
  reference(): Readonly<Record<string, readonly Row[]>>;
  /** In the order in which tables depend on each other. */
  rowsOf(prf: Prf, person: Person): Readonly<Record<string, readonly Row[]>>;
}

export type Row = Readonly<Record<string, string | number | boolean | null>>;

/** Fills the database unless it already holds exactly this country (its comment says which). True where it did. */
export async function loadDatabase(
  mis: DatabaseMis,
  superuser: (database: string) => string,
  prf: Prf,
  people: () => Iterable<Person>,
  edition: string,
): Promise<boolean> {
  const client = new pg.Client({ connectionString: superuser(mis.database) });
  await client.connect();
  try {
    if ((await editionOf(client, mis.database)) === edition) return false;
    await client.query(
      "begin; set local synchronous_commit = off; drop schema if exists public cascade; create schema public",
    );
    await client.query(mis.ddl);
    await fill(client, mis, prf, people());
    await client.query(`comment on database ${mis.database} is '${edition}'`);
    await client.query("commit; analyze");
    return true;
  } finally {
    await client.end();
  }
}

/** Makes the adapter's user with a new password and exactly the rights of `readable`. Returns its URL. */
export async function grantReadOnly(mis: DatabaseMis, superuser: (database: string) => string): Promise<string> {
  const { database, role } = mis;
  const password = randomBytes(18).toString("base64url");
  const client = new pg.Client({ connectionString: superuser(database) });
  await client.connect();
  try {
    const known = await client.query("select 1 from pg_roles where rolname = $1", [role]);
    if (known.rowCount === 0) await client.query(`create role ${role}`);
    await client.query(`
      alter role ${role} with login nosuperuser nocreatedb nocreaterole noinherit connection limit ${mis.connections} password '${password}';
      alter role ${role} set default_transaction_read_only = on;
      revoke all on database ${database} from public;
      grant connect on database ${database} to ${role};
      revoke all on schema public from public;
      grant usage on schema public to ${role};
      revoke all on all tables in schema public from ${role};
      ${Object.entries(mis.readable)
        .map(([table, columns]) => `grant select (${columns.join(", ")}) on ${table} to ${role};`)
        .join("\n")}`);
  } finally {
    await client.end();
  }
  const url = new URL(superuser(database));
  url.username = role;
  url.password = password;
  return url.href;
}

async function editionOf(client: pg.Client, database: string): Promise<string | null> {
  const { rows } = await client.query<{ edition: string | null }>(
    "select shobj_description(oid, 'pg_database') as edition from pg_database where datname = $1",
    [database],
  );
  return rows[0]?.edition ?? null;
}

const BATCH = 2000;

async function fill(client: pg.Client, mis: DatabaseMis, prf: Prf, people: Iterable<Person>): Promise<void> {
  for (const [table, rows] of Object.entries(mis.reference())) await insert(client, table, rows);
  await enterPeople(client, mis, prf, people);
}

/** Adds what the MIS holds of these people to what is there. */
export async function enterPeople(
  client: pg.Client,
  mis: DatabaseMis,
  prf: Prf,
  people: Iterable<Person>,
): Promise<void> {
  let waiting: Record<string, Row[]> = {};
  let count = 0;
  const flush = async (): Promise<void> => {
    for (const [table, rows] of Object.entries(waiting)) await insert(client, table, rows);
    waiting = {};
    count = 0;
  };
  for (const person of people) {
    for (const [table, rows] of Object.entries(mis.rowsOf(prf, person))) (waiting[table] ??= []).push(...rows);
    if (++count >= BATCH) await flush();
  }
  await flush();
}

/** One statement for a batch: PostgreSQL reads the rows from one JSON parameter and gives them the table's types. */
async function insert(client: pg.Client, table: string, rows: readonly Row[]): Promise<void> {
  const [first] = rows;
  if (!first) return;
  const columns = Object.keys(first).join(", ");
  await client.query(
    `insert into ${table} (${columns}) select ${columns} from json_populate_recordset(null::${table}, $1)`,
    [JSON.stringify(rows)],
  );
}
