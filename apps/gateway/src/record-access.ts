import { createHmac, randomBytes } from "node:crypto";
import { type InclusionProof, type IssuedRecord, issueRecord, type RecordDraft, type Section } from "#libs/access-log";
import type { Grant } from "#libs/policy";
import type { PlannedFetch } from "#libs/supergraph";
import { type B64u, jcs, type OrgId, type SubjectRef, toB64u, WeftError } from "#libs/terms";
import type { Caller } from "#libs/token";
import type { AccessDecided } from "./decide.js";
import type { Gateway } from "./gateway.js";

/** What one adapter is shown for one fetch: the record, the proof that the log holds it, and the key of the arguments' digest. */
export interface Evidence {
  readonly record: string;
  readonly proof: string;
  readonly argsKey: B64u;
}

/** An access that the log holds. Only `recordAccess` makes one. */
export interface AccessRecorded extends AccessDecided {
  readonly record: IssuedRecord;
  readonly inclusion: InclusionProof;
  readonly logOrigin: string;
  /** Undefined where the record does not cover this fetch for all of these persons: a child record is needed. */
  readonly evidenceFor: (fetch: PlannedFetch, refs: readonly SubjectRef[]) => Evidence | undefined;
}

interface FetchArguments {
  readonly key: B64u;
  readonly digest: B64u;
}

/** Puts the record of exactly these fetches and persons into the log, or throws: then nothing is read. */
export async function recordAccess(decided: AccessDecided, gateway: Gateway): Promise<AccessRecorded> {
  const args = new Map<number, FetchArguments>();
  const sections = sectionsOf(decided, args);
  const record = issueRecord(
    { ...draftOf(decided, gateway), kind: "intent", sections },
    gateway.signer,
    decided.progress.now,
  );
  const inclusion = await gateway.log.append(record, decided.caller.requestKey);
  const covered = new Map(sections.map((section) => [section.aud, new Set(section.subjects)]));
  const presented = new Map<OrgId, string>();
  return {
    ...decided,
    record,
    logOrigin: gateway.logOrigin,
    inclusion,
    evidenceFor: (fetch, refs) => {
      const provider = providerOf(decided, fetch);
      const argument = args.get(fetch.n);
      const subjects = covered.get(provider);
      if (!argument || !subjects || refs.some((ref) => !subjects.has(ref))) return undefined;
      const text = presented.get(provider) ?? record.presentationFor(provider);
      presented.set(provider, text);
      return { record: text, proof: inclusion.text, argsKey: argument.key };
    },
  };
}

/** A later wave reached persons that the first record does not name: they are recorded before they are passed on. */
export async function recordLaterWave(
  recorded: AccessRecorded,
  fetch: PlannedFetch,
  refs: readonly SubjectRef[],
  gateway: Gateway,
): Promise<Evidence> {
  const provider = providerOf(recorded, fetch);
  const argument = digestArguments(fetch, recorded);
  const section = sectionFor(recorded, provider, [entryOf(fetch, argument)], [...new Set(refs)], null);
  const draft: RecordDraft = {
    ...draftOf(recorded, gateway),
    kind: "intent",
    parent: recorded.record.jti,
    sections: [section],
  };
  const record = issueRecord(draft, gateway.signer, gateway.now());
  const inclusion = await gateway.log.append(record);
  return { record: record.presentationFor(provider), proof: inclusion.text, argsKey: argument.key };
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
function sectionsOf(decided: AccessDecided, args: Map<number, FetchArguments>): Section[] {
  const byProvider = Map.groupBy(
    decided.plan.fetches.filter((fetch) => fetch.subgraph !== "weft" && (!fetch.entity || decided.persons.length > 0)),
    (fetch) => providerOf(decided, fetch),
  );
  return [...byProvider].map(([provider, fetches]) => {
    const entries = fetches.map((fetch) => {
      const argument = digestArguments(fetch, decided);
      args.set(fetch.n, argument);
      return entryOf(fetch, argument);
    });
    const subjects = fetches.some((fetch) => fetch.entity)
      ? decided.persons.map((person) => decided.progress.world.seals.seal(provider, person))
      : [];
    return sectionFor(decided, provider, entries, subjects, scopeOf(decided, fetches));
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
    callerProof: null,
  };
}

function grantOf({ decision }: AccessDecided, provider: OrgId): Grant {
  const grant = decision.agreements.get(provider);
  if (!grant) throw new WeftError("INTERNAL", { detail: "a planned fetch without an agreement" });
  return grant;
}

function entryOf(fetch: PlannedFetch, argument: FetchArguments): Section["fetches"][number] {
  return {
    n: fetch.n,
    text: fetch.textDigest,
    args: argument.digest,
    coordinates: fetch.coordinates,
    inputs: fetch.inputs,
  };
}

/** HMAC, not a hash: the log must not be able to try out which arguments were asked. A key for each fetch, told to its adapter only. */
function digestArguments(fetch: PlannedFetch, { operation }: AccessDecided): FetchArguments {
  const key = randomBytes(16);
  const digest = createHmac("sha256", key)
    .update(jcs(variablesOf(fetch, operation.variables)))
    .digest();
  return { key: toB64u(key), digest: toB64u(digest) };
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
