import type { ConsentFeed } from "#libs/consent";
import { decide } from "#libs/policy";
import {
  type AgreementId,
  type CanonicalPerson,
  type CaseId,
  type Coordinate,
  digestOf,
  type OrgId,
  type PurposeCode,
} from "#libs/terms";
import type { PersonSeals } from "./person-seals.js";
import type { RawRow, ReadError } from "./read/port.js";
import type { ServingTerms } from "./served-ministry.js";
import { trialQuery } from "./trial-query.js";
import { judgeRows } from "./withhold.js";

export interface Trial {
  /** The rows as the MIS holds them, undecoded. */
  readonly raw: readonly RawRow[];
  /** One for each purpose agreed with the consumer. */
  readonly released: readonly TrialRelease[];
}

export interface TrialRelease {
  readonly purpose: PurposeCode;
  readonly basis: string;
  readonly agreement: AgreementId;
  readonly version: number;
  /** False where the agreement is suspended, over, or not begun: then nothing is released. */
  readonly inForce: boolean;
  readonly data: unknown;
  readonly errors: readonly ReadError[];
  /** Granted, but asked only with an argument of the caller's own. */
  readonly skipped: readonly Coordinate[];
}

export interface TrialMinistry {
  readonly provider: OrgId;
  readonly terms: ServingTerms;
  readonly seals: PersonSeals;
  readonly feed: ConsentFeed;
}

/**
 * What a consumer would get of one person, beside the raw rows: for the ministry's own data engineer, on its own machine. Nothing
 * is recorded, counted or sent, so nothing that calls this may listen on a network.
 */
export async function adapterTry(
  person: CanonicalPerson,
  consumer: OrgId,
  ministry: TrialMinistry,
  now: Date,
  signal: AbortSignal = AbortSignal.timeout(10_000),
): Promise<Trial> {
  const { terms, provider } = ministry;
  const raw = await terms.ministry.raw(person, signal);
  const grants = terms.policy.grants.get(consumer)?.get(provider) ?? [];
  const released: TrialRelease[] = [];
  for (const compiled of grants) released.push(await release(compiled, { person, consumer, ministry, now, signal }));
  return { raw, released };
}

interface Question {
  readonly person: CanonicalPerson;
  readonly consumer: OrgId;
  readonly ministry: TrialMinistry;
  readonly now: Date;
  readonly signal: AbortSignal;
}

async function release(compiled: Parameters<typeof trialQuery>[1], question: Question): Promise<TrialRelease> {
  const { terms } = question.ministry;
  const { grant } = compiled;
  const { text, skipped } = trialQuery(terms.schema, compiled, terms.policy);
  const about = {
    purpose: grant.purpose,
    basis: grant.basis,
    agreement: grant.agreement,
    version: grant.version,
    skipped,
  };
  const inForce = text !== undefined && isPermitted(text, compiled, question);
  if (!inForce) return { ...about, inForce, data: null, errors: [] };
  const { data, errors } = await readAs(text, compiled, question);
  return { ...about, inForce, data, errors };
}

function isPermitted(text: string, { grant }: Parameters<typeof trialQuery>[1], question: Question): boolean {
  const { consumer, now, ministry } = question;
  const plan = ministry.terms.compile(text);
  const { verdicts } = decide(
    {
      consumer,
      purpose: grant.purpose,
      caseId: "trial" as CaseId,
      operation: digestOf(text),
      coordinates: plan.coordinates,
      arguments: plan.question({}).arguments,
      persons: 1,
      entries: [],
    },
    ministry.terms.policy,
    now,
  );
  return [...verdicts.values()].every(({ effect }) => effect !== "deny");
}

function readAs(text: string, { grant }: Parameters<typeof trialQuery>[1], question: Question) {
  const { person, consumer, now, signal } = question;
  const { terms, seals, feed } = question.ministry;
  const plan = terms.compile(text);
  const evidence = {
    receiptsOf: feed.receiptsOf.bind(feed),
    statusOf: feed.statusOf.bind(feed),
    usesOf: () => 0,
    seals,
    policy: terms.policy,
  };
  const asked = { consumer, purpose: grant.purpose, basis: grant.basis, plan };
  return terms.ministry.read(plan, {
    persons: [person],
    variables: {},
    withhold: (rows) => judgeRows(rows, asked, evidence, now).map(({ withheld }) => withheld),
    consenting: null,
    refOf: (one) => seals.seal(one),
    binding: { consumer, agreement: grant.agreement },
    now,
    signal,
  });
}
