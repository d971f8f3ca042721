import { mkdirSync, readFileSync } from "node:fs";
import { type DynamicModule, Module } from "@nestjs/common";
import type { JWK } from "jose";
import { LogClient, type Suspension, watchSuspensions } from "#libs/access-log";
import { type Contracts, printProblem, watchContracts, withSuspensions } from "#libs/contracts";
import {
  bootHttp,
  clientTls,
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
import { readinessProblems } from "#libs/subgraph";
import { ADAPTER, type Adapter, openAdapter } from "./adapter.js";
import type { AdapterAppConfig } from "./config.js";
import { startDuties } from "./duties.js";
import { ExplainEndpoint } from "./explain.endpoint.js";
import { EXPLAINING, type ExplainingHouses, openExplainingHouses } from "./explaining-houses.js";
import { GraphqlEndpoint } from "./graphql.endpoint.js";
import { readPins } from "./key-files.js";
import { type Page, servePage } from "./page/page.js";
import { PAGE_FILE } from "./page/page-key.js";
import { registerKeys } from "./register-keys.js";
import { highestVersion, openStore, type RunningMinistry, runMinistry } from "./running-ministry.js";

@Module({ controllers: [GraphqlEndpoint, ExplainEndpoint] })
class AdapterModule {
  static with(adapter: Adapter, explaining: ExplainingHouses): DynamicModule {
    const providers = [
      { provide: ADAPTER, useValue: adapter },
      { provide: EXPLAINING, useValue: explaining },
    ];
    return { module: AdapterModule, providers };
  }
}

/** Bytes. A record with its subjects and as many representations. */
const BODY_LIMIT = 2 * 1024 * 1024;

/** The adapter's composition, by hand, in one place. */
export async function startAdapter(config: AdapterAppConfig, logger: Logger): Promise<HttpServer> {
  mkdirSync(config.WEFT_STATE_DIR, { recursive: true, mode: 0o700 });
  const pins = readPins(config.WEFT_PINS_FILE);
  const stores = new Map(config.WEFT_MINISTRIES.map((name) => [name, openStore(config, name)]));
  const ministries = new Map<string, RunningMinistry>();
  // One version after the other: none may be adopted over a later one.
  let swapped = Promise.resolve();
  let suspended: readonly Suspension[] = [];
  const adoptSoon = () => {
    swapped = swapped
      .then(() => swapAll([...ministries.values()], withSuspensions(contracts.current(), suspended), logger))
      .catch((error: unknown) =>
        logger.fatal({ err: error, event: "contracts-failed" }, "New contracts could not be put in force."),
      );
  };
  const contracts = await watchOwnCopy(config, highestVersion(stores.values()), adoptSoon, logger);
  const first = contracts.current();
  refuseDangerousSettings(config, first.registry.country === "QV");
  const tls = clientTls(config, logger);
  const log = new LogClient({ url: config.WEFT_LOG_URL, vkey: pins.logs, ...(tls && { tls }) });
  const around = { config, pins, log, tls, registerKeys: registerKeys(contracts.current), logger };
  for (const [name, store] of stores) ministries.set(name, await runMinistry(name, store, first, around));
  const running = [...ministries.values()];
  const suspensions = await watchSuspensions(log, {
    onChange: (all) => {
      suspended = all;
      adoptSoon();
    },
    onProblem: (error) => reportUnheard(logger, error),
  });
  // A version that came while the ministries were being opened; and what was suspended before this start.
  if (contracts.current() !== first) adoptSoon();
  await swapped;
  // Opens pools and reads registers now, so that the first question does not wait for it; one that is down is no reason to wait.
  await Promise.allSettled(running.map((ministry) => ministry.lookAtSource()));
  const explaining = await openExplainingHouses(config, pins, contracts.current);
  const stopDuties = startDuties(running, logger);
  const metrics = createMetrics();
  const server = await bootHttp({
    module: AdapterModule.with(openAdapter(ministries, metrics, logger), explaining),
    host: config.WEFT_HOST,
    port: config.WEFT_PORT,
    logger,
    tls: tlsFiles(config),
    operations: operationsAddress(config),
    bodyLimit: BODY_LIMIT,
    health: healthOf(running),
    metrics,
  });
  const page = await openPage(config, ministries, logger);
  return {
    ...server,
    close: async () => {
      await page?.close();
      await server.close();
      stopDuties();
      suspensions.close();
      contracts.close();
      await explaining.close();
      await Promise.all([...running.map((ministry) => ministry.close()), log.close()]);
    },
  };
}

async function openPage(
  { WEFT_PAGE_PORT: port, WEFT_STATE_DIR: stateDir }: AdapterAppConfig,
  ministries: ReadonlyMap<string, RunningMinistry>,
  logger: Logger,
): Promise<Page | undefined> {
  if (port === undefined) return undefined;
  const page = await servePage({ ministries, port, stateDir, logger });
  logger.info({ event: "page", file: PAGE_FILE }, "The page's address is in a file of the state folder.");
  return page;
}

function watchOwnCopy(config: AdapterAppConfig, minimumVersion: number, onSwap: () => void, logger: Logger) {
  const authorityKey = JSON.parse(readFileSync(config.WEFT_AUTHORITY_FILE, "utf8")) as JWK;
  return watchContracts(
    config.WEFT_CONTRACTS,
    { authorityKey, compose: false, minimumVersion },
    { onSwap, onReject: (problems) => reportRejected(logger, problems.map(printProblem).join("; ")) },
  );
}

/** Whole or not at all: a version that one of the ministries cannot serve is served by none of them. */
async function swapAll(ministries: readonly RunningMinistry[], next: Contracts, logger: Logger): Promise<void> {
  const { version, digest } = next;
  const prepared = await Promise.allSettled(ministries.map((ministry) => ministry.prepare(next)));
  const failed = prepared.find((one) => one.status === "rejected");
  if (failed) {
    for (const [at, one] of prepared.entries()) if (one.status === "fulfilled") void ministries[at]?.discard(one.value);
    logger.error(
      { err: failed.reason, event: "contracts-rejected", version },
      "They cannot be served; the last good ones stay.",
    );
    return;
  }
  for (const [at, one] of prepared.entries())
    if (one.status === "fulfilled") await ministries[at]?.adopt(next, one.value);
  logger.info({ event: "contracts", version, digest }, "The contracts are in force.");
}

function reportRejected(logger: Logger, detail: string): void {
  logger.error({ event: "contracts-rejected", detail }, "The changed contracts do not serve; the last good ones stay.");
}

function reportUnheard(logger: Logger, error: unknown): void {
  logger.warn({ event: "suspensions-unknown", err: error }, "The log does not tell what is suspended.");
}

/** Ready where every ministry can answer. Which agreements each runs under shows as a digest. */
function healthOf(ministries: readonly RunningMinistry[]): Health {
  const health = createHealth();
  for (const { name, served, agreements, source } of ministries) {
    health.check(name, () => {
      const [problem] = readinessProblems(served());
      if (problem !== undefined) throw Object.assign(new Error("not ready"), { code: problem });
    });
    health.fact(`${name}.source`, source);
    health.fact(`${name}.agreements`, agreements);
    health.fact(`${name}.contracts`, () => served().current().version);
  }
  return health;
}

function refuseDangerousSettings(config: AdapterAppConfig, sandboxKeys: boolean): void {
  refuseIfUnsafe({
    ...processFacts(),
    production: config.WEFT_MODE === "production",
    host: config.WEFT_HOST,
    tls: tlsFiles(config) !== undefined,
    calls: [config.WEFT_LOG_URL, config.WEFT_CONSENT_URL],
    callersUnchecked: tlsFiles(config)?.caFile === undefined,
    telemetry: false,
    sandboxKeys,
  });
}
