import { z } from "zod";
import type { Contracts } from "#libs/contracts";
import type { Coordinate, PurposeCode } from "#libs/terms";
import { namesOf } from "../names.js";
import { toldNow } from "./delay.js";
import { type FoundAccess, joined } from "./found.js";
import { letterWords } from "./letter-words.js";
import type { PersonRequest } from "./request.js";
import { LetterLanguage, Period } from "./request-api.js";

/**
 * "Who looked at my data", GDPR Art. 15: what a person takes home. `access-letter+jws`, signed by the console: the flattened JSON form of RFC
 * 7515, so that the file is JSON. Each access carries its own proof, which needs neither the letter nor whoever wrote it.
 */
export const LETTER_TYP = "access-letter+jws";

const instant = z.iso.datetime({ offset: false });
const said = z.strictObject({ code: z.string(), words: z.string() }).readonly();

export const LetterAccess = z
  .strictObject({
    at: instant,
    consumer: said.describe("The organisation that asked."),
    staff: z
      .string()
      .describe("As in A: the same letter is the same person of that organisation, in this letter alone."),
    purpose: said,
    outcome: z.string().optional().describe("answered, partial, refused, interrupted or open."),
    sources: z
      .array(
        z
          .strictObject({
            provider: said,
            agreement: z.string(),
            version: z.int(),
            basis: said,
            provision: z.string().optional().describe("Of law, as the agreement names it now."),
            categories: z.array(said).readonly(),
          })
          .readonly(),
      )
      .readonly(),
    proof: z
      .strictObject({
        index: z.int(),
        jwt: z.string(),
        disclosures: z.array(z.string()).readonly(),
        proof: z.string().describe("c2sp.org/tlog-proof@v1"),
      })
      .readonly(),
  })
  .readonly();
export type LetterAccess = z.infer<typeof LetterAccess>;

export const AccessLetter = z
  .strictObject({
    v: z.literal(1),
    iss: z.string().describe("review:…, the console."),
    /** Seconds. */
    iat: z.int(),
    language: LetterLanguage,
    number: z.string().describe("The request's, at the organisation that answers."),
    organisation: said,
    period: Period,
    log: z.string(),
    covers: z
      .array(z.strictObject({ organisation: said, state: z.enum(["complete", "missing", "declined"]) }).readonly())
      .readonly(),
    accesses: z.array(LetterAccess).readonly(),
    withheld: z.int().min(0).describe("Accesses of which a law lets the person hear later."),
    says: z.array(z.string()).readonly().describe("What it covers, and what it does not prove."),
    pdf: z
      .string()
      .regex(/^sha-256:[A-Za-z0-9_-]{43}$/)
      .optional()
      .describe("Digest of the same letter in print."),
  })
  .readonly();
export type AccessLetter = z.infer<typeof AccessLetter>;

export interface LetterOf {
  readonly request: Pick<PersonRequest, "number" | "organisation" | "period" | "parts" | "language">;
  /** What the house itself found. */
  readonly own: readonly FoundAccess[];
  /** Whether it sees all organisations' records. */
  readonly seesAll: boolean;
  readonly iss: string;
  readonly log: string;
}

/** The letter as it is signed, but for the digest of its print. */
export function letterOf({ request, own, seesAll, iss, log }: LetterOf, contracts: Contracts, now: Date): AccessLetter {
  const { language, organisation, parts, period, number } = request;
  const names = namesOf(contracts, language);
  const words = letterWords[language];
  const nameOf = (code: string) => ({ code, words: names.organisation(code) });
  const { told, withheld } = toldNow(joined([own, ...parts.map(({ accesses }) => accesses)]), contracts, now);
  const staff = staffLetters(told);
  const covers = [
    { organisation: nameOf(organisation), state: "complete" as const },
    ...parts.map((part) => ({ organisation: nameOf(part.organisation), state: stateOf[part.state] })),
  ];
  function accessOf(found: FoundAccess, letter: string): LetterAccess {
    const { at, consumer, purpose, outcome, sections, index, jwt, disclosures, proof } = found;
    return {
      at,
      consumer: nameOf(consumer),
      staff: letter,
      purpose: { code: purpose, words: names.purpose(purpose as PurposeCode) },
      ...(outcome !== undefined && { outcome }),
      sources: sections.map(({ provider, agreement, version, basis, coordinates }) => {
        const provision = names.provision(agreement as never, purpose as PurposeCode);
        return {
          provider: nameOf(provider),
          agreement,
          version,
          basis: { code: basis, words: words.bases[basis] ?? basis },
          ...(provision !== undefined && { provision }),
          categories: categoriesOf(coordinates, contracts).map((code) => ({
            code,
            words: words.categories[code] ?? code,
          })),
        };
      }),
      proof: { index, jwt, disclosures, proof },
    };
  }
  return {
    v: 1,
    iss,
    iat: Math.floor(now.getTime() / 1000),
    language,
    number,
    organisation: nameOf(organisation),
    period,
    log,
    covers,
    accesses: told.map((access) => accessOf(access, staff(access))),
    withheld,
    says: [seesAll ? words.coversAll : words.coversHouses, ...words.provesNot],
  };
}

const stateOf = { asked: "missing", contributed: "complete", declined: "declined" } as const;

/** Categories of personal data, each once; what tells nothing of a person by itself has none. */
export function categoriesOf(coordinates: readonly string[], { rules }: Pick<Contracts, "rules">): string[] {
  const categories = coordinates.map((coordinate) => rules.get(coordinate as Coordinate)?.category);
  return [...new Set(categories.filter((category) => category !== undefined && category !== "pseudonym"))] as string[];
}

/** A, B, … Z, AA: by the order in which each organisation's officers first looked. */
function staffLetters(found: readonly FoundAccess[]): (access: FoundAccess) => string {
  const seen = new Map<string, string[]>();
  for (const { consumer, officer } of found.toReversed()) {
    const officers = seen.get(consumer) ?? [];
    if (!officers.includes(officer)) seen.set(consumer, [...officers, officer]);
  }
  return ({ consumer, officer }) => letterAt(seen.get(consumer)?.indexOf(officer) ?? 0);
}

export function letterAt(n: number): string {
  const last = String.fromCodePoint(65 + (n % 26));
  return n < 26 ? last : letterAt(Math.floor(n / 26) - 1) + last;
}
