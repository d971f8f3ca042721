import type { Suspension } from "#libs/access-log";
import { type Contracts, covers } from "#libs/contracts";
import type { Coordinate } from "#libs/terms";
import type { AgreementAnswer, AgreementStanding, AgreementSummary, AgreementUseAnswer } from "./agreements-api.js";
import { agreementPage, type AgreementTerms } from "./agreement-page.js";
import { namesOf } from "./names.js";
import type { Reviewer } from "./reviewer.js";

type Signed = Contracts["agreements"][number];

/** Milliseconds before its end in which an agreement is soon over. */
const SOON = 60 * 86_400_000;

/** How it stands at a moment: what both sides signed, unless its provider stopped it at once. */
export function standingOf({ state, valid }: Signed["agreement"], isStopped: boolean, now: Date): AgreementStanding {
  if (state === "terminated") return "terminated";
  if (isStopped || state === "suspended") return "suspended";
  const [from, until] = [Date.parse(valid.from), Date.parse(valid.until)];
  if (now.getTime() > until) return "over";
  if (now.getTime() < from) return "later";
  return until - now.getTime() < SOON ? "soon" : "active";
}

export interface Circumstances {
  readonly contracts: Contracts;
  readonly suspensions: readonly Suspension[];
  readonly reviewer: Pick<Reviewer, "organisation" | "roles">;
  readonly language: string;
  readonly now: Date;
}

export function summaryOf(signed: Signed, around: Circumstances): AgreementSummary {
  const { agreement: it } = signed;
  const { suspensions, reviewer, language, now } = around;
  const stopped = suspensions.find((one) => covers(one, signed));
  const standing = standingOf(it, stopped !== undefined, now);
  const isOpen = standing === "active" || standing === "soon" || standing === "later";
  return {
    agreement: it.agreement,
    version: it.version,
    standing,
    provider: it.provider,
    consumer: it.consumer,
    summary: it.summary[language] ?? Object.values(it.summary)[0] ?? "",
    from: it.valid.from,
    until: it.valid.until,
    purposes: it.grants.map(({ purpose }) => purpose),
    fields: new Set(it.grants.flatMap(coordinatesOf)).size,
    ...(stopped && {
      suspended: {
        at: stopped.at.toISOString(),
        reason: stopped.reason as NonNullable<AgreementSummary["suspended"]>["reason"],
        record: stopped.record,
      },
    }),
    mayStop: isOpen && mayStop(it, reviewer),
  };
}

/** Whoever answers for the data ends its use; the other side can stop asking. */
export function mayStop(
  { provider }: Pick<Signed["agreement"], "provider">,
  { organisation, roles }: Circumstances["reviewer"],
): boolean {
  return organisation === provider && roles.includes("dpo");
}

/** An agreement as its signers should be able to read it: between whom, for how long, what for, which fields, within which limits. */
export function termsOf(signed: Signed, around: Circumstances): AgreementAnswer {
  const { agreement: it, digest, registered = [], signedBy = [] } = signed;
  const { contracts, language } = around;
  const names = namesOf(contracts, language);
  const { personsPerRequest, personsPerOfficerDay, oldestData } = it.limits;
  const terms: AgreementTerms = {
    ...summaryOf(signed, around),
    digest,
    meaning: it.meaning,
    grants: it.grants.map((grant) => ({
      purpose: grant.purpose,
      basis: grant.basis,
      provision: grant.provision,
      subjects: grant.subjects,
      fields: coordinatesOf(grant).map((coordinate) => ({ coordinate, label: names.field(coordinate) })),
      filters: grant.filters,
      ...(grant.notice && { notice: grant.notice }),
    })),
    limits: {
      personsPerRequest,
      ...(personsPerOfficerDay !== undefined && { personsPerOfficerDay }),
      ...(oldestData !== undefined && { oldestData }),
    },
    duties: it.duties,
    operations: {
      mode: it.operations.mode,
      registered: registered.map(({ name, suspended }) => ({ name, suspended })),
    },
    signatures: signedBy.map(({ organisation, kid, signedAt }) => {
      const key = contracts.registry.organisations[organisation]?.keys.find((one) => one.kid === kid);
      const validity = key && { keyFrom: key.from, keyUntil: key.until };
      return { organisation, key: kid, ...(signedAt && { signedAt: signedAt.toISOString() }), ...validity };
    }),
  };
  return { ...terms, page: agreementPage(terms, names, language) };
}

/** What of the grant was asked for. A field that was not counted was never asked for only where all accesses were counted. */
export function useOf(
  { agreement }: Signed,
  counted: readonly { readonly value: string; readonly count: number }[],
  label: (coordinate: Coordinate) => string,
): AgreementUseAnswer["fields"] {
  const counts = new Map(counted.map(({ value, count }) => [value, count]));
  return [...new Set(agreement.grants.flatMap(coordinatesOf))]
    .map((coordinate) => ({ coordinate, label: label(coordinate), accesses: counts.get(coordinate) ?? 0 }))
    .sort((a, b) => b.accesses - a.accesses || (a.coordinate < b.coordinate ? -1 : 1));
}

function coordinatesOf({ fields }: Signed["agreement"]["grants"][number]): Coordinate[] {
  return Object.entries(fields).flatMap(([type, list]) => list.map((field) => `${type}.${field}` as Coordinate));
}
