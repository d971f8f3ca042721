import { readFileSync } from "node:fs";
import type { JWK } from "jose";
import type { Suspension } from "#libs/access-log";
import { type Contracts, highestVersion, printProblem, watchContracts, withSuspensions } from "#libs/contracts";
import type { Logger } from "#libs/server";
import type { World } from "./gateway.js";
import { buildWorld } from "./world.js";

export interface WorldsOptions {
  readonly contracts: string;
  readonly authorityFile: string;
  readonly stateDir: string;
  readonly audience: string;
  readonly masters: ReadonlyMap<string, Uint8Array>;
  /** Before the first world is built: may throw. */
  readonly check: (first: Contracts) => void;
  /** A world is about to be in force. */
  readonly onWorld: (world: World) => void;
  readonly logger: Logger;
}

export interface Worlds {
  readonly current: () => World;
  /** What providers suspended at once, all of it: in force when this returns. */
  readonly suspend: (suspensions: readonly Suspension[]) => void;
  readonly close: () => void;
}

/** Follows the contracts folder: a version is in force whole, once all that it means has been built, or not at all. */
export async function openWorlds(options: WorldsOptions): Promise<Worlds> {
  const { audience, masters, logger } = options;
  const highest = highestVersion(options.stateDir);
  let world: World | undefined;
  let suspended: readonly Suspension[] = [];
  const enter = (signed: Contracts): World => {
    const contracts = withSuspensions(signed, suspended);
    const next = buildWorld(contracts, { audience, masters, replay: world?.tokens.replay });
    highest.raise(contracts.version);
    options.onWorld(next);
    const { version, digest } = contracts;
    logger.info({ event: "contracts", version, digest }, "The contracts are in force.");
    return (world = next);
  };
  const watched = await watchContracts(
    options.contracts,
    { authorityKey: JSON.parse(readFileSync(options.authorityFile, "utf8")) as JWK, minimumVersion: highest.seen },
    {
      onSwap: enter,
      onReject: (problems) => {
        const detail = problems.map(printProblem).join("; ");
        logger.error(
          { event: "contracts-rejected", detail },
          "The changed contracts do not serve; the last good ones stay.",
        );
      },
    },
  );
  options.check(watched.current());
  const current = () => world ?? enter(watched.current());
  current();
  const suspend = (suspensions: readonly Suspension[]) => {
    suspended = suspensions;
    enter(watched.current());
  };
  return { current, suspend, close: watched.close };
}
