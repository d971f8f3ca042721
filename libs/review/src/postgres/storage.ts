import { Kysely, PostgresDialect, sql } from "kysely";
import pg from "pg";
import type { Role } from "../api.js";
import type { SessionStore } from "../session.js";
import type { RequestStore } from "../requests/request.js";
import type { RevealStore } from "../reveal.js";
import type { WorkStore } from "../today.js";
import type { InvestigationStore } from "../investigation.js";
import { investigationsIn } from "./investigations.js";
import type { AlertStore } from "#libs/vigilance";
import type { WatchedDays } from "../watching/vigil.js";
import { alertsIn } from "./alerts.js";
import { watchedDaysIn } from "./watched-days.js";
import { migrate } from "./migrate.js";
import { requestsIn } from "./requests.js";
import { revealsIn } from "./reveals.js";
import { takeTurnsIn, type TurnTaking } from "./turn-taking.js";
import type { Tables } from "./tables.js";
import { workIn } from "./work.js";

/** All that the console keeps: who is signed in, requests to reveal an officer, questions of persons, and what a person should look at. One small pool, and a connection that says who follows the log. */
export interface PostgresReview {
  readonly sessions: SessionStore;
  readonly reveals: RevealStore;
  readonly investigations: InvestigationStore;
  readonly work: WorkStore;
  readonly alerts: AlertStore;
  readonly watchedDays: WatchedDays;
  readonly following: TurnTaking;
  readonly requests: RequestStore;
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Milliseconds. */
const STATEMENT_TIMEOUT = 2_000;

export async function openPostgresReview(url: string): Promise<PostgresReview> {
  const config = {
    connectionString: url,
    connectionTimeoutMillis: STATEMENT_TIMEOUT,
    statement_timeout: STATEMENT_TIMEOUT,
    query_timeout: STATEMENT_TIMEOUT + 250,
    keepAlive: true,
  };
  const pool = new pg.Pool({ ...config, max: 6 });
  // An idle connection that breaks is replaced by the next query; without a listener it would end the process.
  pool.on("error", () => undefined);
  // The same for one that breaks between two statements of a transaction, where the pool does not listen: the next statement fails.
  pool.on("connect", (client) => client.on("error", () => undefined));
  await migrate(pool);
  const database = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  const following = takeTurnsIn(config);
  return {
    sessions: sessionsIn(database),
    reveals: revealsIn(database),
    investigations: investigationsIn(database),
    work: workIn(database),
    alerts: alertsIn(database),
    watchedDays: watchedDaysIn(database),
    following,
    requests: requestsIn(database),
    ping: async () => void (await sql`select 1`.execute(database)),
    async close() {
      await following.letGo();
      await database.destroy();
    },
  };
}

function sessionsIn(database: Kysely<Tables>): SessionStore {
  return {
    async open(id, { organisation, officer, roles, until }, now) {
      const row = { id, organisation, officer, roles: [...roles], until, seen: now };
      await database.insertInto("session").values(row).execute();
    },
    async use(id, now, idleSince) {
      const row = await database
        .updateTable("session")
        .set({ seen: now })
        .where("id", "=", id)
        .where("until", ">", now)
        .where("seen", ">", idleSince)
        .returning(["organisation", "officer", "roles", "until"])
        .executeTakeFirst();
      return row && { ...row, roles: row.roles as Role[] };
    },
    async end(id) {
      await database.deleteFrom("session").where("id", "=", id).execute();
    },
    async sweep(now, idleSince) {
      await database
        .deleteFrom("session")
        .where((row) => row.or([row("until", "<=", now), row("seen", "<=", idleSince)]))
        .execute();
    },
  };
}
