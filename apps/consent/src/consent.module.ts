import { createPrivateKey, createPublicKey, type JsonWebKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { type DynamicModule, Module } from "@nestjs/common";
import type { JWK } from "jose";
import { LogClient, pinLogs, signEnded } from "#libs/access-log";
import {
  type AskingStorage,
  ConsentDesk,
  ConsentRegister,
  type ConsentStorage,
  emptyAsking,
  MAX_AGE,
  openPostgresAsking,
  openPostgresConsents,
  type PostgresConsents,
  SignedLists,
  verifyChain,
  verifyEvents,
  type UsedOnce,
} from "#libs/consent";
import { type Contracts, highestVersion, watchContracts } from "#libs/contracts";
import {
  bootHttp,
  clientTls,
  createHealth,
  createMetrics,
  type HttpServer,
  type Logger,
  type Metrics,
  operationsAddress,
  processFacts,
  refuseIfUnsafe,
  type Secret,
  tlsFiles,
} from "#libs/server";
import { parseOrgId, sealMastersOf, type Signer, WeftError } from "#libs/terms";
import { replayCache } from "#libs/token";
import { openBell } from "./bell.js";
import { type ConsentConfig, databaseUrl } from "./config.js";
import { CONSENT, type Consent } from "./consent.js";
import { ConsentsEndpoint } from "./consents.endpoint.js";
import { CountsEndpoint } from "./counts.endpoint.js";
import { FeedEndpoint } from "./feed.endpoint.js";
import { openNewcomers } from "./newcomers.js";
import { notedHead } from "./noted-head.js";
import { servePages } from "./page/routes.js";
import { RelationsEndpoint } from "./relations.endpoint.js";
import { RequestsEndpoint } from "./requests.endpoint.js";
import { buildWorld, type World } from "./world.js";

@Module({ controllers: [CountsEndpoint, FeedEndpoint, ConsentsEndpoint, RelationsEndpoint, RequestsEndpoint] })
class ConsentModule {
  static with(consent: Consent): DynamicModule {
    return { module: ConsentModule, providers: [{ provide: CONSENT, useValue: consent }] };
  }
}

/** Milliseconds between two signatures of the status lists. */
const RESIGN = 2_000;
/** Another replica's changes are looked for this often. */
const LOOK = 500;
const EXPIRE_EVERY = 60_000;
/** Milliseconds: comparing takes longer than an append may. */
const LOG_TIMEOUT = 10_000;
/** An assertion can come again for this long: its life and the clocks' difference. */
const ASSERTION_WINDOW = 75_000;

/** A record of a look can come again for this long: its life and the clocks' difference. */
const LOOK_WINDOW = 75_000;

/** The register's composition, by hand, in one place. */
export async function startConsent(config: ConsentConfig, logger: Logger): Promise<HttpServer> {
  const watched = await watchWorld(config, logger);
  const { contracts } = watched.current();
  const signer = readSigner(config.WEFT_SIGNING_KEY_FILE);
  assertListed(contracts, config.WEFT_KEEPER, signer);
  refuseDangerousSettings(config, contracts.registry.country === "QV");
  const { storage, asking } = await openStorage(config);
  const noted = notedHead(config.WEFT_STATE_DIR, "register-head.json");
  const notedAsking = notedHead(config.WEFT_STATE_DIR, "asking-head.json");
  await verifyWhole(storage, noted.read());
  await verifyEvents(asking.entries(), await asking.head(), notedAsking.read());
  const metrics = createMetrics();
  const log = openLog(config, contracts, logger);
  const consent = composeConsent(config, { storage, asking, signer, log, metrics, world: watched.current });
  await consent.lists.sign(consent.now);
  const health = createHealth();
  health.check("storage", async () => void (await storage.head()));
  health.check("lists", () => {
    if (consent.lists.age(consent.now()) > MAX_AGE) throw new WeftError("NOT_READY");
  });
  health.fact("contracts", () => watched.current().contracts.digest);
  const server = await bootHttp({
    module: ConsentModule.with(consent),
    host: config.WEFT_HOST,
    port: config.WEFT_PORT,
    logger,
    tls: tlsFiles(config),
    operations: operationsAddress(config),
    health,
    metrics,
    routes: (instance) => servePages(instance, { consent, logger }),
  });
  const stopNoting = noteHead(asking, notedAsking, logger);
  const stopDuties = startDuties(consent, { noted, once: storage.once, logger });
  return {
    ...server,
    close: async () => {
      stopNoting();
      stopDuties();
      await server.close();
      watched.close();
      await Promise.all([storage.close(), asking.close(), log?.close()]);
    },
  };
}

interface Parts {
  readonly storage: PostgresConsents;
  readonly asking: AskingStorage;
  readonly signer: Signer;
  readonly log: LogClient | undefined;
  readonly metrics: Metrics;
  readonly world: () => World;
}

function composeConsent(config: ConsentConfig, { storage, asking, signer, log, metrics, world }: Parts): Consent {
  const keeper = parseOrgId(config.WEFT_KEEPER);
  const publicUrl = config.WEFT_PUBLIC_URL.replace(/\/$/, "");
  const statusUri = (config.WEFT_STATUS_URI ?? `${publicUrl}/status`).replace(/\/$/, "");
  // Seals are looked up at each call: a new version of the contracts may seal under another master.
  const seals = {
    seal: (...of: Parameters<World["seals"]["seal"]>) => world().seals.seal(...of),
    open: (...of: Parameters<World["seals"]["open"]>) => world().seals.open(...of),
    candidates: (...of: Parameters<World["seals"]["candidates"]>) => world().seals.candidates(...of),
  };
  const now = () => new Date();
  const lists = new SignedLists({ storage, signer, keeper, statusUri });
  const bell = openBell();
  const changes = metrics.counter("weft_consent_changes_total", "Records by what became of them.", ["kind", "outcome"]);
  const register = new ConsentRegister({ storage, seals, signer, keeper, statusUri });
  const limits = { officerDay: config.WEFT_ASK_OFFICER_DAY, organisationDay: config.WEFT_ASK_ORGANISATION_DAY };
  return {
    register,
    desk: new ConsentDesk({ storage: asking, register, seals, keeper, codes: () => world().codes, limits }),
    keeper,
    pageKey: () => world().pageKey,
    storage,
    lists,
    world,
    now,
    publicUrl,
    asksCertificates: tlsFiles(config)?.caFile !== undefined,
    used: replayCache({ window: ASSERTION_WINDOW, room: 500_000 }),
    counting: storage.counting,
    looked: { claim: (jti) => storage.once.use(`look ${jti}`, new Date(now().getTime() + LOOK_WINDOW)) },
    proofs: storage.once,
    log,
    signEnded: (look, ended) => signEnded(look, ended, signer),
    relationsFrom: new Set((config.WEFT_RELATIONS_FROM ?? []).map(parseOrgId)),
    protectionFrom: new Set((config.WEFT_PROTECTION_FROM ?? []).map(parseOrgId)),
    officerDay: config.WEFT_OFFICER_DAY,
    onChange: (kind, outcome, records) => changes.inc({ kind, outcome }, records),
    changed: async () => {
      await lists.sign(now);
      bell.ring();
    },
    newcomers: openNewcomers(register, world, now),
    untilChange: (limit, signal) => bell.wait(limit, signal),
  };
}

async function watchWorld(config: ConsentConfig, logger: Logger) {
  const authorityKey = JSON.parse(readFileSync(config.WEFT_AUTHORITY_FILE, "utf8")) as JWK;
  const masters = sealMastersOf(config.WEFT_SEAL_MASTER_FILE.reveal());
  const audience = config.WEFT_PUBLIC_URL.replace(/\/$/, "");
  const highest = highestVersion(config.WEFT_STATE_DIR);
  let world: World | undefined;
  const adopt = (contracts: Contracts) => {
    world = buildWorld(contracts, { audience, masters, replay: world?.tokens.replay });
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

/** A register that lost or changed a row does not start. */
async function verifyWhole(storage: ConsentStorage, noted: Parameters<typeof verifyChain>[2]): Promise<void> {
  await verifyChain(storage.entries(), await storage.head(), noted);
  if ((await storage.undead()) > 0)
    throw new WeftError("REGISTER_DAMAGED", { detail: "a receipt counts although its record has ended" });
}

interface DutyParts {
  readonly noted: ReturnType<typeof notedHead>;
  readonly once: UsedOnce;
  readonly logger: Logger;
}

/** What the register does without being asked. The returned function stops it. */
function startDuties(consent: Consent, { noted, once, logger }: DutyParts): () => void {
  let size = -1;
  const every = (period: number, duty: () => Promise<unknown>) =>
    setInterval(() => {
      duty().catch((error: unknown) => missed(error, logger));
    }, period).unref();
  const timers = [
    every(RESIGN, () => consent.lists.sign(consent.now)),
    every(LOOK, async () => {
      const head = await consent.storage.head();
      if (head.size === size) return;
      noted.raise(head);
      await consent.changed();
      size = head.size;
    }),
    every(EXPIRE_EVERY, () => consent.register.expireOverdue(consent.now())),
    every(EXPIRE_EVERY, () => consent.newcomers.lookAgain()),
    every(EXPIRE_EVERY, () => once.sweep(consent.now())),
  ];
  return () => timers.forEach(clearInterval);
}

/** A database that went back under a running register is no matter of waiting: the process ends, and does not start on it again. */
function missed(error: unknown, logger: Logger): void {
  if (error instanceof WeftError && error.code === "REGISTER_DAMAGED") throw error;
  logger.warn({ event: "duty-failed", err: error }, "A duty waits for its next turn.");
}

/** How far asking has come is noted apart from its database, like the register's own length. */
function noteHead(asking: AskingStorage, noted: ReturnType<typeof notedHead>, logger: Logger): () => void {
  const note = async () => {
    const head = await asking.head();
    if (head.size > emptyAsking.size) noted.raise(head);
  };
  const timer = setInterval(() => void note().catch((error: unknown) => missed(error, logger)), LOOK).unref();
  return () => clearInterval(timer);
}

async function openStorage(config: ConsentConfig): Promise<Pick<Parts, "storage" | "asking">> {
  const url = databaseUrl(config);
  if (url === undefined)
    throw new WeftError("CONFIG_INVALID", { message: "DATABASE_URL or DATABASE_URL_FILE is missing." });
  const storage = await openPostgresConsents(url);
  return { storage, asking: await openPostgresAsking(url) };
}

/** Asked only whether anybody was read after their consent had ended. */
function openLog(config: ConsentConfig, { registry }: Contracts, logger: Logger): LogClient | undefined {
  if (config.WEFT_LOG_URL === undefined) return undefined;
  const tls = clientTls(config, logger);
  const vkey = pinLogs(registry.logs.map((listed) => listed.vkey));
  return new LogClient({ url: config.WEFT_LOG_URL, vkey, timeout: LOG_TIMEOUT, ...(tls && { tls }) });
}

/** The registry must know the register by the key that it signs with, or no adapter would believe a receipt. */
function assertListed({ registry }: Contracts, keeper: string, signer: Signer): void {
  const { x } = createPublicKey(signer.key).export({ format: "jwk" });
  const keys = registry.organisations[keeper]?.keys ?? [];
  if (keys.some(({ kid, use, jwk }) => kid === signer.kid && use === "consent" && jwk.x === x)) return;
  throw new WeftError("CONFIG_INVALID", {
    message: "The registry does not list the register with the key that it signs with.",
  });
}

function refuseDangerousSettings(config: ConsentConfig, sandboxKeys: boolean): void {
  refuseIfUnsafe({
    ...processFacts(),
    production: config.WEFT_MODE === "production",
    host: config.WEFT_HOST,
    tls: tlsFiles(config) !== undefined,
    ...(config.WEFT_LOG_URL !== undefined && { calls: [config.WEFT_LOG_URL] }),
    telemetry: false,
    sandboxKeys,
  });
}

function readSigner(file: Secret): Signer {
  const { kid, ...jwk } = JSON.parse(file.reveal()) as JsonWebKey & { kid?: string };
  if (typeof kid !== "string") throw new WeftError("CONFIG_INVALID", { message: "The register's key has no kid." });
  return { kid, key: createPrivateKey({ key: jwk, format: "jwk" }) };
}
