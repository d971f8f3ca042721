import pg from "pg";

/** Milliseconds. A caller waits two seconds; an answer after that serves nobody. */
export const STATEMENT_TIMEOUT = 1_500;

export interface PoolOptions {
  /** One of the log's roles; the account itself where none is named. */
  readonly role?: string;
  readonly max: number;
  readonly statementTimeout?: number;
  /** Whatever the account's own default is, a commit waits for the disk and for the synchronous standby. */
  readonly isDurable?: boolean;
  /** A statement is sent while the one before is still at work. */
  readonly isPipelined?: boolean;
  /** For sorting and counting without a detour over the disk. */
  readonly workMem?: string;
}

export function openPool(
  connectionString: string,
  { role, max, statementTimeout, isDurable = true, isPipelined = false, workMem = "4MB" }: PoolOptions,
): pg.Pool {
  const asRole = role === undefined ? "" : `-c role=${role} `;
  const pool = new pg.Pool({
    connectionString,
    max,
    options: `${asRole}-c synchronous_commit=${isDurable ? "on" : "off"} -c work_mem=${workMem}`,
    connectionTimeoutMillis: STATEMENT_TIMEOUT,
    ...(statementTimeout !== undefined && {
      statement_timeout: statementTimeout,
      query_timeout: statementTimeout + 250,
    }),
    keepAlive: true,
    pipeline: isPipelined,
  });
  // An idle connection that breaks is replaced by the next query; without a listener it would end the process.
  pool.on("error", () => undefined);
  // The same for one that breaks between two statements of a transaction, where the pool does not listen: the next statement fails.
  pool.on("connect", (client) => client.on("error", () => undefined));
  return pool;
}
