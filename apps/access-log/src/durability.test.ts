import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type InclusionProof, issueRecord, LogClient, noteVerifier } from "#libs/access-log";
import { digestOf, type OrgId, type PartyId, type PurposeCode, random16 } from "#libs/terms";
import { sandboxKey, sandboxPrivateJwk } from "../../sandbox/src/keys.js";
import { type PostgresServer, startPostgres } from "../../sandbox/src/postgres.js";

// The built app as a process of its own, on a PostgreSQL of its own: what is killed here is really gone.

const root = fileURLToPath(new URL("../../..", import.meta.url));
const main = join(root, "dist/bin/access-log.js");
const origin = "log.orvanda.example/qv";
const { vkey } = noteVerifier(origin, sandboxKey("log-1").privateKey);
const folder = mkdtempSync(join(tmpdir(), "weft durable "));
const dataDir = join(folder, "postgres");

let postgres: PostgresServer;
const processes = new Set<ChildProcess>();

beforeAll(async () => {
  if (!existsSync(main)) throw new Error("Build first: this test runs the built access log.");
  postgres = await startPostgres({ dataDir });
  for (const [name, jwk] of [
    ["log", sandboxPrivateJwk("log-1")],
    ["authority", sandboxKey("authority-1").publicJwk],
  ] as const)
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(jwk), { mode: 0o600 });
});

afterAll(async () => {
  for (const child of processes) child.kill("SIGKILL");
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface RunningLog {
  readonly child: ChildProcess;
  readonly client: LogClient;
  readonly url: string;
}

/** Resolves once it listens; rejects with what it said where it refuses to start. */
async function startLog(database: string, state = database): Promise<RunningLog> {
  const stateDir = join(folder, state);
  mkdirSync(stateDir, { recursive: true });
  const child = spawn(process.execPath, [main], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env["PATH"],
      WEFT_MODE: "sandbox",
      WEFT_PORT: "0",
      WEFT_LOG_ORIGIN: origin,
      WEFT_LOG_KEY_FILE: join(folder, "log.json"),
      WEFT_AUTHORITY_FILE: join(folder, "authority.json"),
      WEFT_CONTRACTS: join(root, "contracts"),
      WEFT_STATE_DIR: stateDir,
      DATABASE_URL: postgres.superuserUrl(database),
    },
  });
  processes.add(child);
  const url = await listeningUrl(child);
  return { child, url, client: new LogClient({ url, vkey, timeout: 8_000 }) };
}

async function listeningUrl(child: ChildProcess): Promise<string> {
  let [said, complained] = ["", ""];
  child.stderr?.on("data", (chunk) => (complained += String(chunk)));
  const closed = once(child, "close");
  for await (const chunk of child.stdout ?? []) {
    said += String(chunk);
    const url = /"event":"listening","url":"([^"]+)"/.exec(said)?.[1];
    if (url === undefined) continue;
    child.stdout?.on("data", () => undefined);
    return url;
  }
  await closed;
  throw new Error(`The access log did not start: ${complained}`);
}

async function kill({ child, client }: RunningLog, signal: NodeJS.Signals): Promise<void> {
  const gone = once(child, "exit");
  child.kill(signal);
  await gone;
  processes.delete(child);
  await client.close();
}

const gateway = { kid: "gateway-main-1", key: sandboxKey("gateway-main-1").privateKey };

function intent() {
  const digest = digestOf("x");
  const caller = {
    consumer: "org:welfare" as OrgId,
    client: "client:casework" as PartyId,
    officer: "officer:8c1" as PartyId,
    purpose: "enrolment" as PurposeCode,
  };
  const request = { operation: digest, supergraph: digest, policy: digest, denied: [] };
  return issueRecord(
    { kind: "intent", iss: "gateway:main", log: origin, caller, request, sections: [] },
    gateway,
    new Date(),
  );
}

interface Acknowledged {
  readonly jwt: string;
  readonly proof: InclusionProof;
}

async function append(client: LogClient): Promise<Acknowledged> {
  const record = intent();
  return { jwt: record.jwt, proof: await client.append(record, digestOf(random16())) };
}

/** Appends from many sides until told to stop; keeps what was acknowledged, counts what was not. */
function appendUntil(client: LogClient, stopped: () => boolean) {
  const acknowledged: Acknowledged[] = [];
  let failed = 0;
  const side = async () => {
    while (!stopped()) {
      try {
        acknowledged.push(await append(client));
      } catch {
        failed += 1;
        await sleep(5);
      }
    }
  };
  const done = Promise.all(Array.from({ length: 16 }, side));
  return { acknowledged, failures: () => failed, done };
}

// kill -9, of the gateway and PostgreSQL too, while people ask: test/journeys/no-record-no-read.
test("two logs on one database cannot fork: no index is given twice, and each one's tree begins with the other's", async () => {
  await postgres.createDatabase("twins");
  const first = await startLog("twins", "twin a");
  await append(first.client);
  await kill(first, "SIGTERM");
  mkdirSync(join(folder, "twin b"));
  copyFileSync(join(folder, "twin a", "highest-checkpoint"), join(folder, "twin b", "highest-checkpoint"));
  const [a, b] = await Promise.all([startLog("twins", "twin a"), startLog("twins", "twin b")]);
  let stop = false;
  const loads = [a, b].map(({ client }) => appendUntil(client, () => stop));
  await sleep(700);
  stop = true;
  await Promise.all(loads.map(({ done }) => done));
  const indexes = loads.flatMap(({ acknowledged }) => acknowledged.map(({ proof }) => proof.index));
  expect(new Set(indexes).size).toBe(indexes.length);
  for (const { acknowledged } of loads) expect(acknowledged.length).toBeGreaterThan(0);
  const [older, newer] = (await Promise.all([a.client.checkpoint(), b.client.checkpoint()])).sort(
    (x, y) => x.size - y.size,
  );
  const ahead = newer && (await a.client.checkpoint()).size === newer.size ? a : b;
  if (older && newer) await ahead.client.assertConsistent(older, newer);
  await Promise.all([kill(a, "SIGTERM"), kill(b, "SIGTERM")]);
}, 60_000);

async function statusOf({ url }: RunningLog, path: string): Promise<number> {
  return (await fetch(url + path)).status;
}

/** While `broken`, appends fail with the log's own code and the process lives; after, it goes on by itself. */
async function survives(log: RunningLog, broken: () => Promise<void>, mended: () => Promise<void>): Promise<void> {
  const before = await append(log.client);
  await broken();
  for (let i = 0; i < 3; i += 1) {
    await expect(append(log.client)).rejects.toMatchObject({ code: "RECORD_UNAVAILABLE" });
  }
  expect(await statusOf(log, "/health/live")).toBe(200);
  expect(await statusOf(log, "/health/ready")).toBe(503);
  expect(await statusOf(log, "/checkpoint")).toBe(200);
  await mended();
  const after = await append(log.client);
  expect(after.proof.index).toBeGreaterThan(before.proof.index);
  expect(await statusOf(log, "/health/ready")).toBe(200);
}

// A full disk is tried on a real one: test/journeys/log-volume-full.
test("a read-only database and a database that is gone: appends fail, the log lives and recovers", async () => {
  await postgres.createDatabase("broken");
  const log = await startLog("broken");
  const run = async (...statements: string[]) => {
    const client = new pg.Client({ connectionString: postgres.superuserUrl("broken") });
    await client.connect();
    for (const statement of [
      "set default_transaction_read_only = off",
      "set transaction_read_only = off",
      ...statements,
    ])
      await client.query(statement);
    await client.end();
  };
  await survives(
    log,
    () => run("alter system set default_transaction_read_only = on", "select pg_reload_conf()", "select pg_sleep(0.3)"),
    () => run("alter system reset default_transaction_read_only", "select pg_reload_conf()", "select pg_sleep(0.3)"),
  );
  const { port } = postgres;
  await survives(
    log,
    () => postgres.stop(),
    async () => {
      postgres = await startPostgres({ dataDir, port });
    },
  );
  await kill(log, "SIGTERM");
}, 60_000);

test("a database restored from an older state is refused at the start", async () => {
  await postgres.createDatabase("restored");
  const log = await startLog("restored");
  await append(log.client);
  const client = new pg.Client({ connectionString: postgres.superuserUrl("postgres") });
  await client.connect();
  await kill(log, "SIGTERM");
  await client.query("create database older template restored");
  const again = await startLog("restored");
  await append(again.client);
  await kill(again, "SIGTERM");
  await client.query("drop database restored");
  await client.query("alter database older rename to restored");
  await client.end();
  await expect(startLog("restored")).rejects.toThrow("it is an older state");
}, 60_000);
