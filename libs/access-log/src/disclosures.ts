import { z } from "zod";
import { fromB64u, type SubjectRef, WeftError } from "#libs/terms";
import { disclosureDigest, type RecordPayload } from "./record.js";
import { recordIdForm, subjectRef } from "./forms.js";
import { namedParts, type PartName } from "./named-parts.js";
import { CallerProof, DisclosedSection, type Section } from "./record-parts.js";

/**
 * Reading disclosures back, strictly: each is in the printed form, is referred to exactly once by the JWT or by a section that is
 * itself disclosed, and says nothing that its schema does not know.
 */
export interface DisclosedParts {
  readonly named: ReadonlyMap<PartName, unknown>;
  /** In the order given. A section shows only the subjects that were disclosed with it. */
  readonly sections: readonly DisclosedSectionView[];
  /** Digests of `sections` whose disclosure was not given: decoys, and what others are shown. */
  readonly hidden: readonly string[];
}

export interface DisclosedSectionView {
  readonly section: Section;
  /** How many subjects the section refers to; more than disclosed means that some were held back. */
  readonly referred: number;
  /** Whether the section refers to a caller's proof; without one in it, it was held back. */
  readonly refersProof: boolean;
}

interface Disclosure {
  readonly digest: string;
  readonly name: string | undefined;
  readonly value: unknown;
}

const SALT = recordIdForm;

/** How the form of a disclosure is judged, and of what it says. */
interface Judge {
  readonly read: (text: string) => Disclosure;
  readonly checked: <T>(schema: z.ZodType<T>, value: unknown) => T;
}

/** Throws RECORD_REJECTED where a disclosure is malformed, given twice, or not referred to. */
export function readDisclosures(texts: readonly string[], payload: RecordPayload): DisclosedParts {
  return readAs({ read: readDisclosure, checked }, texts, payload);
}

/**
 * Of a record that the log took: what has the digest that its JWT refers to was judged when it came, and is not again. That is most of what
 * reading costs. Throws RECORD_REJECTED where something else is there than what the JWT refers to.
 */
export function admittedDisclosures(texts: readonly string[], payload: RecordPayload): DisclosedParts {
  return readAs({ read: admittedDisclosure, checked: (_schema, value) => value as never }, texts, payload);
}

function readAs(
  judge: Judge,
  texts: readonly string[],
  { _sd: references, sections: elements }: RecordPayload,
): DisclosedParts {
  const given = new Map<string, Disclosure>();
  for (const text of texts) {
    const disclosure = judge.read(text);
    if (given.has(disclosure.digest)) throw refused("a disclosure is given twice");
    given.set(disclosure.digest, disclosure);
  }
  const take = taker(given);
  const named = new Map<PartName, unknown>();
  for (const digest of references) {
    const part = take(digest, "named");
    if (part) addNamed(judge, named, part);
  }
  const hidden: string[] = [];
  const sections = elements.flatMap(({ "...": digest }) => {
    const element = take(digest, "element");
    if (!element) hidden.push(digest);
    return element ? [readSection(judge, element.value, take)] : [];
  });
  if (given.size > 0) throw refused("a disclosure is not referred to");
  return { named, sections, hidden };
}

/** One JWT's references must differ, or one disclosure could be read twice. */
export function assertDistinctReferences({ _sd, sections }: RecordPayload): void {
  const all = [..._sd, ...sections.map(({ "...": digest }) => digest)];
  if (new Set(all).size !== all.length) throw refused("a digest is referred to twice");
}

type Take = (digest: string, form: "named" | "element") => Disclosure | undefined;

/** Takes each disclosure out once; what is left at the end was not referred to. */
function taker(given: Map<string, Disclosure>): Take {
  return (digest, form) => {
    const found = given.get(digest);
    if (!found) return undefined;
    if ((found.name === undefined) !== (form === "element")) throw refused("a disclosure is of the wrong form");
    given.delete(digest);
    return found;
  };
}

function addNamed({ checked }: Judge, named: Map<PartName, unknown>, { name, value }: Disclosure): void {
  if (name === undefined || !Object.hasOwn(namedParts, name)) throw refused("a disclosure has an unknown name");
  const partName = name as PartName;
  if (named.has(partName)) throw refused("a name is disclosed twice");
  named.set(partName, checked<unknown>(namedParts[partName], value));
}

function readSection({ checked }: Judge, value: unknown, take: Take): DisclosedSectionView {
  const section = checked(DisclosedSection, value);
  const subjects = section.subjects.flatMap(({ "...": digest }): SubjectRef[] => {
    const element = take(digest, "element");
    return element ? [checked(subjectRef, element.value)] : [];
  });
  const proof = section.callerProof && take(section.callerProof["..."], "element");
  const callerProof = proof ? checked(CallerProof, proof.value) : null;
  const refersProof = section.callerProof !== null;
  return { section: { ...section, subjects, callerProof }, referred: section.subjects.length, refersProof };
}

/** `[salt, name, value]` or `[salt, value]`, printed without spaces: there is one text for one meaning. */
function readDisclosure(text: string): Disclosure {
  const json = fromB64u(text)?.toString("utf8");
  const parts = json === undefined ? undefined : parseCanonical(json);
  if (!Array.isArray(parts)) throw refused("a disclosure is not well-formed");
  const [salt, second, third] = parts as unknown[];
  const named = parts.length === 3;
  if ((!named && parts.length !== 2) || typeof salt !== "string" || !SALT.test(salt)) {
    throw refused("a disclosure is not well-formed");
  }
  if (named && typeof second !== "string") throw refused("a disclosure is not well-formed");
  return {
    digest: disclosureDigest(text),
    name: named ? (second as string) : undefined,
    value: named ? third : second,
  };
}

function admittedDisclosure(text: string): Disclosure {
  let parts: unknown[];
  try {
    parts = JSON.parse(Buffer.from(text, "base64url").toString("utf8")) as unknown[];
  } catch {
    throw refused("a disclosure is not well-formed");
  }
  const [, name, value] = parts;
  const digest = disclosureDigest(text);
  return parts.length === 3 ? { digest, name: name as string, value } : { digest, name: undefined, value: name };
}

/** Printing again and comparing refuses duplicate members, spaces and odd escapes in one step. */
function parseCanonical(json: string): unknown {
  try {
    const value: unknown = JSON.parse(json);
    return JSON.stringify(value) === json ? value : undefined;
  } catch {
    return undefined;
  }
}

function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (!result.success) throw refused("a disclosure does not fit its schema");
  return result.data;
}

function refused(detail: string): WeftError {
  return new WeftError("RECORD_REJECTED", { detail: `access record: ${detail}` });
}
