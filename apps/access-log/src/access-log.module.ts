import { createPrivateKey, type JsonWebKey } from "node:crypto";
import { type DynamicModule, Module } from "@nestjs/common";
import {
  heartbeat,
  HEARTBEAT_EVERY,
  type HighWater,
  highWaterFile,
  noteSigner,
  noteVerifier,
  openIndexer,
  openSearch,
  openPostgresLog,
  openSequencer,
  type PinnedWitnesses,
  pinLogs,
  pinWitnesses,
  type PostgresLog,
  type PostgresSearch,
  reviewRightsOf,
  type SearchIndexer,
  signersOf,
  type WitnessDoor,
} from "#libs/access-log";
import {
  bootHttp,
  createHealth,
  createMetrics,
  type Health,
  type HttpServer,
  isLoopback,
  type Logger,
  type Metrics,
  operationsAddress,
  processFacts,
  refuseIfUnsafe,
  type Secret,
  tlsFiles,
} from "#libs/server";
import { type Signer, WeftError } from "#libs/terms";
import { ACCESS_LOG, type AccessLog, interruptedWriter, recordErasures } from "./access-log.js";
import { AppendEndpoint } from "./append.endpoint.js";
import { type AccessLogConfig, databaseUrl } from "./config.js";
import { EndedEndpoint } from "./ended.endpoint.js";
import { ReviewEndpoint } from "./review.endpoint.js";
import { searchSoon, startIndexing } from "./indexing.js";
import { assertWitnessedPast, openDoors, startPublication } from "./publication.js";
import type { KnownRegistry, WatchedRegistry } from "./registry.js";
import { SearchEndpoint } from "./search.endpoint.js";
import { SuspensionEndpoint } from "./suspension.endpoint.js";
import { TreeEndpoint } from "./tree.endpoint.js";

@Module({
  controllers: [AppendEndpoint, TreeEndpoint, ReviewEndpoint, SearchEndpoint, SuspensionEndpoint, EndedEndpoint],
})
class AccessLogModule {
  static with(log: AccessLog): DynamicModule {
    return { module: AccessLogModule, providers: [{ provide: ACCESS_LOG, useValue: log }] };
  }
}

/** Bytes. A POST of the client's largest batch fits. */
const BODY_LIMIT = 4 * 1024 * 1024;
const SWEEP_EVERY = 5_000;
const ERASURES_EVERY = 1_000;
const PURGE_EVERY = 60_000;
const OPEN_MONTHS_EVERY = 3_600_000;

/** The access log's composition, by hand, in one place. */
export async function startAccessLog(
  config: AccessLogConfig,
  registry: WatchedRegistry,
  logger: Logger,
): Promise<HttpServer> {
  const signer = readSigner(config.WEFT_LOG_KEY_FILE);
  assertListed(registry.current(), config.WEFT_LOG_ORIGIN, signer);
  refuseDangerousSettings(config, registry.current().registry.country === "QV");
  const witnesses = pinWitnesses(registry.current().registry.witnesses);
  const doors = openDoors(config, witnesses, logger);
  const url = requiredUrl(config);
  const storage = await openPostgresLog(url);
  const noted = { storage, signer: noteSigner(config.WEFT_LOG_ORIGIN, signer.key) };
  await assertWitnessedPast(doors, witnesses.quorum, noted, logger);
  const highWater = highWaterFile(config.WEFT_STATE_DIR);
  const metrics = createMetrics();
  const indexer = await openIndex(url, logger);
  const search = await openSearch(url);
  const { log, stopPublication } = await composeLog(
    { config, signer, storage, highWater, doors, witnesses, indexer, search },
    registry.current,
    metrics,
    logger,
  );
  const health = healthOf(log, registry.current);
  const server = await bootHttp({
    module: AccessLogModule.with(log),
    host: config.WEFT_HOST,
    port: config.WEFT_PORT,
    logger,
    tls: tlsFiles(config),
    operations: operationsAddress(config),
    bodyLimit: BODY_LIMIT,
    health,
    metrics,
  });
  const stopDuties = startDuties(log, storage, signer, logger);
  const stopIndexing = startIndexing(indexer, metrics, logger);
  return {
    ...server,
    close: async () => {
      stopDuties();
      await server.close();
      await stopPublication();
      await stopIndexing();
      await search.close();
      registry.close();
      highWater.close();
      await storage.close();
    },
  };
}

function healthOf(log: AccessLog, contracts: () => KnownRegistry): Health {
  const health = createHealth();
  health.check("storage", async () => void (await log.storage.head()));
  health.check("sequencer", () => {
    if (!log.sequencer.healthy) throw new WeftError("RECORD_UNAVAILABLE");
  });
  health.check("history", () => log.assertSound());
  health.fact("origin", () => log.origin);
  health.fact("size", () => log.sequencer.checkpoint().size);
  health.fact("published", () => log.published().size);
  health.fact("contracts", () => contracts().digest);
  return health;
}

interface Parts {
  readonly config: AccessLogConfig;
  readonly signer: Signer;
  readonly storage: PostgresLog;
  readonly highWater: HighWater;
  readonly doors: readonly WitnessDoor[];
  readonly witnesses: PinnedWitnesses;
  readonly indexer: SearchIndexer;
  readonly search: PostgresSearch;
}

async function composeLog(
  { config, signer, storage, highWater, doors, witnesses: { quorum }, indexer, search }: Parts,
  contracts: () => KnownRegistry,
  metrics: Metrics,
  logger: Logger,
): Promise<{ readonly log: AccessLog; readonly stopPublication: () => Promise<void> }> {
  const now = () => new Date();
  const appends = metrics.counter("weft_log_appends_total", "Records by what became of them.", ["outcome"]);
  const batches = metrics.histogram(
    "weft_log_batch_entries",
    "Records that shared a commit.",
    [],
    [1, 4, 16, 64, 256, 1024],
  );
  const noted = noteSigner(config.WEFT_LOG_ORIGIN, signer.key);
  const sequencer = await openSequencer({
    storage,
    signer: noted,
    highWater,
    ...(config.WEFT_ADOPT_SIZE !== undefined && { adopt: config.WEFT_ADOPT_SIZE }),
    onBatch: (entries) => batches.observe(entries),
    onFailure: (error) => logger.error({ event: "append-failed", err: error }, "A batch was not committed."),
  });
  const cosigned = metrics.counter("weft_log_witness_answers_total", "Answers of witnesses.", ["outcome"]);
  const { publisher, close } = startPublication(
    sequencer,
    storage,
    { doors, quorum, signer: noted },
    {
      onAnswer: (_witness, outcome) => cosigned.inc({ outcome }),
      onProblem: (error) => logger.fatal({ event: "history", err: error }, "Nothing more is recorded here."),
    },
  );
  const known = ofContracts(contracts, ({ registry }) => ({
    signers: signersOf(registry, now),
    reviewRights: reviewRightsOf(registry),
  }));
  const log: AccessLog = {
    origin: config.WEFT_LOG_ORIGIN,
    sequencer,
    storage,
    published: publisher.published,
    assertSound: () => {
      const problem = publisher.problem();
      if (problem) throw new WeftError("RECORD_UNAVAILABLE", { ...(problem.detail && { detail: problem.detail }) });
    },
    signers: (kid) => known().signers(kid),
    reviewRights: (...asked) => known().reviewRights(...asked),
    logs: pinLogs([noteVerifier(config.WEFT_LOG_ORIGIN, signer.key).vkey]),
    afterEnd: (ended) => search.afterEnd(ended),
    registry: () => contracts().registry,
    search: searchSoon(search, () => sequencer.checkpoint().size),
    now,
    openReview: config.WEFT_MODE === "sandbox" && isLoopback(config.WEFT_HOST),
    searched: () => indexer.status(),
    onAppend: (outcome) => appends.inc({ outcome }),
  };
  return { log, stopPublication: close };
}

/** Made anew once other contracts are in force. */
function ofContracts<T>(contracts: () => KnownRegistry, make: (current: KnownRegistry) => T): () => T {
  let made: { readonly of: KnownRegistry; readonly it: T } | undefined;
  return () => {
    const current = contracts();
    if (made?.of !== current) made = { of: current, it: make(current) };
    return made.it;
  };
}

function requiredUrl(config: AccessLogConfig): string {
  const url = databaseUrl(config);
  if (url === undefined)
    throw new WeftError("CONFIG_INVALID", { message: "DATABASE_URL or DATABASE_URL_FILE is missing." });
  return url;
}

function openIndex(url: string, logger: Logger): Promise<SearchIndexer> {
  return openIndexer(url, {
    onUnreadable: (index, error) =>
      logger.error({ event: "index-unreadable", index, err: error }, "A record is searched by its kind alone."),
  });
}

/** The registry must know this log by the key that it signs with, or nobody would believe its proofs. */
function assertListed({ registry }: KnownRegistry, origin: string, signer: Signer): void {
  const { vkey } = noteVerifier(origin, signer.key);
  if (registry.logs.some((listed) => listed.origin === origin && listed.vkey === vkey)) return;
  throw new WeftError("CONFIG_INVALID", {
    message: "The registry does not list this log with the key that it signs with.",
  });
}

/** What the log does without being asked. The returned function stops it. */
function startDuties(log: AccessLog, storage: PostgresLog, signer: Signer, logger: Logger): () => void {
  const every = (period: number, duty: () => Promise<unknown>) => {
    let isBusy = false;
    return setInterval(() => {
      // A log whose past is in doubt signs nothing more, its own records included.
      if (isBusy || !isSound(log)) return;
      isBusy = true;
      duty()
        .catch((error: unknown) => logger.warn({ event: "duty-failed", err: error }, "A duty waits for its next turn."))
        .finally(() => (isBusy = false));
    }, period).unref();
  };
  const writeInterrupted = interruptedWriter(log, signer);
  const timers = [
    every(SWEEP_EVERY, () => writeInterrupted(log.now())),
    every(HEARTBEAT_EVERY, () => log.sequencer.append(heartbeat(log.origin, signer, log.now()))),
    every(ERASURES_EVERY, () => recordErasures(log, storage, signer, log.now())),
    every(PURGE_EVERY, () => storage.purgeRequestKeys()),
    every(OPEN_MONTHS_EVERY, () => storage.openMonths()),
  ];
  return () => timers.forEach(clearInterval);
}

function isSound(log: AccessLog): boolean {
  try {
    log.assertSound();
    return true;
  } catch {
    return false;
  }
}

function refuseDangerousSettings(config: AccessLogConfig, sandboxKeys: boolean): void {
  refuseIfUnsafe({
    ...processFacts(),
    production: config.WEFT_MODE === "production",
    host: config.WEFT_HOST,
    tls: tlsFiles(config) !== undefined,
    calls: Object.values(config.WEFT_WITNESSES ?? {}),
    callersUnchecked: tlsFiles(config)?.caFile === undefined,
    telemetry: false,
    sandboxKeys,
  });
}

function readSigner(file: Secret): Signer {
  const jwk = JSON.parse(file.reveal()) as JsonWebKey & { kid?: string };
  if (typeof jwk.kid !== "string") throw new WeftError("CONFIG_INVALID", { message: "The log's key has no kid." });
  return { kid: jwk.kid, key: createPrivateKey({ key: jwk, format: "jwk" }) };
}
