import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { JWK } from "jose";
import { watchContracts } from "#libs/contracts";
import type { Logger } from "#libs/server";
import type { AccessLogConfig } from "./config.js";
import type { RegistryKeys } from "./signers.js";

/** What the log takes from the contracts: whose records it takes, and by which key it is itself known. */
export interface KnownRegistry {
  readonly version: number;
  readonly digest: string;
  readonly registry: RegistryKeys & {
    readonly country: string;
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
  const seen = join(config.WEFT_STATE_DIR, "contracts-version");
  const note = ({ version, digest }: KnownRegistry) => {
    raiseVersion(seen, version);
    logger.info({ event: "contracts", version, digest }, "The contracts are in force.");
  };
  const watched = await watchContracts(
    config.WEFT_CONTRACTS,
    { authorityKey, compose: false, minimumVersion: readVersion(seen) },
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

function readVersion(file: string): number {
  try {
    return Number(readFileSync(file, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
}

function raiseVersion(file: string, version: number): void {
  writeFileSync(`${file}.next`, String(version), { mode: 0o600 });
  renameSync(`${file}.next`, file);
}
