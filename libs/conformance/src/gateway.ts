import { generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import {
  entryOf,
  type IssuedRecord,
  issueRecord,
  leafHash,
  noteSigner,
  printProof,
  type RecordDraft,
  type Section,
  signCheckpoint,
} from "#libs/access-log";
import type { SignedAgreement } from "#libs/policy";
import { argumentsDigest } from "#libs/subgraph";
import {
  type CanonicalPerson,
  deriveSealKey,
  digestOf,
  enumValueOf,
  type OrgId,
  Sealer,
  type Signer,
  type SubjectRef,
  toB64u,
} from "#libs/terms";
import { callerProofOf, CASE, CLIENT } from "./caller-token.js";
import type { Case, Question, Vectors } from "./cases.js";
import { signerOf } from "./keys.js";
import { ADAPTER, GATEWAY, LOG_ORIGIN, PROVIDER } from "./names.js";
import type { People, Row } from "./people.js";
import type { World } from "./world.js";

/** The gateway of the trial country: honest, but for what a case tells it. */
export interface PlayedGateway {
  /** The call of a case, recorded in the log as it says. */
  callFor(one: Case, also?: Also): Promise<Call>;
  /** A person as the provider knows them. */
  /** By a name of data/people.yaml, or by a key. */
  readonly refOf: (name: string) => SubjectRef;
  /** Every reference of a row of data/people.csv that holds this one. */
  readonly rowOf: (ref: string) => readonly string[];
}

/** What only a procedure knows. */
export interface Also {
  readonly officer?: string;
  /** In the place of the case's own. */
  readonly question?: Question;
}

export interface Call {
  readonly body: object;
  /** Of the record that was made for it. */
  readonly jti: string;
}

export interface GatewayParts {
  readonly world: World;
  readonly people: People;
  readonly rows: readonly Row[];
  readonly vectors: Vectors;
  readonly agreements: readonly SignedAgreement[];
}

export function openGateway({ world, people, rows, vectors, agreements }: GatewayParts): PlayedGateway {
  const questionNamed = (name: string): Question => {
    const found = vectors.questions[name];
    if (!found) throw new Error(`There is no question ${name}.`);
    return found;
  };
  const sealers = new Map<OrgId, Sealer>();
  const sealerOf = (party: OrgId) => {
    const sealer = sealers.get(party) ?? new Sealer(deriveSealKey("p1", world.master, party));
    sealers.set(party, sealer);
    return sealer;
  };
  const sealed = (name: string, party: OrgId) => {
    const key = people[name]?.key ?? (name.includes(":") ? name : undefined);
    if (key === undefined) throw new Error(`There is nobody called ${name}.`);
    return sealerOf(party).seal(key as CanonicalPerson);
  };
  const refOf = (name: string) => sealed(name, PROVIDER);
  const grantOf = ({ consumer }: Question) => agreements.find(({ agreement }) => agreement.consumer === consumer)!;
  const sealedRows = rows.map(({ keys }) => keys.map(refOf));
  return {
    refOf,
    rowOf: (ref) => sealedRows.filter((row) => row.includes(ref as SubjectRef)).flat(),
    async callFor(one, also = {}) {
      const argsKey = randomBytes(16);
      const question = also.question ?? questionNamed(one.record.ask ?? one.ask);
      const subjects = [...new Set((one.record.about ?? one.about).map(refOf))];
      // A new one each time: the persons of an officer's day are counted by the officer.
      const officer = also.officer ?? `officer:${randomBytes(8).toString("hex")}`;
      const signed = grantOf(question);
      const callerProof = callerProofOf(one, signed, officer, world);
      const section = { ...sectionOf(one, question, argsKey, subjects, signed), callerProof };
      const record = issue(one, signed, section, world, officer);
      const proof = await proofFor(one, record, world);
      const party = (one.send.sealedFor ?? PROVIDER) as OrgId;
      const persons = (one.send.about ?? one.about).map((name) => ({
        __typename: "Person",
        ref: sealed(name, party),
        ...one.send.input,
      }));
      const weft = {
        ...presented(one, record, section.aud),
        ...(proof !== undefined && { proof }),
        fetch: one.send.fetch ?? 0,
        argsKey: toB64u(keyFor(one, argsKey)),
      };
      const asked = also.question ?? questionNamed(one.send.ask ?? one.ask);
      const given = one.send.variables ?? one.variables;
      const variables = asked.list ? given : { ...given, representations: persons };
      const body = { query: one.send.text ?? asked.text, variables, extensions: { weft }, ...one.send.body };
      return { body, jti: record.jti };
    },
  };
}

function sectionOf(
  { variables, record }: Case,
  { text, coordinates, list }: Question,
  argsKey: Uint8Array,
  subjects: readonly SubjectRef[],
  { agreement, digest }: SignedAgreement,
): Section {
  const fetch = { n: 0, text: digestOf(text), args: argumentsDigest(argsKey, record.variables ?? variables) };
  return {
    aud: PROVIDER,
    agreement: agreement.agreement,
    version: agreement.version,
    digest,
    basis: enumValueOf(agreement.grants[0]!.basis),
    fetches: [{ ...fetch, coordinates: record.coordinates ?? coordinates, inputs: [] }],
    subjects: list ? [] : subjects,
    scope: list ?? null,
    consents: [],
    callerProof: null,
    ...record.section,
  } as unknown as Section;
}

function issue(
  { record }: Case,
  { agreement: { consumer, grants } }: SignedAgreement,
  section: Section,
  { keys }: World,
  officer: string,
): IssuedRecord {
  const signers: Record<string, [string, Signer]> = {
    "a stranger": [GATEWAY, { kid: "gateway-1", key: strangerKey }],
    "another gateway": ["gateway:other", { kid: "gateway-2", key: strangerKey }],
    "the adapter": [ADAPTER, signerOf(keys, "trial-adapter-1")],
  };
  const [iss, signer] = signers[record.signedBy ?? ""] ?? [GATEWAY, signerOf(keys, "gateway-1")];
  const nothing = digestOf("");
  const draft = {
    kind: record.kind ?? "intent",
    iss,
    log: record.log ?? LOG_ORIGIN,
    ...(record.kind === "rows" && { parent: toB64u(randomBytes(16)) }),
    ...(record.lifetime !== undefined && { lifetime: record.lifetime }),
    caller: {
      consumer: record.consumer ?? consumer,
      client: CLIENT,
      officer,
      purpose: record.purpose ?? grants[0]!.purpose,
      case: CASE,
    },
    request: { operation: null, supergraph: nothing, policy: nothing, denied: [] },
    sections: [section],
  };
  return issueRecord(draft as unknown as RecordDraft, signer, new Date(Date.now() + (record.issued ?? 0) * 1000));
}

const strangerKey: KeyObject = generateKeyPairSync("ed25519").privateKey;

async function proofFor({ send }: Case, record: IssuedRecord, { log }: World): Promise<string | undefined> {
  const honest = await log.record(record.jwt, record.disclosures);
  switch (send.proof) {
    case "none":
      return undefined;
    case "empty":
      return "";
    case "a word":
      return "proven";
    case "of another record":
      return log.record(`${record.jwt}x`, []);
    case "of another index":
      return honest.replace(/^index (\d+)$/m, (_, index: string) => `index ${Number(index) + 1}`);
    case "by no log":
      return oneLeafTree(record, LOG_ORIGIN);
    case "by another log":
      return oneLeafTree(record, "log.elsewhere.example/xx");
    case "unsigned":
      return honest.replace(/^— .*\n/m, "");
    default:
      return honest;
  }
}

/** A tree of this one record, signed by somebody else's key. */
function oneLeafTree({ jwt }: IssuedRecord, origin: string): string {
  const root = leafHash(entryOf(jwt));
  return printProof({
    index: 0,
    hashes: [],
    checkpoint: signCheckpoint({ origin, size: 1, root }, noteSigner(origin, strangerKey)),
  });
}

/** issuer JWT ~ caller ~ section ~ subjects ~ */
function presented({ send }: Case, record: IssuedRecord, aud: OrgId): { readonly record?: string } {
  const whole = record.presentationFor(aud);
  const parts = whole.split("~");
  switch (send.record) {
    case "none":
      return {};
    case "a word":
      return { record: "recorded" };
    case "without the caller":
      return { record: parts.toSpliced(1, 1).join("~") };
    case "without a person":
      return { record: parts.toSpliced(-2, 1).join("~") };
    case "with an altered word":
      return { record: parts.with(1, toB64u(alterFirst(parts[1] ?? ""))).join("~") };
    default:
      return { record: whole };
  }
}

function alterFirst(disclosure: string): Buffer {
  const text = Buffer.from(disclosure, "base64url").toString("utf8");
  return Buffer.from(text.replace("officer:", "officer:x"));
}

function keyFor({ send }: Case, argsKey: Uint8Array): Uint8Array {
  if (send.argsKey === "another") return randomBytes(16);
  return send.argsKey === "short" ? argsKey.subarray(0, 8) : argsKey;
}
