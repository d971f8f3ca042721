import type { B64u, SubjectRef } from "#libs/terms";
import { readDisclosures } from "../disclosures.js";
import { type CallerPart, type OutcomePart, type RecordKind, type RequestPart } from "../record-parts.js";
import { admittedPayload } from "../record.js";
import type { StoredRecord } from "../storage.js";
import type { HitSection } from "./search.js";

/** What can be searched of one record, as its JWT and its disclosures say it. */
export interface SearchEntry {
  readonly index: number;
  readonly at: Date;
  readonly kind: RecordKind;
  readonly iss: string;
  readonly jti: B64u;
  readonly parent: B64u | undefined;
  readonly caller: CallerPart | undefined;
  readonly sections: readonly EntrySection[];
  readonly denied: RequestPart["denied"];
  readonly refused: RequestPart["refused"] | undefined;
  readonly outcome: OutcomePart | undefined;
}

/** All persons of the section, where a hit shows only those that were searched for. */
export type EntrySection = Omit<HitSection, "subjects"> & { readonly subjects: readonly SubjectRef[] };

/** What is erased is left out. Throws RECORD_REJECTED for what no log would have taken. */
export function readEntry({ index, at, jwt, disclosures }: StoredRecord): SearchEntry {
  const payload = admittedPayload(jwt);
  const { named, sections } = readDisclosures(disclosures ?? [], payload);
  const request = named.get("request") as RequestPart | undefined;
  const { kind, iss, jti, parent } = payload;
  return {
    index,
    at,
    kind,
    iss,
    jti,
    parent,
    caller: named.get("caller") as CallerPart | undefined,
    sections: sections.map(({ section: { aud, agreement, version, basis, fetches, scope, subjects }, referred }) => ({
      provider: aud,
      agreement,
      version,
      basis,
      coordinates: [...new Set(fetches.flatMap(({ coordinates }) => coordinates))],
      entry: scope?.entry,
      persons: referred,
      subjects,
    })),
    denied: request?.denied ?? [],
    refused: request?.refused,
    outcome: named.get("outcome") as OutcomePart | undefined,
  };
}

/** A record whose disclosures nobody can read: that it is there is still shown. */
export function bareEntry({ index, at, kind, jti, parent }: StoredRecord): SearchEntry {
  const nothing = { caller: undefined, sections: [], denied: [], refused: undefined, outcome: undefined };
  return { index, at, kind, iss: "", jti, parent, ...nothing };
}
