import pg from "pg";
import { WeftError } from "#libs/terms";

/** Milliseconds. */
const STATEMENT_TIMEOUT = 5_000;
const UNIQUE_VIOLATION = "23505";

export function openPool(connectionString: string, role: string | undefined, max: number): pg.Pool {
  const asRole = role === undefined ? "" : `-c role=${role} `;
  const pool = new pg.Pool({
    connectionString,
    max,
    // Whatever the account's own default is, a commit waits for the disk and for the synchronous standby.
    options: `${asRole}-c synchronous_commit=on`,
    connectionTimeoutMillis: STATEMENT_TIMEOUT,
    ...(role !== undefined && { statement_timeout: STATEMENT_TIMEOUT, query_timeout: STATEMENT_TIMEOUT + 250 }),
    keepAlive: true,
  });
  // An idle connection that breaks is replaced by the next query; without a listener it would end the process.
  pool.on("error", () => undefined);
  // The same for one that breaks between two statements of a transaction, where the pool does not listen: the next statement fails.
  pool.on("connect", (client) => client.on("error", () => undefined));
  return pool;
}

/** All of the work or nothing. Throws CONSENT_CHANGED where somebody wrote the same version or event first. */
export async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query("begin");
    const result = await work(client);
    await client.query("commit");
    return result;
  } catch (error) {
    // A connection that cannot even roll back is in the middle of something: it is not given to anybody else.
    await client.query("rollback").catch((failure: Error) => (broken = failure));
    if ((error as { code?: unknown }).code === UNIQUE_VIOLATION) throw new WeftError("CONSENT_CHANGED");
    throw error;
  } finally {
    client.release(broken);
  }
}
