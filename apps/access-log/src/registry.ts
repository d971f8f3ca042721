import { readFileSync } from "node:fs";
import type { JWK } from "jose";
import type { RegistryKeys } from "#libs/access-log";
import { highestVersion, watchContracts } from "#libs/contracts";
import type { Logger } from "#libs/server";
import type { AccessLogConfig } from "./config.js";

/** What the log takes from the contracts: whose records it takes, and by which key it is itself known. */
export interface KnownRegistry {
  readonly version: number;
  readonly digest: string;
  readonly registry: RegistryKeys & {
    readonly country: string;
    readonly witnesses: { readonly quorum: number; readonly vkeys: readonly string[] };
    readonly logs: readonly { readonly origin: string; readonly vkey: string }[];
  };
}

export interface WatchedRegistry {
  readonly current: () => KnownRegistry;
  readonly close: () => void;
}

/** Follows the contracts folder; an older version than any seen before is refused, also after a restart. */
export async function watchRegistry(config: AccessLogConfig, logger: Logger): Promise<WatchedRegistry> {
  const authorityKey = JSON.parse(readFileSync(config.WEFT_AUTHORITY_FILE, "utf8")) as JWK;
  const highest = highestVersion(config.WEFT_STATE_DIR);
  const note = ({ version, digest }: KnownRegistry) => {
    highest.raise(version);
    logger.info({ event: "contracts", version, digest }, "The contracts are in force.");
  };
  const watched = await watchContracts(
    config.WEFT_CONTRACTS,
    { authorityKey, compose: false, minimumVersion: highest.seen },
    {
      onSwap: note,
      onReject: ({ length }) =>
        logger.error(
          { event: "contracts-rejected", count: length },
          "New contracts were refused; the last good ones stay.",
        ),
    },
  );
  note(watched.current());
  return watched;
}
