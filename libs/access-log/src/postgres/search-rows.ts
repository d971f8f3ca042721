import type { B64u, OrgId, PartyId, SubjectRef } from "#libs/terms";
import { sha256 } from "#libs/terms";
import type { CallerPart, OutcomePart, RecordKind } from "../record-parts.js";
import type { EntrySection, SearchEntry } from "../search/entry.js";
import type { Indexed } from "../search/matches.js";
import { isFirstIntent } from "../storage.js";

/** How a record lies in `search_record`, and back. */
export interface SearchRow {
  readonly index: number | string;
  readonly at: Date;
  readonly kind: RecordKind;
  readonly iss: string;
  readonly jti: B64u;
  readonly parent: B64u | null;
  readonly access: number | string | null;
  readonly concluded_by: number | string | null;
  readonly outcome: string | null;
  readonly consumer: OrgId | null;
  readonly client: PartyId | null;
  readonly officer: PartyId | null;
  readonly purpose: string | null;
  readonly case_id: string | null;
  readonly tags: readonly string[];
  readonly said: Said;
  readonly told: Told | null;
}

export interface PersonRow {
  readonly ref: Buffer;
  readonly index: number | string;
  readonly at: Date;
  readonly provider: OrgId;
  readonly alias: boolean;
}

/** Persons are in rows of their own. */
interface Said extends Pick<SearchEntry, "denied"> {
  readonly caller: CallerPart | null;
  readonly sections: readonly Omit<EntrySection, "subjects">[];
  readonly refused: SearchEntry["refused"] | null;
}

/** Null: what it said is erased. */
export interface Told {
  readonly outcome: OutcomePart | null;
}

export const tag = {
  provider: (org: string) => `provider|${org}`,
  coordinate: (name: string) => `coordinate|${name}`,
  agreement: (id: string) => `agreement|${id}`,
  /** The same as only this provider sees it. */
  seenBy: (org: string, seen = "") => `${org}|${seen}`,
};

export function rowOf({ entry, access, conclusion }: Indexed): SearchRow {
  const { index, at, kind, iss, jti, parent, caller, sections, denied, refused } = entry;
  const teller = kind === "outcome" ? entry : conclusion;
  return {
    index,
    at,
    kind,
    iss,
    jti,
    parent: parent ?? null,
    access: access ?? null,
    concluded_by: conclusion?.index ?? null,
    outcome: teller ? statusOf(teller) : isFirstIntent(entry) ? "open" : null,
    consumer: caller?.consumer ?? null,
    client: caller?.client ?? null,
    officer: caller?.officer ?? null,
    purpose: caller?.purpose ?? null,
    case_id: caller?.case ?? null,
    tags: [...new Set([...sections.flatMap(tagsOf), ...(teller ? sourceTags(teller) : [])])],
    said: {
      caller: caller ?? null,
      sections: sections.map(({ provider, agreement, version, basis, coordinates, entry: list, persons }) => ({
        provider,
        agreement,
        version,
        basis,
        coordinates,
        entry: list,
        persons,
      })),
      denied,
      refused: refused ?? null,
    },
    told: teller ? toldBy(teller) : null,
  };
}

/** What a row becomes when this outcome concludes it. */
export function conclusionOf(teller: SearchEntry) {
  return { concluded_by: teller.index, outcome: statusOf(teller), told: toldBy(teller), tags: sourceTags(teller) };
}

function statusOf({ outcome }: SearchEntry): string {
  return outcome?.status ?? "erased";
}

function toldBy({ outcome }: SearchEntry): Told {
  if (!outcome) return { outcome: null };
  return { outcome: { ...outcome, sources: outcome.sources.map((source) => ({ ...source, aliases: [] })) } };
}

function tagsOf({ provider, agreement, coordinates }: EntrySection): string[] {
  const whole = [tag.provider(provider), tag.agreement(agreement), ...coordinates.map(tag.coordinate)];
  return [tag.seenBy(provider), ...whole, ...whole.map((seen) => tag.seenBy(provider, seen))];
}

function sourceTags({ outcome }: SearchEntry): string[] {
  return (outcome?.sources ?? []).map(({ provider }) => tag.seenBy(provider));
}

/** The persons that a record names, and those that its outcome adds: both are found at the record. */
export function personsOf({ index, at, sections }: SearchEntry): PersonRow[] {
  return sections.flatMap(({ provider, subjects }) =>
    subjects.map((ref) => ({ ref: refKey(ref), index, at, provider, alias: false })),
  );
}

export function aliasesOf({ index, at }: Pick<SearchRow, "index" | "at">, { outcome }: SearchEntry): PersonRow[] {
  return (outcome?.sources ?? []).flatMap(({ provider, aliases }) =>
    aliases.map((ref) => ({ ref: refKey(ref), index, at, provider, alias: true })),
  );
}

export function refKey(ref: SubjectRef): Buffer {
  return sha256(ref).subarray(0, 16);
}

/** With only the persons that were asked for. */
export function indexedOf(row: SearchRow, persons: readonly PersonRow[], asked: readonly SubjectRef[]): Indexed {
  const { index, at, kind, iss, jti, parent, access, concluded_by: concludedBy, said, told } = row;
  const keys = asked.map((ref) => ({ ref, key: refKey(ref) }));
  const named = (provider: OrgId, alias: boolean): SubjectRef[] => {
    const own = persons.filter((person) => person.provider === provider && person.alias === alias);
    return keys.filter(({ key }) => own.some(({ ref }) => key.equals(ref))).map(({ ref }) => ref);
  };
  const outcome = told?.outcome && {
    ...told.outcome,
    sources: told.outcome.sources.map((source) => ({ ...source, aliases: named(source.provider, true) })),
  };
  const entry: SearchEntry = {
    index: Number(index),
    at,
    kind,
    iss,
    jti,
    parent: parent ?? undefined,
    caller: said.caller ?? undefined,
    sections: said.sections.map((section) => ({
      ...section,
      entry: section.entry ?? undefined,
      subjects: named(section.provider, false),
    })),
    denied: said.denied,
    refused: said.refused ?? undefined,
    outcome: kind === "outcome" ? (outcome ?? undefined) : undefined,
  };
  const teller = { ...entry, sections: [], outcome: outcome ?? undefined };
  const conclusion = concludedBy === null ? undefined : { ...teller, index: Number(concludedBy) };
  return { entry, access: access === null ? undefined : Number(access), conclusion };
}
