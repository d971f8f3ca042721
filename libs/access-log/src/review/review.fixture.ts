import { generateKeyPairSync } from "node:crypto";
import {
  type AgreementId,
  type CaseId,
  type Coordinate,
  type Digest,
  digestOf,
  type OrgId,
  type PartyId,
  type PurposeCode,
  random16,
  type SubjectRef,
  toB64u,
} from "#libs/terms";
import { admit } from "../admission.js";
import { memoryHighWater } from "../high-water.js";
import { noteSigner, noteVerifier } from "../note.js";
import type { RecordSigners } from "../presentation.js";
import { pinLogs } from "../proof.js";
import { type IssuedRecord, issueRecord, type RecordDraft } from "../record.js";
import type { Section } from "../record-parts.js";
import { readEntry } from "../search/entry.js";
import { memorySearch } from "../search/memory.js";
import { openSequencer } from "../sequencer.js";
import { memoryStorage } from "../storage.js";
import { answerReview, type ReviewAnswer } from "./answer.js";
import type { ReviewPart } from "./part.js";
import type { ReviewRights } from "./rights.js";
import { claimReview } from "./verify.js";

/** A log of its own in memory: gateway, console and a console that was not asked to serve anybody. */
export const origin = "log.example";
export const now = new Date("2026-11-22T10:00:00Z");
export const org = (name: string) => `org:${name}` as OrgId;
export const refAt = (provider: string, person: string) =>
  `p1.${toB64u(Buffer.from(`${person}@${provider}`.padEnd(24, ".")))}` as SubjectRef;

const keyOf = (kid: string) => ({ kid, key: generateKeyPairSync("ed25519").privateKey });
export const gateway = keyOf("gateway-1");
export const console = keyOf("review-1");
export const logKey = generateKeyPairSync("ed25519").privateKey;
export const otherLogKey = generateKeyPairSync("ed25519").privateKey;
const signers: RecordSigners = (kid) =>
  ({
    [gateway.kid]: { iss: "gateway:main", key: gateway.key },
    [console.kid]: { iss: "review:main", key: console.key },
  })[kid];
const reviewRights: ReviewRights = (iss, organisation) => {
  if (iss !== "review:main" || organisation === "org:elsewhere") return undefined;
  if (organisation === "org:portal") return "portal";
  return organisation === "org:dpa" ? "all" : "own";
};

export function access(consumer: string, asked: Readonly<Record<string, readonly string[]>>): RecordDraft {
  return {
    kind: "intent",
    iss: "gateway:main",
    log: origin,
    caller: {
      consumer: org(consumer),
      client: "client:casework" as PartyId,
      officer: "officer:8c1" as PartyId,
      purpose: "eligibility-assessment" as PurposeCode,
      case: "c-1" as CaseId,
    },
    request: { operation: null, supergraph: digestOf("s"), policy: digestOf("p"), denied: [] },
    sections: Object.entries(asked).map(([provider, persons]) => sectionOf(provider, persons)),
  };
}

function sectionOf(provider: string, persons: readonly string[]): Section {
  const coordinates = [`${provider}.field` as Coordinate];
  return {
    aud: org(provider),
    agreement: `dsa-${provider}` as AgreementId,
    version: 1,
    digest: digestOf("a"),
    basis: "PUBLIC_TASK",
    fetches: [{ n: 0, text: digestOf("t"), args: toB64u(Buffer.alloc(32)), inputs: [], coordinates }],
    subjects: persons.map((person) => refAt(provider, person)),
    scope: null,
    consents: [],
    callerProof: null,
  };
}

export const everything: ReviewPart["look"] = { kind: "search", query: {}, limit: 100, facets: [] };

export function review(organisation: string, part: Partial<ReviewPart> = {}): RecordDraft {
  return {
    kind: "review",
    iss: "review:main",
    log: origin,
    caller: {
      consumer: org(organisation),
      client: "review:main" as PartyId,
      officer: "officer:dpo" as PartyId,
      purpose: "audit" as PurposeCode,
      case: "i-2026-1" as CaseId,
    },
    review: { scope: "own", look: everything, ...part },
    sections: [],
  };
}

export async function openLog(key = logKey) {
  const storage = memoryStorage();
  const search = memorySearch();
  const sequencer = await openSequencer({ storage, signer: noteSigner(origin, key), highWater: memoryHighWater() });
  const expected = { origin, logs: pinLogs([noteVerifier(origin, logKey).vkey]), signers, reviewRights };

  async function append(record: IssuedRecord, requestKey?: Digest): Promise<{ index: number; proof: string }> {
    const { jwt, disclosures } = record;
    const candidate = admit({ jwt, disclosures: [...disclosures], requestKey }, expected, now);
    const sequenced = await sequencer.append(candidate);
    const { index } = sequenced;
    search.add(readEntry({ ...candidate, index, at: new Date(now.getTime() + index * 1000) }));
    return sequenced;
  }
  const answer = async (record: string, proof: string, at = now): Promise<ReviewAnswer> =>
    answerReview(await claimReview({ record, proof }, expected, storage, at), { search, storage });
  return {
    append,
    answer,
    read: (draft: RecordDraft) => append(issueRecord(draft, gateway, now), digestOf(random16())),
    look: async (draft: RecordDraft): Promise<ReviewAnswer> => {
      const record = issueRecord(draft, console, now);
      return answer(record.presentation(), (await append(record)).proof);
    },
  };
}
