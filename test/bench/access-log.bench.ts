/**
 * What recording costs: `node test/bench/access-log.bench.ts [--json FILE]`, after a build.
 *
 * Times are medians of several rounds in this process. Appends go over HTTP to the built access log, a process of its own, on a
 * PostgreSQL with fsync on.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createPublicKey } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { sandboxKey, sandboxPrivateJwk } from "../../dist/apps/sandbox/src/keys.js";
import { startPostgres } from "../../dist/apps/sandbox/src/postgres.js";
import {
  entryOf,
  issueRecord,
  LogClient,
  noteVerifier,
  pinLogs,
  type RecordDraft,
  type Section,
  verifyPresentation,
  verifyProof,
} from "../../dist/libs/access-log/src/index.js";
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
} from "../../dist/libs/terms/src/index.js";

const origin = "log.orvanda.example/qv";
const { privateKey } = sandboxKey("gateway-main-1");
const publicKey = createPublicKey(privateKey);
const signer = { kid: "gateway-main-1", key: privateKey };
const { vkey } = noteVerifier(origin, sandboxKey("log-1").privateKey);
const root = join(import.meta.dirname, "../..");

function section(n: number): Section {
  return {
    aud: `org:ministry-${n}` as OrgId,
    agreement: "dsa-civil-welfare-2026" as AgreementId,
    version: 1,
    digest: digestOf("agreement"),
    basis: "PUBLIC_TASK",
    fetches: [
      {
        n,
        text: digestOf("text"),
        args: toB64u(new Uint8Array(32)),
        coordinates: ["Person.identity", "Identity.fullName", "Identity.residenceDistrict"] as Coordinate[],
        inputs: [],
      },
    ],
    subjects: [`p1.${toB64u(new Uint8Array(48).fill(n))}` as SubjectRef],
    scope: null,
    consents: [],
    callerProof: null,
  };
}

function draft(sections: number): RecordDraft {
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
    sections: Array.from({ length: sections }, (_, n) => section(n)),
  };
}

/** Microseconds of one call: median of 15 rounds. */
function microseconds(run: () => void, calls = 200): number {
  const rounds = Array.from({ length: 16 }, () => {
    const start = process.hrtime.bigint();
    for (let i = 0; i < calls; i += 1) run();
    return Number(process.hrtime.bigint() - start) / 1000 / calls;
  });
  return round(median(rounds.slice(1)));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

async function startLog(folder: string, database: string): Promise<{ child: ChildProcess; url: string }> {
  mkdirSync(join(folder, "state"));
  for (const [name, jwk] of [
    ["log", sandboxPrivateJwk("log-1")],
    ["authority", sandboxKey("authority-1").publicJwk],
  ] as const)
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(jwk), { mode: 0o600 });
  const child = spawn(process.execPath, [join(root, "dist/apps/access-log/src/main.js")], {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      WEFT_MODE: "sandbox",
      WEFT_PORT: "0",
      WEFT_LOG_ORIGIN: origin,
      WEFT_LOG_KEY_FILE: join(folder, "log.json"),
      WEFT_AUTHORITY_FILE: join(folder, "authority.json"),
      WEFT_CONTRACTS: join(root, "contracts"),
      WEFT_STATE_DIR: join(folder, "state"),
      DATABASE_URL: database,
    },
  });
  let said = "";
  for await (const chunk of child.stdout) {
    said += String(chunk);
    const url = /"event":"listening","url":"([^"]+)"/.exec(said)?.[1];
    if (url === undefined) continue;
    child.stdout.on("data", () => undefined);
    return { child, url };
  }
  throw new Error("The access log did not start.");
}

async function appendOne(client: LogClient): Promise<void> {
  await client.append(issueRecord(draft(6), signer, new Date()), digestOf(random16()));
}

async function measureAppends(url: string) {
  const client = new LogClient({ url, vkey, timeout: 10_000 });
  for (let i = 0; i < 50; i += 1) await appendOne(client);
  const alone: number[] = [];
  for (let i = 0; i < 200; i += 1) {
    const start = performance.now();
    await appendOne(client);
    alone.push(performance.now() - start);
  }
  const total = 6_000;
  let left = total;
  const start = performance.now();
  const side = async () => {
    while (left-- > 0) await appendOne(client);
  };
  await Promise.all(Array.from({ length: 256 }, side));
  const perSecond = Math.round(total / ((performance.now() - start) / 1000));
  await client.close();
  return { appendIdleMilliseconds: round(median(alone)), appendsPerSecond: perSecond };
}

function measureCalls() {
  const record = issueRecord(draft(6), signer, new Date());
  const audience = "org:ministry-0" as OrgId;
  const presentation = record.presentationFor(audience);
  const expected = {
    audience,
    signers: () => ({ iss: "gateway:main", key: publicKey }),
    now: new Date(),
  };
  const one = draft(1);
  const six = draft(6);
  return {
    issueRecordOneSectionMicroseconds: microseconds(() => issueRecord(one, signer, new Date())),
    issueRecordSixSectionsMicroseconds: microseconds(() => issueRecord(six, signer, new Date())),
    verifyPresentationMicroseconds: microseconds(() => verifyPresentation(presentation, expected)),
  };
}

/** A proof whose checkpoint was seen before, as most are: a batch shares one. */
async function measureProof(url: string) {
  const client = new LogClient({ url, vkey });
  const record = issueRecord(draft(6), signer, new Date());
  const { text } = await client.append(record, digestOf(random16()));
  await client.close();
  const entry = entryOf(record.jwt);
  const logs = pinLogs([vkey]);
  return {
    verifyProofMicroseconds: microseconds(() => verifyProof(text, entry, logs)),
    verifyProofNewCheckpointMicroseconds: microseconds(() => {
      logs.opened.clear();
      verifyProof(text, entry, logs);
    }),
  };
}

const { values } = parseArgs({ options: { json: { type: "string" } } });
const folder = mkdtempSync(join(tmpdir(), "weft-bench-"));
const postgres = await startPostgres({ dataDir: join(folder, "postgres") });
try {
  await postgres.createDatabase("log");
  const { child, url } = await startLog(folder, postgres.superuserUrl("log"));
  const figures = { ...measureCalls(), ...(await measureProof(url)), ...(await measureAppends(url)) };
  child.kill();
  for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(40)} ${value}`);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`);
} finally {
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}
