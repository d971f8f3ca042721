import { createPrivateKey, type JsonWebKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { type DynamicModule, Module } from "@nestjs/common";
import { GraphQLModule } from "@nestjs/graphql";
import type { JWK } from "jose";
import { LogClient } from "#libs/access-log";
import { type Contracts, highestVersion, printProblem, watchContracts } from "#libs/contracts";
import {
  bootHttp,
  clientTls,
  createHealth,
  createMetrics,
  type HttpServer,
  type Logger,
  processFacts,
  refuseIfUnsafe,
  type Secret,
  tlsFiles,
} from "#libs/server";
import { parsePartyId, type Signer, WeftError } from "#libs/terms";
import type { GatewayConfig } from "./config.js";
import { WeftDriver, type WeftDriverOptions } from "./driver.js";
import type { Gateway, World } from "./gateway.js";
import { gatewayMetrics } from "./metrics.js";
import { Providers } from "./providers.js";
import { RateLimit } from "./rate-limit.js";
import { schemaRoutes } from "./schema-routes.js";
import { adapterUrls, buildWorld } from "./world.js";

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
  const health = createHealth();
  const measured = gatewayMetrics(metrics.registry);
  const authorityKey = JSON.parse(readFileSync(config.WEFT_AUTHORITY_FILE, "utf8")) as JWK;

  const tls = clientTls(config);
  const providers = new Providers(providerLimits(config), tls, (provider, state) => {
    logger.warn({ event: "breaker", provider, state }, "A breaker changed.");
    measured.breaker(provider, state);
  });
  const masters = readMasters(config.WEFT_SEAL_MASTER_FILE);
  const version = highestVersion(config.WEFT_STATE_DIR);
  let world: World | undefined;
  const serve = (next: Contracts): World => {
    const built = buildWorld(next, { audience, masters, replay: world?.tokens.replay });
    version.raise(next.version);
    providers.use(adapterUrls(next, config.WEFT_ADAPTERS));
    logger.info({ event: "contracts", version: next.version, digest: next.digest }, "The contracts are in force.");
    return (world = built);
  };
  const contracts = await watchContracts(
    config.WEFT_CONTRACTS,
    { authorityKey, minimumVersion: version.seen },
    {
      onSwap: serve,
      onReject: (problems) =>
        logger.error(
          { event: "contracts-rejected", detail: problems.map(printProblem).join("; ") },
          "The changed contracts do not serve; the last good ones stay.",
        ),
    },
  );
  const first = contracts.current();
  refuseDangerousSettings(config, first.registry.country === "QV");
  const current = () => world ?? serve(first);
  current();

  const pinnedLog = first.registry.logs[0];
  if (!pinnedLog) throw new WeftError("CONFIG_INVALID", { detail: "registry.yaml names no log" });
  const log = new LogClient({ url: config.WEFT_LOG_URL, vkey: pinnedLog.vkey, ...(tls && { tls }) });
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
    world: current,
    now: () => new Date(),
  };
  health.check("log", async () => void (await log.checkpoint()));
  health.fact("contracts", () => current().contracts.digest);
  health.fact("schema", () => current().contracts.supergraphDigest);
  health.fact("agreements", () => current().contracts.policyDigest);

  const server = await bootHttp({
    module: GatewayModule.with({ path: "/graphql", gateway, publicUrl: audience, bodyLimit: config.WEFT_BODY_LIMIT }),
    host: config.WEFT_HOST,
    port: config.WEFT_PORT,
    logger,
    tls: tlsFiles(config),
    health,
    metrics,
    routes: (fastify) => schemaRoutes(fastify, gateway),
  });
  return {
    ...server,
    close: async () => {
      await server.close();
      contracts.close();
      await Promise.all([providers.close(), log.close()]);
    },
  };
}

function refuseDangerousSettings(config: GatewayConfig, sandboxKeys: boolean): void {
  refuseIfUnsafe({
    ...processFacts(),
    production: config.WEFT_MODE === "production",
    host: config.WEFT_HOST,
    tls: tlsFiles(config) !== undefined,
    calls: [config.WEFT_LOG_URL, ...Object.values(config.WEFT_ADAPTERS)],
    sandboxKeys,
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

function readMasters(file: Secret): ReadonlyMap<string, Uint8Array> {
  const masters = JSON.parse(file.reveal()) as Record<string, string>;
  return new Map(Object.entries(masters).map(([kid, text]) => [kid, Buffer.from(text, "base64url")]));
}
