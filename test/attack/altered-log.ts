import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { cp } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { digestOfSet, entryOf, issueRecord, type IssuedRecord, LogClient, type Section } from "#libs/access-log";
import {
  type AgreementId,
  type Coordinate,
  digestOf,
  type OrgId,
  type PartyId,
  type PurposeCode,
  random16,
  type SubjectRef,
  toB64u,
} from "#libs/terms";
import { type AppProcess, createApp } from "../../apps/sandbox/src/app-process.js";
import { LOG_ORIGIN, WITNESS_NAME, writeKeyFiles } from "../../apps/sandbox/src/key-files.js";
import { sandboxKey, verifierKey } from "../../apps/sandbox/src/keys.js";
import { reservePort } from "../../apps/sandbox/src/ports.js";
import { type PostgresServer, startPostgres } from "../../apps/sandbox/src/postgres.js";
import { repository } from "../../apps/sandbox/src/repository.js";

/** A log with its witness, and no more of the country: the built apps, a database of their own, keys that anybody has. */
export interface WitnessedLog {
  readonly folder: string;
  readonly client: LogClient;
  readonly log: AppProcess;
  readonly witness: AppProcess;
  /** Resolves to their entries. */
  append(count: number): Promise<Buffer[]>;
  /** As the adapter of the civil register: that it took these entries on a day. */
  state(day: string, entries: readonly Buffer[]): Promise<void>;
  /** What was stated, in hex. */
  readonly taken: ReadonlySet<string>;
  /** What a backup of the whole machine holds: the database and the log's state folder. Taken, and put back, while the log is stopped. */
  backUp(): Promise<void>;
  restore(): Promise<void>;
  stop(): Promise<void>;
}

export const contracts = path.join(repository, "contracts");
export const logVkey = verifierKey(LOG_ORIGIN, sandboxKey("log-1"));
export const witnessVkey = verifierKey(WITNESS_NAME, sandboxKey("witness-1"), 0x04);

export async function startWitnessedLog(): Promise<WitnessedLog> {
  const folder = mkdtempSync(path.join(tmpdir(), "weft altered "));
  const postgres = await startPostgres({ dataDir: path.join(folder, "postgres") });
  await postgres.createDatabase("log");
  const [log, witness] = await composeApps(folder, postgres.superuserUrl("log"));
  await Promise.all([log.start(), witness.start()]);
  const client = new LogClient({ url: log.url, vkey: logVkey, timeout: 20_000 });
  const state = path.join(folder, "log");
  const taken = new Set<string>();
  return {
    folder,
    client,
    log,
    witness,
    append: (count) => Promise.all(Array.from({ length: count }, () => append(client))),
    taken,
    async state(day, entries) {
      for (const entry of entries) taken.add(entry.toString("hex"));
      await client.append(statement(day, entries));
    },
    async backUp() {
      await onServer(postgres, "create database backup template log");
      await cp(state, `${state}.backup`, { recursive: true });
    },
    async restore() {
      await onServer(postgres, "drop database log", "alter database backup rename to log");
      rmSync(state, { recursive: true });
      await cp(`${state}.backup`, state, { recursive: true });
    },
    async stop() {
      await client.close();
      await Promise.all([log.stop(), witness.stop()]);
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function composeApps(folder: string, database: string): Promise<readonly [AppProcess, AppProcess]> {
  const keys = writeKeyFiles(path.join(folder, "keys"), []);
  const [logPort, witnessPort] = [await reservePort(), await reservePort()];
  const app = (name: string, script: string, port: number, env: Record<string, string>) => {
    mkdirSync(path.join(folder, name));
    const common = { WEFT_MODE: "sandbox", WEFT_STATE_DIR: path.join(folder, name), APOLLO_TELEMETRY_DISABLED: "1" };
    const logFile = path.join(folder, "logs", `${name}.log`);
    return createApp({
      name,
      script,
      port,
      ready: "/health/ready",
      logFile,
      env: { ...common, WEFT_PORT: String(port), ...env },
    });
  };
  const log = app("log", "bin/access-log.js", logPort, {
    WEFT_CONTRACTS: contracts,
    WEFT_AUTHORITY_FILE: keys.authority,
    WEFT_LOG_ORIGIN: LOG_ORIGIN,
    WEFT_LOG_KEY_FILE: keys.logSigning,
    WEFT_WITNESSES: JSON.stringify({ [WITNESS_NAME]: `http://127.0.0.1:${witnessPort}` }),
    DATABASE_URL: database,
  });
  const witness = app("witness", "bin/witness.js", witnessPort, {
    WEFT_WITNESS_NAME: WITNESS_NAME,
    WEFT_WITNESS_KEY_FILE: keys.witnessSigning,
    WEFT_PINS_FILE: keys.witnessPins,
  });
  return [log, witness];
}

async function onServer(postgres: PostgresServer, ...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: postgres.superuserUrl("postgres") });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

const gateway = { kid: "gateway-main-1", key: sandboxKey("gateway-main-1").privateKey };

const adapter = { kid: "civil-adapter-1", key: sandboxKey("civil-adapter-1").privateKey };

function statement(day: string, entries: readonly Buffer[]): IssuedRecord {
  const taken = { aud: "org:civil" as OrgId, day, count: entries.length, sum: toB64u(digestOfSet(entries)) };
  const draft = { kind: "heartbeat", iss: "adapter:civil", log: LOG_ORIGIN, taken, sections: [] } as const;
  return issueRecord(draft, adapter, new Date());
}

async function append(client: LogClient): Promise<Buffer> {
  const digest = digestOf("x");
  const section: Section = {
    aud: "org:civil" as OrgId,
    agreement: "dsa-civil-welfare-2026" as AgreementId,
    version: 3,
    digest,
    basis: "PUBLIC_TASK",
    fetches: [
      {
        n: 0,
        text: digest,
        args: digest.slice(8) as never,
        coordinates: ["Person.identity" as Coordinate],
        inputs: [],
      },
    ],
    subjects: [`p1.${random16()}${random16()}` as SubjectRef],
    scope: null,
    consents: [],
    callerProof: null,
  };
  const caller = {
    consumer: "org:welfare" as OrgId,
    client: "client:casework" as PartyId,
    officer: "officer:8c1" as PartyId,
    purpose: "eligibility-assessment" as PurposeCode,
  };
  const request = { operation: digest, supergraph: digest, policy: digest, denied: [] };
  const draft = { kind: "intent", iss: "gateway:main", log: LOG_ORIGIN, caller, request, sections: [section] } as const;
  const record = issueRecord(draft, gateway, new Date());
  await client.append(record, digestOf(random16()));
  return entryOf(record.jwt);
}
