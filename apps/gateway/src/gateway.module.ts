import { createPrivateKey, type JsonWebKey } from "node:crypto";
import { type DynamicModule, Module } from "@nestjs/common";
import { GraphQLModule } from "@nestjs/graphql";
import { LogClient, watchSuspensions } from "#libs/access-log";
import type { Contracts } from "#libs/contracts";
import {
  bootHttp,
  clientTls,
  createHealth,
  type Health,
  createMetrics,
  type HttpServer,
  type Logger,
  operationsAddress,
  processFacts,
  RateLimit,
  refuseIfUnsafe,
  type Secret,
  tlsFiles,
} from "#libs/server";
import { parsePartyId, sealMastersOf, type Signer, WeftError } from "#libs/terms";
import type { GatewayConfig } from "./config.js";
import { WeftDriver, type WeftDriverOptions } from "./driver.js";
import type { Gateway } from "./gateway.js";
import { gatewayMetrics } from "./metrics.js";
import { pinnedLog } from "./pinned-log.js";
import { Providers } from "./providers.js";
import { schemaRoutes } from "./schema-routes.js";
import { adapterUrls } from "./world.js";
import { openWorlds } from "./worlds.js";

@Module({})
class GatewayModule {
  static with(options: Omit<WeftDriverOptions, "driver">): DynamicModule {
    return {
      module: GatewayModule,
      imports: [GraphQLModule.forRoot<WeftDriverOptions>({ ...options, driver: WeftDriver })],
    };
  }
}

/** The gateway's composition, by hand, in one place. */
export async function startGateway(config: GatewayConfig, logger: Logger): Promise<HttpServer> {
  const audience = config.WEFT_PUBLIC_URL.replace(/\/$/, "");
  const metrics = createMetrics();
  const measured = gatewayMetrics(metrics.registry);
  const tls = clientTls(config, logger);
  const providers = new Providers(providerLimits(config), tls, (provider, state) => {
    logger.warn({ event: "breaker", provider, state }, "A breaker changed.");
    measured.breaker(provider, state);
  });
  const worlds = await openWorlds({
    contracts: config.WEFT_CONTRACTS,
    authorityFile: config.WEFT_AUTHORITY_FILE,
    stateDir: config.WEFT_STATE_DIR,
    audience,
    masters: sealMastersOf(config.WEFT_SEAL_MASTER_FILE.reveal()),
    check: (first) => refuseDangerousSettings(config, first),
    onWorld: ({ contracts }) => providers.use(adapterUrls(contracts, config.WEFT_ADAPTERS)),
    logger,
  });
  const log = new LogClient({
    url: config.WEFT_LOG_URL,
    vkey: pinnedLog(() => worlds.current().contracts),
    ...(tls && { tls }),
  });
  const suspensions = await watchSuspensions(log, {
    onChange: (suspended) => {
      worlds.suspend(suspended);
      logger.warn({ event: "suspended", count: suspended.length }, "A provider suspended an agreement.");
    },
    onProblem: (error) =>
      logger.warn({ event: "suspensions-unknown", err: error }, "The log does not tell what is suspended."),
  });
  const gateway: Gateway = {
    id: parsePartyId(config.WEFT_GATEWAY_ID),
    logOrigin: log.origin,
    signer: readSigner(config.WEFT_SIGNING_KEY_FILE),
    log,
    providers,
    rate: new RateLimit(config.WEFT_CLIENT_RATE),
    metrics: measured,
    deadline: config.WEFT_DEADLINE,
    introspection: config.WEFT_INTROSPECTION ?? config.WEFT_MODE === "sandbox",
    warn: (message, facts) => logger.warn({ event: "path", ...facts }, message),
    world: worlds.current,
    now: () => new Date(),
  };
  const server = await bootHttp({
    module: GatewayModule.with({ path: "/graphql", gateway, publicUrl: audience, bodyLimit: config.WEFT_BODY_LIMIT }),
    host: config.WEFT_HOST,
    port: config.WEFT_PORT,
    logger,
    tls: tlsFiles(config),
    operations: operationsAddress(config),
    health: healthOf(gateway),
    metrics,
    routes: (fastify) => schemaRoutes(fastify, gateway),
  });
  return {
    ...server,
    close: async () => {
      await server.close();
      suspensions.close();
      worlds.close();
      await Promise.all([providers.close(), log.close()]);
    },
  };
}

function healthOf({ log, world }: Gateway): Health {
  const health = createHealth();
  health.check("log", async () => void (await log.checkpoint()));
  health.fact("contracts", () => world().contracts.digest);
  health.fact("schema", () => world().contracts.supergraphDigest);
  health.fact("agreements", () => world().contracts.policyDigest);
  return health;
}

function refuseDangerousSettings(config: GatewayConfig, first: Contracts): void {
  refuseIfUnsafe({
    ...processFacts(),
    production: config.WEFT_MODE === "production",
    host: config.WEFT_HOST,
    tls: tlsFiles(config) !== undefined,
    calls: [config.WEFT_LOG_URL, ...adapterUrls(first, config.WEFT_ADAPTERS).values()],
    sandboxKeys: first.registry.country === "QV",
    introspection: config.WEFT_INTROSPECTION === true,
  });
}

function providerLimits(config: GatewayConfig) {
  return {
    deadline: config.WEFT_PROVIDER_DEADLINE,
    bulkhead: config.WEFT_PROVIDER_CALLS,
    breakerRest: config.WEFT_BREAKER_REST,
    maxReplyBytes: 8 * 1024 * 1024,
  };
}

function readSigner(file: Secret): Signer {
  const jwk = JSON.parse(file.reveal()) as JsonWebKey & { kid?: string };
  if (typeof jwk.kid !== "string") throw new WeftError("CONFIG_INVALID", { detail: "the signing key has no kid" });
  return { kid: jwk.kid, key: createPrivateKey({ key: jwk, format: "jwk" }) };
}
