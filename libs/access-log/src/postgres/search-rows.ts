import type { B64u, OrgId, PartyId, SubjectRef } from "#libs/terms";
import { sha256 } from "#libs/terms";
import type { RecordKind } from "../record-parts.js";
import type { EntrySection, SearchEntry } from "../search/entry.js";
import type { Indexed } from "../search/matches.js";
import { isFirstIntent } from "../storage.js";

/** What a record is found and counted by, as it lies in `search_record`. What it says is read from the log. */
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
  /** Of a first intent that is open, or was. */
  readonly exp: Date | null;
}

export interface PersonRow {
  readonly ref: Buffer;
  readonly index: number | string;
  readonly at: Date;
  readonly provider: OrgId;
  readonly alias: boolean;
}

export const tag = {
  provider: (org: string) => `provider|${org}`,
  coordinate: (name: string) => `coordinate|${name}`,
  agreement: (id: string) => `agreement|${id}`,
  /** The same as only this provider sees it. */
  seenBy: (org: string, seen = "") => `${org}|${seen}`,
};

export function rowOf({ entry, access, conclusion }: Indexed): SearchRow {
  const { index, at, exp, kind, iss, jti, parent, caller, sections } = entry;
  const teller = kind === "outcome" ? entry : conclusion;
  return {
    index,
    at,
    kind,
    iss,
    jti,
    parent: parent ?? null,
    exp: !teller && isFirstIntent(entry) ? exp : null,
    access: access ?? null,
    concluded_by: conclusion?.index ?? null,
    outcome: teller ? statusOf(teller) : isFirstIntent(entry) ? "open" : null,
    consumer: caller?.consumer ?? null,
    client: caller?.client ?? null,
    officer: caller?.officer ?? null,
    purpose: caller?.purpose ?? null,
    case_id: caller?.case ?? null,
    tags: [...new Set([...sections.flatMap(tagsOf), ...(teller ? sourceTags(teller) : [])])],
  };
}

/** What a row becomes when this outcome concludes it. */
export function conclusionOf(teller: SearchEntry) {
  return { concluded_by: teller.index, outcome: statusOf(teller), tags: sourceTags(teller) };
}

function statusOf({ outcome }: SearchEntry): string {
  return outcome?.status ?? "erased";
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
