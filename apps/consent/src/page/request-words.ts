import { type Asked, type ConsentRecord, recipientOf } from "#libs/consent";
import { type Coordinate, type Digest, digestOf, jcs, type OrgId, type PurposeCode } from "#libs/terms";
import type { World } from "../world.js";
import { type Language, say, type Said } from "./language.js";

/** A request or a consent in the words that the person reads: what the contracts call things. */
export interface RequestWords {
  readonly asker: Said;
  readonly purpose: Said;
  readonly description: Said;
  readonly fields: readonly { readonly coordinate: Coordinate; readonly label: Said; readonly holder: Said }[];
  readonly until: string;
  readonly case?: string | undefined;
  /** A guardian answers, for a ward. */
  readonly asGuardian?: true;
}

export function wordsOfAsked(
  asked: Asked,
  fields: readonly Coordinate[],
  world: World,
  language: Language,
): RequestWords {
  const { organisation, purpose, until } = asked;
  const words = inWords({ organisation, purpose, fields, until }, world, language);
  return {
    ...words,
    ...(asked.case !== undefined && { case: asked.case }),
    ...(asked.guardian !== undefined && { asGuardian: true }),
  };
}

/** Only what tells something by itself: what comes along with it is not on the paper. */
export function wordsOf(record: ConsentRecord, world: World, language: Language): RequestWords {
  const { purposes, pii_information, validity } = record.pii_processing;
  const rules = world.contracts.rules;
  const all = pii_information.flatMap(({ coordinates }) => coordinates);
  const fields = all.filter((one) => !["companion", "reaching"].includes(rules.get(one)?.kind ?? "value"));
  const { purpose } = purposes[0]!;
  const organisation = recipientOf(record) as OrgId;
  const words = inWords({ organisation, purpose, fields, until: validity.until }, world, language);
  return record.guardian_id === undefined ? words : { ...words, asGuardian: true };
}

/** Which of their wards, for a guardian who has several: the end of a number that they know. In the page only, never in the notice. */
export function wardOf({ guardian, principal }: Asked, { seals }: World, keeper: OrgId): string | undefined {
  return guardian === undefined ? undefined : seals.open(keeper, principal).slice(-3);
}

interface Plain {
  readonly organisation: OrgId;
  readonly purpose: PurposeCode;
  readonly fields: readonly Coordinate[];
  readonly until: string;
}

function inWords(
  { organisation, purpose, fields, until }: Plain,
  { contracts }: World,
  language: Language,
): RequestWords {
  const { organisations } = contracts.registry;
  const known = contracts.purposes.get(purpose);
  const nameOf = (org: string) => say(organisations[org]?.name, language, org);
  return {
    asker: nameOf(organisation),
    purpose: say(known?.label, language, purpose),
    description: say(known?.description, language, ""),
    fields: fields.map((coordinate) => {
      const controller = contracts.rules.get(coordinate)?.controller ?? "";
      const labels = contracts.subgraphs.get(controller as OrgId)?.labels ?? {};
      const byLanguage = Object.fromEntries(
        Object.entries(labels).flatMap(([one, texts]) => {
          const [text, type] = [texts[coordinate], texts[typeOf(coordinate)]];
          return text === undefined ? [] : [[one, type === undefined ? text : `${type}: ${text}`]];
        }),
      );
      return { coordinate, label: say(byLanguage, language, coordinate), holder: nameOf(controller) };
    }),
    until,
  };
}

/** A label is read beside its type in the console; here it stands alone. */
const typeOf = (coordinate: Coordinate): string => coordinate.slice(0, coordinate.indexOf("."));

/** What the record keeps of the words that were shown. */
export const noticeOf = (words: RequestWords): Digest => digestOf(jcs(words));
