import { Agent, request } from "undici";
import { type AskHouse, type Console, type Households, Vigil, type VigilState } from "#libs/review";
import type { LogClient } from "#libs/access-log";
import type { ClientTls, Logger } from "#libs/server";
import type { PostgresReview } from "#libs/review";
import { parseOrgId, WeftError } from "#libs/terms";
import type { ConsoleConfig } from "./config.js";
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
  readonly tls: ClientTls | undefined;
  readonly logger: Logger;
}

const NOBODY: Watching = { state: () => undefined, close: () => Promise.resolve() };
/** Milliseconds. */
const HOUSE_TIMEOUT = 10_000;

/** Lets the rules follow the log, a turn after the other, beside all that people do here. Off unless a house is named. */
export function startWatching(config: ConsoleConfig, parts: WatchingParts): Watching {
  const organisation = config.WEFT_WATCH_FOR;
  if (organisation === undefined) return NOBODY;
  const { console, log, storage, world, tls, logger } = parts;
  const agent = new Agent({ connections: 2, ...(tls && { connect: tls.connector(HOUSE_TIMEOUT) }) });
  const vigil = new Vigil({
    organisation,
    console,
    status: () => log.searchStatus(),
    seals: () => world().seals,
    alerts: storage.alerts,
    days: storage.watchedDays,
    houses: Object.keys(config.WEFT_CASE_REGISTERS),
    ask: askHouses(config.WEFT_CASE_REGISTERS, agent),
    households: () => householdsOf(config.WEFT_HOUSEHOLDS_URL, world(), agent),
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
      await agent.close();
    },
  };
}

function askHouses(addresses: Readonly<Record<string, string>>, dispatcher: Agent): AskHouse {
  return async (house, call) => {
    const address = addresses[parseOrgId(house)];
    if (address === undefined) throw new WeftError("NOT_FOUND");
    return post(address, "explain", call, dispatcher);
  };
}

/** Whom the registry lists, where this console is told where they are. */
function householdsOf(address: string | undefined, { contracts }: World, dispatcher: Agent): Households | undefined {
  const [house] = Object.entries(contracts.registry.organisations).flatMap(([org, { households }]) =>
    households ? [parseOrgId(org)] : [],
  );
  if (address === undefined || house === undefined) return undefined;
  return { house, ask: (call) => post(address, "relate", call, dispatcher) };
}

async function post(address: string, what: "explain" | "relate", call: object, dispatcher: Agent): Promise<unknown> {
  const { statusCode, body } = await request(`${address.replace(/\/$/, "")}/${what}`, {
    method: "POST",
    dispatcher,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(call),
    headersTimeout: HOUSE_TIMEOUT,
    bodyTimeout: HOUSE_TIMEOUT,
  });
  const answer = await body.json();
  if (statusCode !== 200)
    throw new WeftError("SOURCE_UNAVAILABLE", { detail: `a register of a house answered ${statusCode}` });
  return answer;
}
