import { parseJws, type SubjectRef } from "#libs/terms";
import { disclosureDigest, RECORD_TYP, RecordPayload } from "../record.js";
import type { CallerPart, DisclosedSection } from "../record-parts.js";
import type { ReviewScope } from "../search/search.js";
import type { StoredRecord } from "../storage.js";

type Told = Pick<StoredRecord, "jwt" | "disclosures">;

/**
 * What a reviewer is shown of a record's disclosures: all of it, or what the record's own ministry was told. Persons only where they were
 * asked about: the others are references that would tell which records are about the same person. What is left still verifies
 * against the JWT. Null once they are erased.
 */
export function disclosedTo(
  scope: ReviewScope,
  { jwt, disclosures }: Told,
  asked: readonly SubjectRef[] = [],
): readonly string[] | null {
  if (disclosures === undefined) return null;
  const { _sd } = RecordPayload.parse(parseJws(jwt, RECORD_TYP).payload);
  const texts = new Map(disclosures.map((text) => [disclosureDigest(text) as string, text]));
  const named = _sd.flatMap((digest) => texts.get(digest) ?? []).map((text) => ({ text, ...readNamed(text) }));
  const caller = named.find(({ name }) => name === "caller");
  const isWhole = "all" in scope || (caller?.value as CallerPart | undefined)?.consumer === scope.organisation;
  const sections = disclosures.flatMap((text) => readSection(text) ?? []);
  const shown = sections.filter(({ aud }) => isWhole || ("organisation" in scope && aud === scope.organisation));
  if (!isWhole && shown.length === 0) return [];
  const parts = isWhole ? named : named.filter(({ name }) => name === "caller");
  const isAsked = (text: string): boolean => (asked as readonly unknown[]).includes(valueOf(text).at(-1));
  return [
    ...parts.map(({ text }) => text),
    ...shown.flatMap(({ text, subjects, proof }) => [
      text,
      ...proof.flatMap((digest) => texts.get(digest) ?? []),
      ...subjects.flatMap((digest) => texts.get(digest) ?? []).filter(isAsked),
    ]),
  ];
}

function readNamed(text: string): { readonly name: unknown; readonly value: unknown } {
  const [, name, value] = valueOf(text);
  return { name, value };
}

/**
 * `[salt, {aud, …, subjects: [{"...": digest}], callerProof: {"...": digest}}]`. The log took the record, so its disclosures are of the known
 * form: of two parts are also a person's reference, a text, and a caller's proof, which names no audience.
 */
function readSection(
  text: string,
): { text: string; aud: string; subjects: readonly string[]; proof: readonly string[] } | undefined {
  const [, section, ...more] = valueOf(text);
  if (more.length > 0 || typeof section !== "object" || section === null) return undefined;
  if (!("aud" in section)) return undefined;
  const { aud, subjects, callerProof } = section as unknown as DisclosedSection;
  const proof = callerProof ? [callerProof["..."]] : [];
  return { text, aud, subjects: subjects.map(({ "...": digest }) => digest), proof };
}

function valueOf(text: string): readonly unknown[] {
  return JSON.parse(Buffer.from(text, "base64url").toString("utf8")) as readonly unknown[];
}
