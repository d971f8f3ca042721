import type { LogClient } from "#libs/access-log";
import type { Contracts } from "#libs/contracts";
import type { RateLimit } from "#libs/server";
import type { Supergraph } from "#libs/supergraph";
import type { PartyId, Scheme, Seals, Signer } from "#libs/terms";
import type { TokenConfig } from "#libs/token";
import type { GatewayMetrics } from "./metrics.js";
import type { Providers } from "./providers.js";
import type { References } from "./references.js";

/** What the parties have agreed, and all that is derived from it; swapped whole when the contracts change. */
export interface World {
  readonly contracts: Contracts;
  readonly supergraph: Supergraph;
  readonly references: References;
  readonly seals: Seals;
  readonly tokens: TokenConfig;
  /** By value of the GraphQL enum `IdentifierScheme`. */
  readonly schemes: ReadonlyMap<string, Scheme>;
}

/** What the path works with. One per process. */
export interface Gateway {
  readonly id: PartyId;
  readonly logOrigin: string;
  readonly signer: Signer;
  readonly log: LogClient;
  readonly providers: Providers;
  readonly rate: RateLimit;
  readonly metrics: GatewayMetrics;
  /** Whole-request deadline, milliseconds. */
  readonly deadline: number;
  readonly introspection: boolean;
  readonly warn: (message: string, facts?: Readonly<Record<string, string | number>>) => void;
  readonly world: () => World;
  readonly now: () => Date;
}
