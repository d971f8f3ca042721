import type { B64u, SubjectRef } from "#libs/terms";
import { admittedDisclosures } from "../disclosures.js";
import { type CallerPart, type OutcomePart, type RecordKind, type RequestPart } from "../record-parts.js";
import { admittedPayload } from "../record.js";
import type { StoredRecord } from "../storage.js";
import type { HitSection } from "./search.js";

/** What can be searched of one record, as its JWT and its disclosures say it. */
export interface SearchEntry {
  readonly index: number;
  readonly at: Date;
  /** When an adapter no longer takes it. */
  readonly exp: Date;
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

/** A record as it lies in the log. */
export type KeptRecord = Pick<StoredRecord, "index" | "at" | "jwt" | "disclosures">;

/** What is erased is left out. Throws RECORD_REJECTED for disclosures that are not the record's. */
export function readEntry({ index, at, jwt, disclosures }: KeptRecord): SearchEntry {
  const payload = admittedPayload(jwt);
  const { named, sections } = admittedDisclosures(disclosures ?? [], payload);
  const request = named.get("request") as RequestPart | undefined;
  const { kind, iss, jti, parent } = payload;
  return {
    index,
    at,
    exp: new Date(payload.exp * 1000),
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
export function bareEntry({ index, at, jwt }: KeptRecord): SearchEntry {
  const { kind, iss, jti, parent, exp } = admittedPayload(jwt);
  const nothing = { caller: undefined, sections: [], denied: [], refused: undefined, outcome: undefined };
  return { index, at, exp: new Date(exp * 1000), kind, iss, jti, parent, ...nothing };
}
