import type { Hit as LogHit, Look, ReviewAnswer } from "#libs/access-log";
import { codes, isCode, type SubjectRef } from "#libs/terms";
import type { CoordinateDecision, Hit, RecordAnswer, SearchAnswer, SearchRequest, Terms } from "./api.js";
import type { Names } from "./names.js";
import type { OpenRecord } from "./record-words.js";

/** Between the log's words and the pages': sealed references stay on the server. */

export type TermsOfLook = Extract<Look, { kind: "search" }>["query"];

export function queryOf(
  { persons: _typed, ...terms }: Terms,
  subjects: readonly SubjectRef[] | undefined,
): TermsOfLook {
  return { ...(terms as TermsOfLook), ...(subjects && { subjects }) };
}

export function searchLookOf(
  { limit = 50, before, facets = [], every }: SearchRequest,
  query: TermsOfLook,
): Extract<Look, { kind: "search" }> {
  return { kind: "search", query, limit, facets, ...(before !== undefined && { before }), ...(every && { every }) };
}

export function searchAnswerOf(record: number, { status, page, counts }: ReviewAnswer): SearchAnswer {
  const { hits = [], next } = page ?? {};
  return {
    record,
    status,
    hits: hits.map(hitOf),
    ...(next !== undefined && { next }),
    ...(counts && {
      counts: {
        ...counts,
        timeline: counts.timeline.map(({ from, count }) => ({ from: from.toISOString(), count })),
      },
    }),
  };
}

export function hitOf({ at, access, caller, sections, refused, outcome, ...hit }: LogHit): Hit {
  return {
    index: hit.index,
    at: at.toISOString(),
    kind: hit.kind,
    denied: hit.denied,
    ...(access !== undefined && { access }),
    ...(caller && { caller }),
    ...(refused && { refused }),
    sections: sections.map(({ subjects, entry, ...section }) => ({
      ...section,
      ...(entry !== undefined && { entry }),
      namesPerson: subjects.length > 0,
    })),
    ...(outcome && {
      outcome: {
        status: outcome.status,
        ...(outcome.index !== undefined && { index: outcome.index }),
        sources: outcome.sources.map(({ subjects, ...source }) => ({ ...source, namesPerson: subjects.length > 0 })),
      },
    }),
  };
}

/** The reason of an emergency, where the record was read with the caller's proof in it. */
export function emergencyOf({ sections }: OpenRecord): RecordAnswer["emergency"] {
  const [said] = sections.flatMap(({ section }) => section.callerProof?.emergency ?? []);
  return said && { reason: said.reason, acr: said.acr, at: new Date(said.authTime * 1000).toISOString() };
}

/** What was decided for each coordinate of a record, as far as it is in scope. */
export function decisionsOf({ caller, sections, denied }: LogHit, names: Names): CoordinateDecision[] {
  const permitted = sections.flatMap(({ provider, agreement, version, basis, coordinates }) =>
    coordinates.map((coordinate) => {
      const provision = names.provision(agreement, caller?.purpose);
      const ground = { provider, agreement, version, basis, ...(provision !== undefined && { provision }) };
      return { coordinate, label: names.field(coordinate), decision: "permit" as const, ...ground };
    }),
  );
  const refused = denied.map(({ coordinate, code }) => ({
    coordinate,
    label: names.field(coordinate),
    decision: "deny" as const,
    code,
    reason: isCode(code) ? codes[code].message : code,
  }));
  return [...permitted, ...refused];
}
