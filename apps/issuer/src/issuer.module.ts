import { Module } from "@nestjs/common";
import {
  bootHttp,
  createHealth,
  createMetrics,
  type Health,
  type HttpServer,
  type Logger,
  operationsAddress,
  processFacts,
  refuseIfUnsafe,
  tlsFiles,
} from "#libs/server";
import { WeftError } from "#libs/terms";
import { databaseUrl, type IssuerConfig } from "./config.js";
import { type Issuers, openIssuers } from "./issuers.js";
import { chooseKey } from "./key-choice.js";
import { openUsedOnce, type PostgresUsedOnce } from "./postgres/used-once.js";
import { issuerRoutes } from "./routes.js";
import { signInRoutes } from "./sign-in/routes.js";

@Module({})
class IssuerModule {}

const BODY_LIMIT = 64 * 1024;
const SWEEP_EVERY = 60_000;

/** The token service's composition, by hand, in one place. */
export async function startIssuer(config: IssuerConfig, logger: Logger): Promise<HttpServer> {
  const used = await openStorage(config);
  const metrics = createMetrics();
  const tokens = metrics.counter("weft_issuer_tokens_total", "Token requests by what became of them.", ["outcome"]);
  const issuers = await openIssuers({ config, used, logger, onOutcome: (outcome) => tokens.inc({ outcome }) });
  refuseDangerousSettings(config, issuers.contracts().registry.country === "QV");
  const server = await bootHttp({
    module: IssuerModule,
    host: config.WEFT_HOST,
    port: config.WEFT_PORT,
    logger,
    tls: tlsFiles(config),
    operations: operationsAddress(config),
    bodyLimit: BODY_LIMIT,
    health: healthOf(issuers, used),
    metrics,
    routes: (scope) => {
      issuerRoutes(scope, issuers.find);
      signInRoutes(scope, (name) => issuers.find(name)?.signIn);
    },
  });
  const sweeping = setInterval(() => {
    used
      .sweep()
      .catch((error: unknown) =>
        logger.warn({ event: "sweep-failed", err: error }, "Sweeping waits for its next turn."),
      );
  }, SWEEP_EVERY).unref();
  return {
    ...server,
    close: async () => {
      clearInterval(sweeping);
      await server.close();
      issuers.close();
      await used.close();
    },
  };
}

async function openStorage(config: IssuerConfig): Promise<PostgresUsedOnce> {
  const url = databaseUrl(config);
  if (url === undefined)
    throw new WeftError("CONFIG_INVALID", { message: "DATABASE_URL or DATABASE_URL_FILE is missing." });
  return openUsedOnce(url);
}

function healthOf(issuers: Issuers, used: PostgresUsedOnce): Health {
  const health = createHealth();
  health.check("storage", () => used.ping());
  health.check("keys", () => {
    for (const { issuer } of issuers.all()) {
      const { keys, keyLead: lead, lifetime, now } = issuer;
      const key = chooseKey(keys, { now: now().getTime(), lead, lifetime: lifetime * 1000 });
      if (key === undefined) throw new WeftError("NOT_READY");
    }
  });
  health.fact("contracts", () => issuers.contracts().digest);
  return health;
}

/** Clients without certificates may call: their assertions say who they are. */
function refuseDangerousSettings(config: IssuerConfig, sandboxKeys: boolean): void {
  refuseIfUnsafe({
    ...processFacts(),
    production: config.WEFT_MODE === "production",
    host: config.WEFT_HOST,
    tls: tlsFiles(config) !== undefined,
    telemetry: false,
    sandboxKeys,
  });
}
