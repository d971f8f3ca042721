import type pg from "pg";
import { openPool, type PoolOptions } from "./pool.js";

/**
 * One connection on which a statement is sent while the one before is still at work: the server carries them out in the order in which they
 * were given, each a transaction of its own. A connection that broke is replaced by the next statement; those that were under way fail.
 */
export interface Line {
  query(statement: pg.QueryConfig): Promise<pg.QueryResult>;
  close(): Promise<void>;
}

/** Resolves once it is connected: the first statement does not wait for that. */
export async function openLine(url: string, options: Omit<PoolOptions, "max">): Promise<Line> {
  const pool = openPool(url, { ...options, max: 1, isPipelined: true });
  let current: Promise<pg.PoolClient> | undefined;
  const connect = (): Promise<pg.PoolClient> => {
    const opened = pool.connect();
    const forget = (): void => void (current === opened && (current = undefined));
    opened.then((client) => {
      const drop = (): void => {
        forget();
        client.release(true);
      };
      client.once("end", drop);
    }, forget);
    return opened;
  };
  await (current = connect());
  return {
    query: async (statement) => {
      const client = await (current ??= connect());
      return client.query(statement);
    },
    close: async () => {
      const client = await current?.catch(() => undefined);
      current = undefined;
      client?.removeAllListeners("end").release(true);
      await pool.end();
    },
  };
}
