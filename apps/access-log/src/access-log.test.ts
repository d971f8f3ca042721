import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  entryOf,
  issueRecord,
  type IssuedRecord,
  leafHash,
  LogClient,
  openEraser,
  parseEntryBundle,
  openCheckpoint,
  pinLogs,
  type RecordDraft,
  verifyConsistency,
  verifyProof,
} from "#libs/access-log";
import { createLogger, type HttpServer, Secret } from "#libs/server";
import { type Digest, digestOf, type OrgId, parseJws, type PartyId, type PurposeCode, random16 } from "#libs/terms";
import { sandboxKey, sandboxPrivateJwk } from "../../sandbox/src/keys.js";
import { type PostgresServer, startPostgres } from "../../sandbox/src/postgres.js";
import { interruptedWriter } from "./access-log.js";
import { startAccessLog } from "./access-log.module.js";
import type { AccessLogConfig } from "./config.js";
import type { KnownRegistry } from "./registry.js";
import { origin, registry, vkey } from "./registry.fixture.js";

const folder = mkdtempSync(join(tmpdir(), "weft log "));
const logger = createLogger({ name: "access-log", level: "silent" });

let postgres: PostgresServer;
let server: HttpServer;
let client: LogClient;

function configFor(database: string, port = 0): AccessLogConfig {
  return {
    WEFT_HOST: "127.0.0.1",
    WEFT_OPERATIONS_HOST: "127.0.0.1",
    WEFT_PORT: port,
    WEFT_MODE: "sandbox",
    WEFT_LOG_ORIGIN: origin,
    WEFT_LOG_KEY_FILE: new Secret(JSON.stringify(sandboxPrivateJwk("log-1"))),
    WEFT_CONTRACTS: "",
    WEFT_AUTHORITY_FILE: "",
    WEFT_STATE_DIR: join(folder, database),
    DATABASE_URL: postgres.superuserUrl(database),
    WEFT_LOG_LEVEL: "silent",
  };
}

async function startLog(database: string, change: Partial<AccessLogConfig> = {}): Promise<HttpServer> {
  const watched = { current: () => registry, close: () => undefined };
  return startAccessLog({ ...configFor(database), ...change }, watched, logger);
}

beforeAll(async () => {
  postgres = await startPostgres({ dataDir: join(folder, "postgres") });
  await postgres.createDatabase("log");
  server = await startLog("log");
  client = new LogClient({ url: server.url, vkey, timeout: 8_000 });
});

afterAll(async () => {
  await client?.close();
  await server?.close();
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const gateway = { kid: "gateway-main-1", key: sandboxKey("gateway-main-1").privateKey };
const adapter = { kid: "civil-adapter-1", key: sandboxKey("civil-adapter-1").privateKey };

function draft(change: Partial<RecordDraft> = {}): RecordDraft {
  return {
    kind: "intent",
    iss: "gateway:main",
    log: origin,
    caller: {
      consumer: "org:welfare" as OrgId,
      client: "client:welfare-casework" as PartyId,
      officer: "officer:8c1" as PartyId,
      purpose: "eligibility-assessment" as PurposeCode,
    },
    request: { operation: digestOf("o"), supergraph: digestOf("s"), policy: digestOf("p"), denied: [] },
    sections: [],
    ...change,
  };
}

function intent(now = new Date()): IssuedRecord {
  return issueRecord(draft(), gateway, now);
}

const freshKey = (): Digest => digestOf(random16());

async function get(path: string, from = server) {
  const response = await fetch(from.url + path);
  return {
    status: response.status,
    type: response.headers.get("content-type"),
    body: Buffer.from(await response.arrayBuffer()),
  };
}

async function post(body: unknown): Promise<{ status: number; codes: string[] }> {
  const headers = { "content-type": "application/json" };
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(`${server.url}/append`, { method: "POST", headers, body: text });
  const answer = (await response.json()) as { errors?: ({ extensions: { code: string } } | null)[] };
  return { status: response.status, codes: (answer.errors ?? []).map((error) => error?.extensions.code ?? "") };
}

test("a record that is appended is proven, then and later, and read back whole", async () => {
  const record = intent();
  const proof = await client.append(record, freshKey());
  expect(verifyProof(proof.text, entryOf(record.jwt), pinLogs([vkey])).index).toBe(proof.index);
  expect((await client.proof(proof.index, record.jwt)).index).toBe(proof.index);
  const reviewed = JSON.parse((await get(`/review/record/${proof.index}`)).body.toString()) as unknown;
  expect(reviewed).toEqual({ index: proof.index, jwt: record.jwt, disclosures: [...record.disclosures] });
});

test("appends of one moment share batches, and each is proven at an index of its own", async () => {
  const proofs = await Promise.all(Array.from({ length: 600 }, () => client.append(intent(), freshKey())));
  expect(new Set(proofs.map(({ index }) => index)).size).toBe(600);
});

test("a request key serves once", async () => {
  const key = freshKey();
  await client.append(intent(), key);
  await expect(client.append(intent(), key)).rejects.toMatchObject({ code: "RECORD_CONFLICT" });
  const record = intent();
  expect(await post({ records: [{ jwt: record.jwt, disclosures: record.disclosures, requestKey: key }] })).toEqual({
    status: 409,
    codes: ["RECORD_CONFLICT"],
  });
});

test("a refused record does not refuse its neighbours", async () => {
  const good = intent();
  const answer = await post({
    records: [
      { jwt: "x", disclosures: [] },
      { jwt: good.jwt, disclosures: good.disclosures, requestKey: freshKey() },
    ],
  });
  expect(answer).toEqual({ status: 200, codes: ["RECORD_INVALID", ""] });
});

const later = (seconds: number) => new Date(Date.now() + seconds * 1000);
const submit = (record: IssuedRecord, more: object = { requestKey: freshKey() }) => ({
  jwt: record.jwt,
  disclosures: [...record.disclosures],
  ...more,
});
const outcome: Partial<RecordDraft> = {
  kind: "outcome",
  outcome: { status: "answered", sources: [] },
  parent: random16(),
};

// Which records are refused is the admission's matter, and tested there; here, that a refusal reaches the caller.
test.each<[string, () => unknown]>([
  ["no JWT", () => ({ jwt: "", disclosures: [], requestKey: freshKey() })],
  ["an unknown member", () => submit(intent(), { requestKey: freshKey(), more: 1 })],
  ["an expired record", () => submit(intent(later(-60)))],
  [
    "a key that signs agreements",
    () => submit(issueRecord(draft({ iss: "adapter:civil" }), { ...adapter, kid: "civil-agreement-1" }, new Date())),
  ],
  ["a first intent without its request key", () => submit(intent(), {})],
])("%s is refused", async (_, record) => {
  expect(await post({ records: [record()] })).toEqual({ status: 400, codes: ["RECORD_INVALID"] });
});

test.each<[string, unknown, number]>([
  ["no JSON", "{", 400],
  ["a repeated member", '{"records":[],"records":[{}]}', 400],
  ["no records", { records: [] }, 400],
  ["an array", [], 400],
  ["an unknown member", { records: [{}], more: 1 }, 400],
  ["a body beyond the limit", { records: ["x".repeat(5_000_000)] }, 413],
])("a body with %s is refused, and the log lives", async (_, body, status) => {
  expect((await post(body)).status).toBe(status);
  expect((await get("/checkpoint")).status).toBe(200);
});

test("outcomes, rows and refusals are taken from those who may write them", async () => {
  const parent = random16();
  const now = new Date();
  await client.append(issueRecord(draft({ ...outcome, parent }), gateway, now));
  await client.append(issueRecord(draft({ kind: "rows", iss: "adapter:civil", parent }), adapter, now));
  const { request } = draft();
  if (!request) throw new Error("a request");
  await client.append(
    issueRecord(
      draft({ kind: "refusal", request: { ...request, refused: { code: "RATE_EXCEEDED", times: 7 } } }),
      gateway,
      now,
    ),
  );
  await client.append(issueRecord(draft({ parent }), gateway, now));
});

test("tiles give the checkpoint's root, and consistency holds between any two sizes", async () => {
  await Promise.all(Array.from({ length: 300 }, () => client.append(intent(), freshKey())));
  const newest = await client.checkpoint();
  const sizes = fc.integer({ min: 1, max: newest.size });
  await fc.assert(
    fc.asyncProperty(sizes, sizes, async (a, b) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      const [older, newer] = await Promise.all([treeOf(from), treeOf(to)]);
      await client.assertConsistent({ origin, ...older }, { origin, ...newer });
      await client.assertConsistent({ origin, ...newer }, newest);
      expect(verifyConsistency([], older, newer)).toBe(from === to);
    }),
    { numRuns: 12 },
  );
  const full = await get("/tile/0/000");
  expect([full.status, full.type, full.body.length]).toEqual([200, "application/octet-stream", 8192]);
  expect((await get("/tile/1/000.p/1")).body.length).toBe(32);
  const entries = parseEntryBundle((await get("/tile/entries/000")).body);
  expect(Buffer.concat(entries!.map(leafHash))).toEqual(full.body);
});

/** The tree of a size, by the consistency of its one-leaf trees: read from level-0 tiles alone. */
async function treeOf(size: number) {
  const { emptyEdge, grow } = await import("#libs/access-log");
  const leaves: Buffer[] = [];
  while (leaves.length < size) {
    const width = Math.min(256, size - leaves.length);
    const name = String(leaves.length / 256).padStart(3, "0");
    const { body } = await get(`/tile/0/${name}${width < 256 ? `.p/${width}` : ""}`);
    for (let at = 0; at < body.length; at += 32) leaves.push(body.subarray(at, at + 32));
  }
  return { size, root: grow(emptyEdge, leaves).root };
}

test.each([
  "/tile/0/999",
  "/tile/0/000.p/256",
  "/tile/entries/000.p/256",
  "/tile/9/000",
  "/proof/99999999",
  "/proof/-1",
  "/proof/01",
  "/proof/x",
  "/consistency/2/1",
  "/consistency/0/99999999",
  "/review/record/99999999",
  "/review/record/x",
  "/",
])("%s is not there", async (path) => {
  const { status, body } = await get(path);
  expect(status).toBe(404);
  expect(body.toString()).toContain("NOT_FOUND");
});

test("records are read back by a record of who reads, once, also after a restart; without one in a sandbox only", async () => {
  await postgres.createDatabase("production");
  const elsewhere: KnownRegistry = { ...registry, registry: { ...registry.registry, country: "XX" } };
  const production = (port = 0) =>
    startAccessLog(
      { ...configFor("production", port), WEFT_MODE: "production" },
      { current: () => elsewhere, close: () => undefined },
      logger,
    );
  const first = await production();
  const theirs = new LogClient({ url: first.url, vkey, timeout: 8_000 });
  const { index } = await theirs.append(intent(), freshKey());
  expect((await get(`/review/record/${index}`, first)).status).toBe(404);
  expect((await get(`/proof/${index}`, first)).status).toBe(200);
  const caller = { ...draft().caller!, consumer: "org:civil", client: "review:main", purpose: "audit", case: "i-1" };
  const review = { scope: "own" as const, look: { kind: "search" as const, query: {}, limit: 9, facets: [] } };
  const asked = { ...draft({ kind: "review", iss: "review:main", review }), request: undefined, caller } as never;
  const look = issueRecord(asked, { kid: "review-main-1", key: sandboxKey("review-main-1").privateKey }, new Date());
  const proof = await theirs.append(look);
  expect((await theirs.review(look, proof)).page?.hits.map((hit) => hit.kind)).toEqual(["review"]);
  await expect(theirs.review(look, proof)).rejects.toMatchObject({ code: "REPLAYED" });
  await first.close();
  const second = await production(first.port);
  await expect(theirs.review(look, proof)).rejects.toMatchObject({ code: "REPLAYED" });
  await theirs.close();
  await second.close();
});

test("the sandbox's keys, an unlisted key and a missing database are refused at the start", async () => {
  await expect(startLog("log", { WEFT_MODE: "production" })).rejects.toThrow("sandbox's keys");
  const other = new Secret(JSON.stringify(sandboxPrivateJwk("log-2")));
  await expect(startLog("log", { WEFT_LOG_KEY_FILE: other })).rejects.toThrow("does not list this log");
  await expect(startLog("log", { WEFT_STATE_DIR: join(folder, "empty") })).rejects.toThrow("not at hand");
});

test("a first intent that nobody answered gets the log's own outcome, and an answered one does not", async () => {
  const { openIndexer, openPostgresLog, openSequencer, memoryHighWater, noteSigner, admit } =
    await import("#libs/access-log");
  await postgres.createDatabase("interrupted");
  const storage = await openPostgresLog(postgres.superuserUrl("interrupted"));
  const key = sandboxKey("log-1").privateKey;
  const sequencer = await openSequencer({ storage, signer: noteSigner(origin, key), highWater: memoryHighWater() });
  const signers = (kid: string) =>
    kid === adapter.kid ? { iss: "adapter:civil", key: adapter.key } : { iss: "gateway:main", key: gateway.key };
  const append = (record: IssuedRecord, requestKey?: Digest) =>
    sequencer.append(admit(submit(record, requestKey ? { requestKey } : {}), { origin, signers }, new Date()));
  const [answered, abandoned] = [intent(), intent()];
  await append(answered, freshKey());
  await append(abandoned, freshKey());
  await append(issueRecord(draft({ ...outcome, parent: answered.jti }), gateway, new Date()));
  // Somebody else's word does not conclude it.
  await append(issueRecord(draft({ ...outcome, iss: "adapter:civil", parent: abandoned.jti }), adapter, new Date()));
  const writeInterrupted = interruptedWriter({ origin, sequencer, storage }, { kid: "log-1", key });
  // What the search index has not followed to yet might have been answered.
  expect(await writeInterrupted(later(92))).toBe(0);
  const indexer = await openIndexer(postgres.superuserUrl("interrupted"));
  await indexer.step();
  expect(await writeInterrupted(later(80))).toBe(0);
  expect(await writeInterrupted(later(92))).toBe(1);
  expect(await writeInterrupted(later(92))).toBe(0);
  await indexer.step();
  expect(await writeInterrupted(later(92))).toBe(0);
  await indexer.close();
  const written = await storage.record(4);
  expect(written).toMatchObject({ kind: "outcome", parent: abandoned.jti });
  expect(parseJws(written?.jwt ?? "", "access-record+sd-jwt").payload["iss"]).toBe(origin);
  expect(Buffer.from(written?.disclosures?.[0] ?? "", "base64url").toString()).toContain('"interrupted"');
  await storage.close();
});

test("the account that appends can change or delete no leaf, hash or record", async () => {
  const pool = new pg.Pool({
    connectionString: postgres.superuserUrl("log"),
    options: "-c role=weft_log_append",
    max: 1,
  });
  for (const statement of [
    "update record set jwt = ''",
    "delete from record",
    "delete from tree_hash",
    "delete from leaf_run",
    "update leaf_run set hashes = hashes",
    "update tree_hash set hash = hash",
    "select * from disclosure",
    "delete from disclosure",
    "drop table record",
  ]) {
    await expect(pool.query(statement), statement).rejects.toThrow(/permission denied|must be owner/);
  }
  await pool.end();
});

test("erased disclosures leave every proof valid", async () => {
  const record = intent();
  const { index } = await client.append(record, freshKey());
  const eraser = await openEraser(postgres.superuserUrl("log"));
  expect(await eraser.erase({ class: "record", indexes: [index] })).toBe(1);
  await eraser.close();
  expect((await client.proof(index, record.jwt)).index).toBe(index);
  const { body } = await get(`/review/record/${index}`);
  expect(JSON.parse(body.toString())).toMatchObject({ disclosures: null });
});

test("a checkpoint is signed text of the log, and says no more than its size", async () => {
  const { type, body } = await get("/checkpoint");
  expect(type).toBe("text/plain; charset=utf-8");
  expect(openCheckpoint(body.toString(), pinLogs([vkey]).verifiers).origin).toBe(origin);
});

test("the search index follows, and how far it is behind is shown", async () => {
  await expect
    .poll(async () => JSON.parse((await get("/search/status")).body.toString()) as unknown, { timeout: 20_000 })
    .toMatchObject({ behind: 0, seconds: 0, indexed: (await client.checkpoint()).size });
  expect((await get("/metrics")).body.toString()).toMatch(/weft_log_index_behind_records 0/);
});

test("health names the tree's size; metrics hold no name of a party", async () => {
  const ready = JSON.parse((await get("/health/ready")).body.toString()) as { status: string; facts: object };
  expect(ready).toMatchObject({ status: "ready", facts: { origin } });
  const metrics = (await get("/metrics")).body.toString();
  expect(metrics).toContain("weft_log_appends_total");
  expect(metrics).not.toMatch(/officer:|org:|client:/);
});
