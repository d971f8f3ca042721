import { type Console, type Households, Vigil, type VigilState } from "#libs/review";
import type { LogClient } from "#libs/access-log";
import type { Logger } from "#libs/server";
import type { PostgresReview } from "#libs/review";
import { type OrgId, parseOrgId } from "#libs/terms";
import type { ConsoleConfig } from "./config.js";
import type { Houses } from "./houses.js";
import type { World } from "./world.js";

export interface Watching {
  readonly state: () => VigilState | undefined;
  close(): Promise<void>;
}

export interface WatchingParts {
  readonly console: Console;
  readonly log: LogClient;
  readonly storage: PostgresReview;
  readonly world: () => World;
  readonly houses: Houses;
  readonly logger: Logger;
}

/** Turns in a row that may fail before another console, where there is one, may try: it would have to read again what this one remembers. */
const PATIENCE = 5;

const NOBODY: Watching = { state: () => undefined, close: () => Promise.resolve() };

/**
 * Lets the rules follow the log, a turn after the other, beside all that people do here. Off unless a house is named; where several consoles share
 * a database, the others wait until the one that follows is gone, and begin as after a restart.
 */
export function startWatching(config: ConsoleConfig, parts: WatchingParts): Watching {
  const organisation = config.WEFT_WATCH_FOR;
  if (organisation === undefined) return NOBODY;
  const { storage, logger } = parts;
  let followed: { readonly tenure: object; readonly vigil: Vigil } | undefined;
  const turn = async () => {
    const tenure = await storage.following.hold(organisation);
    if (tenure === undefined) followed = undefined;
    else if (followed?.tenure !== tenure) followed = { tenure, vigil: vigilOf(organisation, config, parts) };
    await followed?.vigil.turn(new Date());
  };
  let failed = 0;
  const missed = async (error: unknown) => {
    logger.warn({ event: "watch-failed", err: error }, "The rules go on with their next turn.");
    failed += 1;
    if (failed % PATIENCE === 0) await storage.following.letGo();
  };
  let turning: Promise<void> | undefined;
  const next = () => {
    turning ??= turn()
      .then(() => void (failed = 0), missed)
      .finally(() => (turning = undefined));
  };
  const timer = setInterval(next, config.WEFT_WATCH_EVERY * 1000).unref();
  next();
  return {
    state: () => followed?.vigil.state(),
    close: async () => {
      clearInterval(timer);
      await turning;
    },
  };
}

function vigilOf(organisation: OrgId, config: ConsoleConfig, parts: WatchingParts): Vigil {
  const { console, log, storage, world, houses } = parts;
  return new Vigil({
    organisation,
    console,
    status: () => log.searchStatus(),
    seals: () => world().seals,
    alerts: storage.alerts,
    days: storage.watchedDays,
    houses: houses.withCases,
    ask: (house, call) => houses.ask(house, "explain", call),
    households: () => householdsOf(houses, world()),
    config: config.WEFT_WATCH_RULES,
    delay: config.WEFT_WATCH_DELAY * 1000,
  });
}

/** Whom the registry lists, where this console is told where they are. */
function householdsOf({ relate }: Houses, { contracts }: World): Households | undefined {
  const [house] = Object.entries(contracts.registry.organisations).flatMap(([org, { households }]) =>
    households ? [parseOrgId(org)] : [],
  );
  return relate && house && { house, ask: relate };
}
