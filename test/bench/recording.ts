import { createPublicKey } from "node:crypto";
import { LOG_ORIGIN } from "../../dist/apps/sandbox/src/key-files.js";
import { sandboxKey } from "../../dist/apps/sandbox/src/keys.js";
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
import { median, microseconds, round, type Rounds } from "./statistics.ts";

/** What recording costs: a record and a proof to make and to verify, and how fast the log appends. */
export interface RecordingFigures {
  /** CPU of one call, microseconds. */
  readonly issueRecordOneSection: number;
  readonly issueRecordSixSections: number;
  /** An adapter does these for each fetch. */
  readonly verifyPresentation: number;
  readonly verifyProof: number;
  /** The first of a batch: the checkpoint's signature too. */
  readonly verifyProofNewCheckpoint: number;
  /** Wall time of one append that waits alone, milliseconds; PostgreSQL with fsync on. */
  readonly appendMilliseconds: number;
  /** 256 at once. */
  readonly appendsPerSecond: number;
}

const { privateKey } = sandboxKey("gateway-main-1");
const signer = { kid: "gateway-main-1", key: privateKey };
const audience = "org:ministry-0" as OrgId;
const { vkey } = noteVerifier(LOG_ORIGIN, sandboxKey("log-1").privateKey);

export async function measureRecording(url: string, rounds: Rounds, appends: number): Promise<RecordingFigures> {
  const client = new LogClient({ url, vkey, timeout: 10_000 });
  try {
    return {
      ...(await measureRecords(rounds)),
      ...(await measureProof(client, rounds)),
      ...(await measureAppends(client, appends)),
    };
  } finally {
    await client.close();
  }
}

/** What one of so many providers is shown of a record. */
export function presentationOf(providers: number): string {
  return issueRecord(draft(providers), signer, new Date()).presentationFor(audience);
}

async function measureRecords(rounds: Rounds) {
  const [one, six] = [draft(1), draft(6)];
  const presentation = issueRecord(six, signer, new Date()).presentationFor(audience);
  const expected = {
    audience,
    signers: () => ({ iss: "gateway:main", key: createPublicKey(privateKey) }),
    now: new Date(),
  };
  return {
    issueRecordOneSection: await microseconds(() => issueRecord(one, signer, new Date()), rounds),
    issueRecordSixSections: await microseconds(() => issueRecord(six, signer, new Date()), rounds),
    verifyPresentation: await microseconds(() => verifyPresentation(presentation, expected), rounds),
  };
}

async function measureProof(client: LogClient, rounds: Rounds) {
  const record = issueRecord(draft(6), signer, new Date());
  const { text } = await client.append(record, digestOf(random16()));
  const entry = entryOf(record.jwt);
  const logs = pinLogs([vkey]);
  return {
    verifyProof: await microseconds(() => verifyProof(text, entry, logs), rounds),
    verifyProofNewCheckpoint: await microseconds(() => {
      logs.opened.clear();
      verifyProof(text, entry, logs);
    }, rounds),
  };
}

async function measureAppends(client: LogClient, appends: number) {
  const alone: number[] = [];
  for (let i = 0; i < appends / 20; i++) {
    const start = performance.now();
    await appendOne(client);
    alone.push(performance.now() - start);
  }
  let left = appends;
  const start = performance.now();
  const side = async (): Promise<void> => {
    while (left-- > 0) await appendOne(client);
  };
  await Promise.all(Array.from({ length: 256 }, side));
  const perSecond = appends / ((performance.now() - start) / 1000);
  return { appendMilliseconds: round(median(alone)), appendsPerSecond: Math.round(perSecond) };
}

async function appendOne(client: LogClient): Promise<void> {
  await client.append(issueRecord(draft(6), signer, new Date()), digestOf(random16()));
}

export function draft(sections: number): RecordDraft {
  return {
    kind: "intent",
    iss: "gateway:main",
    log: LOG_ORIGIN,
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
