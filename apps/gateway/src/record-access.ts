import { createHmac, createSecretKey } from "node:crypto";
import { type InclusionProof, type IssuedRecord, issueRecord, type RecordDraft, type Section } from "#libs/access-log";
import type { Grant } from "#libs/policy";
import type { PlannedFetch } from "#libs/supergraph";
import { type B64u, jcs, type OrgId, randomOf, type SubjectRef, toB64u, WeftError } from "#libs/terms";
import type { Caller } from "#libs/token";
import type { AccessDecided } from "./decide.js";
import type { Gateway } from "./gateway.js";

/**
 * What one adapter is shown with a fetch: the record, the proof that the log holds it, and the key of the arguments' digests. As
 * members of JSON, written once for all its fetches.
 */
export type Evidence = string;

/** An access that the log holds. Only `recordAccess` makes one. */
export interface AccessRecorded extends AccessDecided {
  readonly record: IssuedRecord;
  readonly inclusion: InclusionProof;
  readonly logOrigin: string;
  /** Undefined where the record does not cover this fetch for all of these persons: a child record is needed. */
  readonly evidenceFor: (fetch: PlannedFetch, refs: readonly SubjectRef[]) => Evidence | undefined;
}

/** Puts the record of exactly these fetches and persons into the log, or throws: then nothing is read. */
export async function recordAccess(decided: AccessDecided, gateway: Gateway): Promise<AccessRecorded> {
  const parts = partsOf(decided);
  const record = issueRecord(
    { ...draftOf(decided, gateway), kind: "intent", sections: parts.map(({ section }) => section) },
    gateway.signer,
    decided.progress.now,
  );
  const inclusion = await gateway.log.append(record, decided.caller.requestKey);
  const evidence = new Map(parts.map((part) => [part.section.aud, evidenceOf(part, record, inclusion)]));
  return {
    ...decided,
    record,
    logOrigin: gateway.logOrigin,
    inclusion,
    evidenceFor: (fetch, refs) => evidence.get(providerOf(decided, fetch))?.(fetch, refs),
  };
}

/** One ministry's section of a record, and the key of the digests in it. */
interface Part {
  readonly section: Section;
  readonly argsKey: B64u;
}

function evidenceOf({ section, argsKey }: Part, record: IssuedRecord, inclusion: InclusionProof) {
  const subjects = new Set(section.subjects);
  const fetches = new Set(section.fetches.map(({ n }) => n));
  const text = printEvidence(record.presentationFor(section.aud), inclusion, argsKey);
  return ({ n }: PlannedFetch, refs: readonly SubjectRef[]): Evidence | undefined =>
    fetches.has(n) && refs.every((ref) => subjects.has(ref)) ? text : undefined;
}

/** A record and a key are base64url, with `.` and `~` between: as they are they are JSON. */
function printEvidence(record: string, { text }: InclusionProof, argsKey: B64u): Evidence {
  return `"record":"${record}","proof":${JSON.stringify(text)},"argsKey":"${argsKey}"`;
}

/** A later wave reached persons that the first record does not name: they are recorded before they are passed on. */
export async function recordLaterWave(
  recorded: AccessRecorded,
  fetch: PlannedFetch,
  refs: readonly SubjectRef[],
  gateway: Gateway,
): Promise<Evidence> {
  const provider = providerOf(recorded, fetch);
  const digests = argumentDigests(recorded);
  const section = sectionFor(recorded, provider, [entryOf(fetch, digests)], [...new Set(refs)], null);
  const draft: RecordDraft = {
    ...draftOf(recorded, gateway),
    kind: "intent",
    parent: recorded.record.jti,
    sections: [section],
  };
  const record = issueRecord(draft, gateway.signer, gateway.now());
  const inclusion = await gateway.log.append(record);
  return printEvidence(record.presentationFor(provider), inclusion, digests.key);
}

export function providerOf({ progress }: AccessDecided, fetch: PlannedFetch): OrgId {
  const provider = progress.world.references.providerOf(fetch.subgraph);
  if (!provider) throw new WeftError("INTERNAL", { detail: "a fetch without a provider" });
  return provider;
}

/** The caller and the request as each record of this access names them. */
export function draftOf(decided: AccessDecided, gateway: Gateway): Omit<RecordDraft, "kind" | "sections"> {
  const { contracts } = decided.progress.world;
  return {
    iss: gateway.id,
    log: gateway.logOrigin,
    caller: callerOf(decided.caller),
    request: {
      operation: decided.operation.digest,
      supergraph: contracts.supergraphDigest,
      policy: contracts.policyDigest,
      denied: [...decided.denied].map(([coordinate, { code }]) => ({ coordinate, code })),
    },
  };
}

export function callerOf({ consumer, client, officer, purpose, caseId }: Caller): NonNullable<RecordDraft["caller"]> {
  return { consumer, client, officer, purpose, ...(caseId !== undefined && { case: caseId }) };
}

/**
 * One section per ministry that is asked. Fetches whose persons only a list will tell are left out: they are recorded when their
 * wave comes.
 */
function partsOf(decided: AccessDecided): readonly Part[] {
  const byProvider = Map.groupBy(
    decided.plan.fetches.filter((fetch) => fetch.subgraph !== "weft" && (!fetch.entity || decided.persons.length > 0)),
    (fetch) => providerOf(decided, fetch),
  );
  return [...byProvider].map(([provider, fetches]) => {
    const digests = argumentDigests(decided);
    const entries = fetches.map((fetch) => entryOf(fetch, digests));
    const subjects = fetches.some((fetch) => fetch.entity)
      ? decided.persons.map((person) => decided.progress.world.seals.seal(provider, person))
      : [];
    const section = sectionFor(decided, provider, entries, subjects, scopeOf(decided, fetches));
    return { section, argsKey: digests.key };
  });
}

function scopeOf(decided: AccessDecided, fetches: readonly PlannedFetch[]): Section["scope"] {
  const entry = fetches.find((fetch) => fetch.entry !== undefined)?.entry;
  const asked = decided.entries.filter((candidate) => candidate.entry === entry);
  return entry === undefined ? null : { entry, maxRows: Math.max(...asked.map(({ first }) => first)) };
}

function sectionFor(
  decided: AccessDecided,
  provider: OrgId,
  fetches: Section["fetches"],
  subjects: readonly SubjectRef[],
  scope: Section["scope"],
): Section {
  const grant = grantOf(decided, provider);
  return {
    aud: provider,
    agreement: grant.agreement,
    version: grant.version,
    digest: grant.digest,
    basis: grant.basis,
    fetches,
    subjects,
    scope,
    consents: decided.caller.consentReceipts,
    callerProof: callerProofOf(grant, decided),
  };
}

/** The token as the caller sent it: the ministry believes its signature, not us. Of no use to others, as it is bound to the caller's key. */
function callerProofOf({ basis, options }: Grant, { question, caller }: AccessDecided): Section["callerProof"] {
  const isEmergency = basis === "VITAL_INTEREST";
  if (!isEmergency && options.callerProof !== "required") return null;
  const { reason, signIn } = caller;
  const [, token = ""] = question.authorization?.split(" ") ?? [];
  return { token, ...(isEmergency && reason !== undefined && signIn && { emergency: { reason, ...signIn } }) };
}

function grantOf({ decision }: AccessDecided, provider: OrgId): Grant {
  const grant = decision.agreements.get(provider);
  if (!grant) throw new WeftError("INTERNAL", { detail: "a planned fetch without an agreement" });
  return grant;
}

function entryOf(fetch: PlannedFetch, { of }: ArgumentDigests): Section["fetches"][number] {
  return {
    n: fetch.n,
    text: fetch.textDigest,
    args: of(fetch),
    coordinates: fetch.coordinates,
    inputs: fetch.inputs,
  };
}

interface ArgumentDigests {
  readonly key: B64u;
  readonly of: (fetch: PlannedFetch) => B64u;
}

/**
 * HMAC, not a hash: the log must not be able to try out which arguments were asked. A key for each section, told to its adapter only.
 */
function argumentDigests({ operation }: AccessDecided): ArgumentDigests {
  const key = randomOf(16);
  // From bytes instead of a key object Node.js takes several times as long.
  const secret = createSecretKey(key);
  const known = new Map<string, B64u>();
  return {
    key: toB64u(key),
    of(fetch) {
      const text = jcs(variablesOf(fetch, operation.variables));
      let digest = known.get(text);
      if (digest === undefined) {
        digest = toB64u(createHmac("sha256", secret).update(text).digest());
        known.set(text, digest);
      }
      return digest;
    },
  };
}

/** The variables that the fetch's text names, and no others: what is sent, and what the record's digest covers. */
function variablesOf(
  { variableNames }: PlannedFetch,
  variables: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    variableNames.filter((name) => variables[name] !== undefined).map((name) => [name, variables[name]]),
  );
}
