import { type Console, type Households, Vigil, type VigilState } from "#libs/review";
import type { LogClient } from "#libs/access-log";
import type { Logger } from "#libs/server";
import type { PostgresReview } from "#libs/review";
import { parseOrgId } from "#libs/terms";
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

const NOBODY: Watching = { state: () => undefined, close: () => Promise.resolve() };

/** Lets the rules follow the log, a turn after the other, beside all that people do here. Off unless a house is named. */
export function startWatching(config: ConsoleConfig, parts: WatchingParts): Watching {
  const organisation = config.WEFT_WATCH_FOR;
  if (organisation === undefined) return NOBODY;
  const { console, log, storage, world, houses, logger } = parts;
  const vigil = new Vigil({
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
  let turning: Promise<void> | undefined;
  const turn = () => {
    turning ??= vigil
      .turn(new Date())
      .catch((error: unknown) =>
        logger.warn({ event: "watch-failed", err: error }, "The rules go on with their next turn."),
      )
      .finally(() => (turning = undefined));
  };
  const timer = setInterval(turn, config.WEFT_WATCH_EVERY * 1000).unref();
  turn();
  return {
    state: () => vigil.state(),
    close: async () => {
      clearInterval(timer);
      await turning;
    },
  };
}

/** Whom the registry lists, where this console is told where they are. */
function householdsOf({ relate }: Houses, { contracts }: World): Households | undefined {
  const [house] = Object.entries(contracts.registry.organisations).flatMap(([org, { households }]) =>
    households ? [parseOrgId(org)] : [],
  );
  return relate && house && { house, ask: relate };
}
