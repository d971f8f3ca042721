import { sandboxKey } from "../../dist/apps/sandbox/src/keys.js";
import { LOG_ORIGIN } from "../../dist/apps/sandbox/src/key-files.js";
import pg from "pg";
import {
  type Candidate,
  entryOf,
  type IssuedRecord,
  issueRecord,
  leafHash,
  memoryHighWater,
  noteSigner,
  openIndexer,
  openPostgresLog,
  openSequencer,
  type RecordDraft,
  type Section,
  type Sequencer,
} from "../../dist/libs/access-log/src/index.js";
import {
  type AgreementId,
  type CaseId,
  type Coordinate,
  digestOf,
  type OrgId,
  type PartyId,
  type PurposeCode,
  sha256,
  type SubjectRef,
  toB64u,
} from "../../dist/libs/terms/src/index.js";

/**
 * A year of Orvanda's accesses in a real log: signed by the gateway's key, sequenced, committed, in the tree, and searched by the real index. Only the
 * clock is not the day's: the database's own is moved through the year, as an append takes its time from it.
 */
export interface YearsLog {
  /** Records: half of them accesses, half how those ended. */
  readonly records: number;
  readonly say: (line: string) => void;
}

const DAY = 86_400_000;
/** Accesses that are appended together: a moment of the year. */
const AT_ONCE = 500;

export async function fillYear(url: string, { records, say }: YearsLog): Promise<void> {
  await (await openPostgresLog(url)).close();
  const clock = await openClock(url);
  const storage = await openPostgresLog(
    `${url}?options=${encodeURIComponent("-c search_path=public,bench,pg_catalog")}`,
  );
  const sequencer = await openSequencer({
    storage,
    signer: noteSigner(LOG_ORIGIN, sandboxKey("log-1").privateKey),
    highWater: memoryHighWater(),
  });
  const [accesses, start] = [records / 2, performance.now()];
  try {
    for (let from = 0; from < accesses; from += AT_ONCE) {
      const at = new Date(Date.now() - 365 * DAY + ((365 * DAY - DAY / 24) * from) / accesses);
      await clock.set(at);
      await appendAccesses(sequencer, from, Math.min(AT_ONCE, accesses - from), at);
    }
  } finally {
    await storage.close();
    await clock.close();
  }
  if (sequencer.checkpoint().size !== records) throw new Error("Not every record is in the log.");
  say(`${records} records appended in ${secondsSince(start)} s`);
  const indexing = performance.now();
  await indexAll(url, records);
  say(`and indexed in ${secondsSince(indexing)} s`);
}

async function appendAccesses(sequencer: Sequencer, from: number, count: number, at: Date): Promise<void> {
  const asked = Array.from({ length: count }, (_, n) => intentOf(from + n)).map((draft) => issue(draft, at));
  await Promise.all(asked.map(({ candidate }) => sequencer.append(candidate)));
  const ended = asked.map(({ record }, n) => issue(outcomeOf(record, from + n), at));
  await Promise.all(ended.map(({ candidate }) => sequencer.append(candidate)));
}

const signer = { kid: "gateway-main-1", key: sandboxKey("gateway-main-1").privateKey };

function issue(draft: RecordDraft, at: Date): { readonly record: IssuedRecord; readonly candidate: Candidate } {
  const record = issueRecord(draft, signer, at);
  const { jwt, jti, disclosures } = record;
  const candidate = {
    leaf: leafHash(entryOf(jwt)),
    jti,
    kind: draft.kind,
    iss: draft.iss,
    parent: draft.parent as Candidate["parent"],
    exp: new Date(at.getTime() + 30_000),
    jwt,
    disclosures,
    requestKey: draft.kind === "intent" ? digestOf(jti) : undefined,
  };
  return { record, candidate };
}

interface Asked {
  readonly provider: string;
  readonly fields: readonly string[];
}
const civil: Asked = {
  provider: "civil",
  fields: ["Person.identity", "Identity.fullName", "Identity.residenceDistrict"],
};
const vital: Asked = { provider: "civil", fields: ["Person.vitalStatus", "VitalStatus.finding"] };
const cash: Asked = { provider: "cash", fields: ["Person.cashTransfer", "CashTransferEnrolment.status"] };
const food: Asked = { provider: "food", fields: ["Person.foodSupport", "FoodSupportEnrolment.status"] };
const pay: Asked = { provider: "pay", fields: ["Person.payments", "Payment.state"] };
const disability: Asked = {
  provider: "disability",
  fields: ["Person.disability", "DisabilityEnrolment.assessedLevel"],
};
/** Who asks what, as the sandbox's questions do: six parts of ten are applications. */
const work: readonly { readonly consumer: string; readonly purpose: string; readonly asked: readonly Asked[] }[] = [
  ...Array.from({ length: 6 }, () => ({
    consumer: "welfare",
    purpose: "eligibility-assessment",
    asked: [civil, cash, food],
  })),
  ...Array.from({ length: 2 }, () => ({ consumer: "cash", purpose: "benefit-payment", asked: [vital, pay] })),
  { consumer: "clinic", purpose: "referral", asked: [disability] },
  { consumer: "bank", purpose: "identity-verification", asked: [civil] },
];
const OFFICERS = 1_000;
const PERSONS = 200_000;

/** The n-th access of the year; the same each time but for what signing draws. */
function intentOf(n: number): RecordDraft {
  const { consumer, purpose, asked } = work[n % work.length]!;
  const person = (n * 6_700_417) % PERSONS;
  return {
    kind: "intent",
    iss: "gateway:main",
    log: LOG_ORIGIN,
    caller: {
      consumer: `org:${consumer}` as OrgId,
      client: `client:${consumer}-casework` as PartyId,
      officer: `officer:${(n * 104_729) % OFFICERS}` as PartyId,
      purpose: purpose as PurposeCode,
      case: `c-${Math.floor(n / 3)}` as CaseId,
    },
    request: { operation: digestOf(purpose), supergraph: digestOf("s"), policy: digestOf("p"), denied: [] },
    sections: asked.map((one, at) => sectionOf(one, { consumer, person, at })),
  };
}

function sectionOf(
  { provider, fields }: Asked,
  { consumer, person, at }: { readonly consumer: string; readonly person: number; readonly at: number },
): Section {
  const reference = sha256(`${provider} ${person}`);
  return {
    aud: `org:${provider}` as OrgId,
    agreement: `dsa-${provider}-${consumer}-2026` as AgreementId,
    version: 1,
    digest: digestOf("agreement"),
    basis: "PUBLIC_TASK",
    fetches: [
      {
        n: at,
        text: digestOf("text"),
        args: toB64u(new Uint8Array(32)),
        coordinates: fields as Coordinate[],
        inputs: [],
      },
    ],
    subjects: [`p1.${toB64u(Buffer.concat([reference, reference.subarray(16)]))}` as SubjectRef],
    scope: null,
    consents: [],
    callerProof: null,
  };
}

function outcomeOf({ jti }: IssuedRecord, n: number): RecordDraft {
  const { asked } = work[n % work.length]!;
  const sources = asked.map(({ provider }) => ({
    provider: `org:${provider}` as OrgId,
    persons: 1,
    withheld: 0,
    aliases: [],
  }));
  const outcome = { status: n % 40 === 1 ? ("partial" as const) : ("answered" as const), sources };
  return { kind: "outcome", iss: "gateway:main", log: LOG_ORIGIN, parent: jti, sections: [], outcome };
}

/** The log's storage asks `clock_timestamp()`; by its search path it finds this one first. */
async function openClock(url: string): Promise<{ set(at: Date): Promise<void>; close(): Promise<void> }> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (let month = 0; month < 13; month++)
    await client.query("select log_open_month(now() - $1::int * interval '1 month')", [month]);
  await client.query(`
    create schema bench; create table bench.clock (at timestamptz not null); insert into bench.clock values ('2000-01-01');
    create function bench.clock_timestamp() returns timestamptz language sql stable as 'select at from bench.clock'`);
  return {
    set: async (at) => void (await client.query("update bench.clock set at = $1", [at])),
    async close() {
      await client.query("drop schema bench cascade");
      await client.end();
    },
  };
}

async function indexAll(url: string, records: number): Promise<void> {
  const indexer = await openIndexer(url);
  try {
    while ((await indexer.step()) > 0);
    const { indexed } = await indexer.status();
    if (indexed !== records) throw new Error(`${indexed} of ${records} records are found by the search.`);
    while (await indexer.countDay());
  } finally {
    await indexer.close();
  }
}

function secondsSince(start: number): number {
  return Math.round((performance.now() - start) / 1000);
}
