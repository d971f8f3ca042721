import pg from "pg";
import type { OrgId } from "#libs/terms";

/**
 * Of all consoles on one database only one follows the log in the name of a house: two would read each other's looks, and leave new ones, for
 * ever. Held on a connection of its own, by PostgreSQL's session lock: whoever dies has let go of it.
 */
export interface TurnTaking {
  /** The same object for as long as nobody else can have followed meanwhile; undefined where somebody else does, or may. */
  hold(organisation: OrgId): Promise<object | undefined>;
  /** Whoever cannot do it lets others try. */
  letGo(): Promise<void>;
}

/** The server asks a machine that says nothing whether it is there: one without power would hold the lock for hours. Seconds. */
const KEEPALIVE = "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3";

/** With the name of the house it is this lock and no other of the database. */
const LOCK = 0x77656677;

export function takeTurnsIn(config: pg.ClientConfig): TurnTaking {
  let held: pg.Client | undefined;
  const letGo = async () => {
    const client = held;
    held = undefined;
    await client?.end().catch(() => undefined);
  };
  return {
    async hold(organisation) {
      try {
        held ??= await connected({ ...config, options: KEEPALIVE });
        // Asked anew each time, which a session may: the answer also says that the connection, and with it the lock, is still there.
        const question = "select pg_try_advisory_lock($1, hashtext($2)) as ours";
        const { rows } = await held.query<{ ours: boolean }>(question, [LOCK, organisation]);
        return rows[0]?.ours ? held : undefined;
      } catch {
        await letGo();
        return undefined;
      }
    },
    letGo,
  };
}

async function connected(config: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client(config);
  // A connection that breaks is told by the next question.
  client.on("error", () => undefined);
  await client.connect();
  return client;
}
