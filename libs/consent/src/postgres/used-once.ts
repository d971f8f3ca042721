import type { Pool } from "pg";

/** What may be used once, of all processes on this database. The insert decides: of two one finds the row there. */
export interface UsedOnce {
  /** True the first time; remembered until then. */
  use(id: string, until: Date): Promise<boolean>;
  sweep(now: Date): Promise<void>;
}

export function usedOnceIn(pool: Pool): UsedOnce {
  return {
    async use(id, until) {
      const inserted = "insert into used_once (id, until) values ($1, $2) on conflict do nothing";
      return (await pool.query(inserted, [id, until])).rowCount === 1;
    },
    sweep: async (now) => void (await pool.query("delete from used_once where until < $1", [now])),
  };
}
