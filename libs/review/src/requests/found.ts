import { type Hit, RECORD_TYP, readDisclosures, RecordPayload, type ShownRecord } from "#libs/access-log";
import { fromB64u, parseJws, type SubjectRef } from "#libs/terms";

/** One access to one person, in codes, with what proves it and nothing of anybody else. */
export interface FoundAccess {
  readonly index: number;
  /** When the log took it. */
  readonly at: string;
  readonly consumer: string;
  /** Its pseudonym; a letter says "staff member A". */
  readonly officer: string;
  readonly purpose: string;
  readonly outcome?: string;
  readonly sections: readonly FoundSection[];
  readonly jwt: string;
  /** The sections below and the person's own references in them. */
  readonly disclosures: readonly string[];
  /** `c2sp.org/tlog-proof@v1` */
  readonly proof: string;
}

export interface FoundSection {
  readonly provider: string;
  readonly agreement: string;
  readonly version: number;
  readonly basis: string;
  readonly coordinates: readonly string[];
}

type Found = Omit<FoundAccess, "proof">;

/** Undefined where the record says nothing about this person that may be told: nobody knows who asked, or its disclosures were erased. */
export function foundIn(hit: Hit, shown: ShownRecord, subjects: readonly SubjectRef[]): Found | undefined {
  const { caller, outcome } = hit;
  if (!caller || shown.disclosures === null) return undefined;
  const told = new Set(
    [
      ...hit.sections.filter((section) => section.subjects.length > 0),
      ...(outcome?.sources ?? []).filter((source) => source.subjects.length > 0),
    ].map(({ provider }) => provider),
  );
  const sections = hit.sections.filter(({ provider }) => told.has(provider));
  if (sections.length === 0) return undefined;
  return {
    index: hit.index,
    at: hit.at.toISOString(),
    consumer: caller.consumer,
    officer: caller.officer,
    purpose: caller.purpose,
    ...(outcome && { outcome: outcome.status }),
    sections: sections.map(({ provider, agreement, version, basis, coordinates }) => ({
      provider,
      agreement,
      version,
      basis,
      coordinates,
    })),
    jwt: shown.jwt,
    disclosures: narrowed(shown.jwt, shown.disclosures, { told, subjects: new Set(subjects) }),
  };
}

/**
 * Who asked is one disclosure together with the officer and the case, so it is left out: which houses, on what ground, which fields and about
 * whom stands in the sections, and those are left that name this person. What is left verifies against the JWT.
 */
function narrowed(
  jwt: string,
  disclosures: readonly string[],
  keep: { readonly told: ReadonlySet<string>; readonly subjects: ReadonlySet<string> },
): string[] {
  const kept = disclosures.filter((text) => {
    const [, value, ...more] = valueOf(text);
    if (more.length > 0) return false;
    return typeof value === "string" ? keep.subjects.has(value) : keep.told.has((value as { aud: string }).aud);
  });
  readDisclosures(kept, RecordPayload.parse(parseJws(jwt, RECORD_TYP).payload));
  return kept;
}

function valueOf(text: string): readonly unknown[] {
  return JSON.parse(fromB64u(text)?.toString("utf8") ?? "[]") as readonly unknown[];
}

/** Of several houses' parts one list, newest first: the same record, seen from two sides, is one access. */
export function joined(parts: readonly (readonly FoundAccess[])[]): FoundAccess[] {
  const byIndex = Map.groupBy(parts.flat(), ({ index }) => index);
  return [...byIndex.values()]
    .map((same) => {
      const [first] = same as [FoundAccess];
      const sections = new Map(same.flatMap((found) => found.sections.map((section) => [section.provider, section])));
      const disclosures = [...new Set(same.flatMap((found) => found.disclosures))];
      return { ...first, sections: [...sections.values()], disclosures };
    })
    .sort((a, b) => b.index - a.index);
}
