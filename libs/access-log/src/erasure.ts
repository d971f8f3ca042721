import type { Signer } from "#libs/terms";
import type { ErasurePart } from "./record-parts.js";
import { entryOf, issueRecord } from "./record.js";
import type { Candidate } from "./storage.js";
import { leafHash } from "./tree.js";

/** What is to be erased. References are those under which each provider knows one person: whoever holds the seal brings them. */
export type Erasure =
  | { readonly class: "record"; readonly indexes: readonly number[] }
  | { readonly class: "person"; readonly subjects: readonly string[] }
  /** Everything that was taken before this day, the first of a month; or before any day, what was recorded under one agreement. */
  | { readonly class: "retention"; readonly before: string; readonly agreement?: string };

/** The log's own word, under its own key, that it is asked to erase: in the tree before anything is gone. */
export function erasureRecord(erasure: ErasurePart, origin: string, signer: Signer, now: Date): Candidate {
  const { jwt, jti, disclosures } = issueRecord(
    { kind: "erasure", iss: origin, log: origin, erasure, sections: [] },
    signer,
    now,
  );
  const own = { kind: "erasure" as const, iss: undefined, parent: undefined, requestKey: undefined };
  return { ...own, leaf: leafHash(entryOf(jwt)), jti, exp: new Date(now.getTime() + 30_000), jwt, disclosures };
}
