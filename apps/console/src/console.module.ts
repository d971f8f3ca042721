import { createPrivateKey, createPublicKey, hkdfSync, type JsonWebKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { type DynamicModule, Module } from "@nestjs/common";
import type { JWK } from "jose";
import { LogClient } from "#libs/access-log";
import { type Contracts, highestVersion, watchContracts } from "#libs/contracts";
import { openPostgresReview, type PostgresReview } from "#libs/review";
import {
  bootHttp,
  clientTls,
  createHealth,
  createMetrics,
  type Health,
  type HttpServer,
  type Logger,
  type Metrics,
  operationsAddress,
  processFacts,
  refuseIfUnsafe,
  type Secret,
  tlsFiles,
} from "#libs/server";
import { parsePartyId, sealMastersOf, type Signer, WeftError } from "#libs/terms";
import { AgreementsEndpoint } from "./agreements.endpoint.js";
import { AlertsEndpoint } from "./alerts.endpoint.js";
import { type ConsoleConfig, databaseUrl } from "./config.js";
import { CONSOLE, type ConsoleApp } from "./console.js";
import { ExportEndpoint } from "./export.endpoint.js";
import { openConsentCounts } from "./consent-counts.js";
import { ConsentsEndpoint } from "./consents.endpoint.js";
import { type Houses, openHouses } from "./houses.js";
import { Gate } from "./gate.js";
import { InvestigationsEndpoint } from "./investigations.endpoint.js";
import { LookEndpoint } from "./look.endpoint.js";
import { startWatching, type Watching } from "./watching.js";
import { servePages } from "./pages.js";
import { PortalGate } from "./portal.js";
import { RequestEndpoint } from "./request.endpoint.js";
import { RevealEndpoint } from "./reveal.endpoint.js";
import { SessionEndpoint } from "./session.endpoint.js";
import { signInRoutes } from "./sign-in.routes.js";
import { staffFile } from "./staff-file.js";
import { TodayEndpoint } from "./today.endpoint.js";
import { UsageEndpoint } from "./usage.endpoint.js";
import { buildWorld, type World } from "./world.js";

@Module({
  controllers: [
    SessionEndpoint,
    LookEndpoint,
    ExportEndpoint,
    RevealEndpoint,
    RequestEndpoint,
    UsageEndpoint,
    AgreementsEndpoint,
    InvestigationsEndpoint,
    TodayEndpoint,
    ConsentsEndpoint,
    AlertsEndpoint,
  ],
})
class ConsoleModule {
  static with(app: ConsoleApp): DynamicModule {
    return { module: ConsoleModule, providers: [{ provide: CONSOLE, useValue: app }] };
  }
}

const BODY_LIMIT = 64 * 1024;
const SWEEP_EVERY = 60_000;
/** Milliseconds: a search over a large log takes longer than an append may. */
const LOG_TIMEOUT = 10_000;

/** The console's composition, by hand, in one place. */
export async function startConsole(config: ConsoleConfig, logger: Logger): Promise<HttpServer> {
  const watched = await watchWorld(config, logger);
  const first = watched.current().contracts;
  const signer = readSigner(config.WEFT_SIGNING_KEY_FILE);
  assertListed(first, config.WEFT_REVIEW_ID, signer);
  refuseDangerousSettings(config, first);
  const storage = await openStorage(config);
  const metrics = createMetrics();
  let watching: Watching | undefined;
  const watchState = () => watching?.state();
  const houses = openHouses(config, clientTls(config, logger));
  const app = composeConsole(config, { houses, storage, signer, metrics, world: watched.current, logger, watchState });
  const server = await bootHttp({
    module: ConsoleModule.with(app),
    host: config.WEFT_HOST,
    port: config.WEFT_PORT,
    logger,
    tls: tlsFiles(config),
    operations: operationsAddress(config),
    bodyLimit: BODY_LIMIT,
    health: healthOf(app, storage),
    metrics,
    routes: async (scope) => {
      await scope.register(async (own) => signInRoutes(own, app, storage.sessions));
      servePages(scope, config.WEFT_PAGES);
    },
  });
  const { reviewing: console, log, world } = app;
  watching = startWatching(config, { console, log, storage, world, houses, logger });
  const idle = config.WEFT_IDLE * 1000;
  const sweeping = setInterval(() => {
    storage.sessions
      .sweep(app.now(), new Date(app.now().getTime() - idle))
      .catch((error: unknown) =>
        logger.warn({ event: "sweep-failed", err: error }, "Sweeping waits for its next turn."),
      );
  }, SWEEP_EVERY).unref();
  return {
    ...server,
    close: async () => {
      clearInterval(sweeping);
      await server.close();
      await watching?.close();
      watched.close();
      await Promise.all([app.log.close(), app.consents?.close(), houses.close(), storage.close()]);
    },
  };
}

interface Parts {
  readonly houses: Houses;
  readonly storage: PostgresReview;
  readonly signer: Signer;
  readonly metrics: Metrics;
  readonly world: () => World;
  readonly logger: Logger;
  readonly watchState: ConsoleApp["watchState"];
}

function composeConsole(config: ConsoleConfig, parts: Parts): ConsoleApp {
  const { houses, storage, signer, metrics, world, logger, watchState } = parts;
  const now = () => new Date();
  const { origin } = new URL(config.WEFT_PUBLIC_URL);
  const tls = clientTls(config, logger);
  const [pinned] = world().contracts.registry.logs;
  if (!pinned) throw new WeftError("CONFIG_INVALID", { detail: "registry.yaml names no log" });
  const address = { url: config.WEFT_LOG_URL, vkey: pinned.vkey, timeout: LOG_TIMEOUT };
  const log = new LogClient({ ...address, ...(tls && { tls }) });
  const id = parsePartyId(config.WEFT_REVIEW_ID);
  const looks = metrics.counter("weft_console_looks_total", "Look-ups by what was looked for.", ["kind"]);
  return {
    gate: new Gate({ sessions: storage.sessions, origin, idle: config.WEFT_IDLE * 1000, now }),
    portals: new PortalGate({ origin, world, now }),
    reviewing: { id, signer, log, isSupervisory: (organisation) => world().isSupervisory(organisation), now },
    log,
    signIn: {
      key: ticketKey(signer),
      clientId: id,
      signer,
      redirectUri: `${origin}/sign-in/return`,
      find: (organisation) => world().identityProvider(organisation),
    },
    consents: openConsentCounts(config.WEFT_CONSENT_URL, tls),
    reveals: storage.reveals,
    investigations: storage.investigations,
    work: storage.work,
    alerts: storage.alerts,
    watchState,
    houses,
    requests: storage.requests,
    staff: staffFile(config.WEFT_STAFF_FILE),
    world,
    sessionLife: config.WEFT_SESSION * 1000,
    now,
    onLook: (kind) => looks.inc({ kind }),
  };
}

/** All replicas sign with one key, so they have this one in common too. */
function ticketKey({ key }: Signer): Buffer {
  const { d } = key.export({ format: "jwk" });
  return Buffer.from(hkdfSync("sha256", Buffer.from(d ?? "", "base64url"), "", "weft/console-sign-in/v1", 32));
}

async function watchWorld(config: ConsoleConfig, logger: Logger) {
  const authorityKey = JSON.parse(readFileSync(config.WEFT_AUTHORITY_FILE, "utf8")) as JWK;
  const masters = sealMastersOf(config.WEFT_SEAL_MASTER_FILE.reveal());
  const highest = highestVersion(config.WEFT_STATE_DIR);
  const [addresses, audience] = [config.WEFT_ISSUERS, new URL(config.WEFT_PUBLIC_URL).origin];
  let world: World | undefined;
  const adopt = (contracts: Contracts) => {
    world = buildWorld(contracts, { masters, addresses, audience, replay: world?.tokens.replay });
    highest.raise(contracts.version);
    const { version, digest } = contracts;
    logger.info({ event: "contracts", version, digest }, "The contracts are in force.");
    return world;
  };
  const watched = await watchContracts(
    config.WEFT_CONTRACTS,
    { authorityKey, compose: false, minimumVersion: highest.seen },
    {
      onSwap: (next) => void adopt(next),
      onReject: ({ length }) =>
        logger.error(
          { event: "contracts-rejected", count: length },
          "New contracts were refused; the last good ones stay.",
        ),
    },
  );
  const first = adopt(watched.current());
  return { current: () => world ?? first, close: watched.close };
}

function healthOf({ log, world, watchState }: ConsoleApp, storage: PostgresReview): Health {
  const health = createHealth();
  health.check("storage", () => storage.ping());
  health.check("log", async () => void (await log.checkpoint()));
  health.fact("contracts", () => world().contracts.digest);
  health.fact("watch.behind", () => watchState()?.behind ?? "not here");
  health.fact("watch.turned", () => {
    const state = watchState();
    return state ? (state.turned?.toISOString() ?? "never") : "not here";
  });
  return health;
}

async function openStorage(config: ConsoleConfig): Promise<PostgresReview> {
  const url = databaseUrl(config);
  if (url === undefined)
    throw new WeftError("CONFIG_INVALID", { detail: "DATABASE_URL or DATABASE_URL_FILE is missing." });
  return openPostgresReview(url);
}

/** The registry must know the console by the key that it signs with, or the log would take none of its records. */
function assertListed({ registry }: Contracts, id: string, signer: Signer): void {
  const { x } = createPublicKey(signer.key).export({ format: "jwk" });
  const keys = registry.reviews?.find((listed) => listed.id === id)?.keys ?? [];
  if (keys.some(({ kid, jwk }) => kid === signer.kid && jwk.x === x)) return;
  throw new WeftError("CONFIG_INVALID", {
    detail: "The registry does not list this console with the key that it signs with.",
  });
}

/** Browsers bring no certificates: whoever may look signs in. */
function refuseDangerousSettings(config: ConsoleConfig, { registry }: Contracts): void {
  const providers = Object.entries(registry.organisations).flatMap(([org, { issuer }]) =>
    issuer ? [config.WEFT_ISSUERS[org] ?? issuer.iss] : [],
  );
  refuseIfUnsafe({
    ...processFacts(),
    production: config.WEFT_MODE === "production",
    host: config.WEFT_HOST,
    tls: tlsFiles(config) !== undefined,
    calls: [
      config.WEFT_LOG_URL,
      config.WEFT_PUBLIC_URL,
      ...providers,
      ...[config.WEFT_CONSENT_URL ?? []].flat(),
      ...Object.values(config.WEFT_CASE_REGISTERS),
    ],
    telemetry: false,
    sandboxKeys: registry.country === "QV",
  });
}

function readSigner(file: Secret): Signer {
  const jwk = JSON.parse(file.reveal()) as JsonWebKey & { kid?: string };
  if (typeof jwk.kid !== "string") throw new WeftError("CONFIG_INVALID", { detail: "the signing key has no kid" });
  return { kid: jwk.kid, key: createPrivateKey({ key: jwk, format: "jwk" }) };
}
