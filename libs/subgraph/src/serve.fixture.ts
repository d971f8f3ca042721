import { createPublicKey, generateKeyPairSync, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import {
  admit,
  type InclusionProof,
  memoryHighWater,
  memoryStorage,
  noteSigner,
  openSequencer,
  type RecordSigners,
} from "#libs/access-log";
import type { ConsentFeed, ConsentReceipt } from "#libs/consent";
import type { Agreement, CoordinateRule, SignedAgreement } from "#libs/policy";
import {
  type CanonicalPerson,
  type Coordinate,
  deriveSealKey,
  digestOf,
  jcs,
  type OrgId,
  type Scheme,
  type Signer,
} from "#libs/terms";
import { PersonSeals } from "./person-seals.js";

/** A ministry small enough to read, with keys of its own: what the tests of the verify side serve. */
export const now = new Date("2026-11-21T12:00:00Z");
export const provider = "org:health" as OrgId;
export const origin = "log.test.example/qv";
const keyOf = (kid: string): Signer => ({ kid, key: generateKeyPairSync("ed25519").privateKey });
export const [gateway, adapter, stranger, logKey] = [keyOf("g-1"), keyOf("a-1"), keyOf("g-1"), keyOf("l-1")];
const parties: Record<string, [string, Signer]> = {
  "g-1": ["gateway:main", gateway],
  "a-1": ["adapter:health", adapter],
};
export const signers: RecordSigners = (kid) =>
  parties[kid] && { iss: parties[kid][0], key: createPublicKey(parties[kid][1].key) };
export const gateways: RecordSigners = (kid) => (kid === "g-1" ? signers(kid) : undefined);
export const sealKey = deriveSealKey("p1", Buffer.alloc(32, 3), provider);
export const seals = new PersonSeals([sealKey], "p1");
export const person = (last: number) => `nid:100000000${last}` as CanonicalPerson;

/** Persons 1 to 4; the last has left. */
export const register = [
  "NID,NO,LEVEL,STATUS,UPDATED",
  ...[1, 2, 3, 4].map((n) => `100000000${n},H000${n},level ${n},${n === 4 ? 3 : 1},2026-01-0${n}`),
  "",
].join("\n");

export const sdl = `${readFileSync(new URL("../../../contracts/prelude.graphql", import.meta.url), "utf8")}
  type Query { healthRoster(status: EnrolmentStatus = ACTIVE @filterable(by: [EQ]), first: Int!, after: String): HealthPage }
  type HealthPage { nodes: [Health!]! pageInfo: PageInfo! }
  type Person @key(fields: "ref") { ref: PersonRef! health: Health @personal(class: P4, category: "health") }
  type Health implements Sourced {
    person: Person @personal(class: P1, category: "pseudonym")
    level: String @personal(class: P4, category: "health")
    status: EnrolmentStatus @personal(class: P4, category: "health")
    source: String! asOf: Date quality: Quality!
  }`;
export const mapping = {
  adapter: 1,
  provider,
  source: { kind: "csv", files: { CARDS: "env:HEALTH_CSV" } },
  protect: { connections: 4, statementTimeout: "PT1S", personsPerMinute: 6_000 },
  codes: { standing: { "1": "ACTIVE", "3": "EXITED" } },
  types: {
    Person: {
      from: "CARDS",
      identifiers: [
        { scheme: "nid", column: "NID" },
        { scheme: "health-no", column: "NO" },
      ],
      fields: { health: { type: "Health" } },
    },
    Health: {
      asOf: "UPDATED",
      quality: "verified",
      fields: {
        source: { value: "Health" },
        person: { type: "Person" },
        level: { column: "LEVEL" },
        status: { column: "STATUS", codes: "standing" },
      },
    },
  },
  lists: {
    healthRoster: {
      of: "Health",
      keyset: ["NO"],
      maxRows: 50,
      filters: { status: { column: "STATUS", codes: "standing" } },
    },
  },
};
const scheme = (name: string, pattern: RegExp, from: string, to: string): [string, Scheme] => [
  name,
  { name, pattern, normalise: ["trim"], decoys: { from, to } },
];
export const schemes = new Map([
  scheme("nid", /^\d{10}$/, "0000000000", "0000999999"),
  scheme("health-no", /^H\d{4}$/, "H9000", "H9999"),
]);

const rule = (coordinate: string, kind: CoordinateRule["kind"], named: string): CoordinateRule => ({
  coordinate: coordinate as Coordinate,
  controller: provider,
  kind,
  class: kind === "structural" ? "P0" : "P4",
  releases: [
    { purposes: ["eligibility-assessment", "referral"], bases: ["PUBLIC_TASK", "CONSENT"], mode: "VALUE" },
  ] as never,
  named,
  arguments:
    kind === "entry"
      ? [
          { name: "first", kind: "paging" },
          { name: "after", kind: "paging" },
          { name: "status", kind: "filter", touches: "Health.status" as Coordinate },
        ]
      : [],
});
export const rules = [
  rule("Query.healthRoster", "entry", "HealthPage"),
  rule("HealthPage.nodes", "structural", "Health"),
  rule("HealthPage.pageInfo", "structural", "PageInfo"),
  rule("PageInfo.hasNextPage", "structural", "Boolean"),
  rule("PageInfo.endCursor", "structural", "String"),
  rule("Person.health", "reaching", "Health"),
  rule("Health.person", "value", "Person"),
  rule("Health.level", "value", "String"),
  rule("Health.status", "value", "EnrolmentStatus"),
  rule("Health.source", "companion", "String"),
  rule("Health.asOf", "companion", "Date"),
];

/** An agreement with the welfare office by law, or with a clinic on consent. */
export function signed(
  consumer: string,
  changes: Partial<Agreement> = {},
  fields = ["level", "status", "person"],
): SignedAgreement {
  const consent = consumer === "org:clinic";
  const agreement = {
    agreement: `dsa-${consumer.slice(4)}`,
    version: 1,
    state: "active",
    provider,
    consumer,
    summary: { en: "x" },
    valid: { from: "2026-01-01T00:00:00Z", until: "2027-01-01T00:00:00Z" },
    grants: [
      {
        purpose: consent ? "referral" : "eligibility-assessment",
        basis: consent ? "consent" : "public-task",
        provision: "Act",
        subjects: "any",
        fields: { Health: fields, Query: ["healthRoster"] },
        filters: ["Query.healthRoster(status:)"],
      },
    ],
    operations: { mode: "registered-only", folder: "operations/" },
    limits: { personsPerRequest: 20, personsPerOfficerDay: 4 },
    duties: { retention: "P30D", onward: "none" },
    options: { discloseConsentState: false, callerProof: "none", listRecording: "provider" },
    meaning: digestOf(""),
    ...changes,
  } as unknown as Agreement;
  return { agreement, digest: digestOf(jcs(agreement)), operations: new Set() };
}

export const entities =
  "query($representations:[_Any!]!){_entities(representations:$representations){...on Person{health{level source asOf}}}}";
export const entityFields = ["Person.health", "Health.level", "Health.source", "Health.asOf"];
export const roster =
  "query($n:Int!){healthRoster(status:ACTIVE,first:$n){nodes{level person{ref}}pageInfo{hasNextPage}}}";
export const rosterFields = [
  "Query.healthRoster",
  "HealthPage.nodes",
  "HealthPage.pageInfo",
  "PageInfo.hasNextPage",
  "Health.level",
  "Health.person",
];
export const argsKey = Buffer.alloc(16, 9);

/** What the register has said, as a feed that never breaks. */
export function feedOf(receipts: () => readonly ConsentReceipt[]): ConsentFeed {
  return {
    subjects: () => receipts().map(({ sub }) => sub),
    receiptsOf: (ref) => receipts().filter(({ sub }) => sub === ref),
    statusOf: () => "valid",
    isFresh: () => true,
    problems: () => [],
    position: () => 0,
    close: () => {},
  };
}

/** A log of the real kind, in memory. */
export async function openLog() {
  const storage = memoryStorage();
  const sequencer = await openSequencer({
    storage,
    signer: noteSigner(origin, logKey.key),
    highWater: memoryHighWater(),
  });
  const append = async (record: { jwt: string; disclosures: readonly string[] }): Promise<InclusionProof> => {
    const submission = { ...record, disclosures: [...record.disclosures], requestKey: digestOf(randomBytes(8)) };
    const { index, proof } = await sequencer.append(admit(submission, { origin, signers }, now));
    return { index, text: proof } as InclusionProof;
  };
  return {
    origin,
    append,
    checkpoint: async () => sequencer.checkpoint(),
    published: () => Promise.reject(new Error("no witness is asked for")),
    assertConsistent: async () => {},
    clockOffset: async () => 0,
  };
}

/** A consent to the clinic, in force for ever. */
export const receipt = (changes: object) =>
  ({
    nbf: 0,
    exp: 2e9,
    jti: "receipt-1",
    kind: "consent",
    recipient: "org:clinic",
    purposes: ["referral"],
    coordinates: ["Health.level"],
    ...changes,
  }) as unknown as ConsentReceipt;
