import type { PurposeCode } from "#libs/terms";
import type { AgreementAnswer, AgreementPage } from "./agreements-api.js";
import { type AgreementPageWords, agreementPageWords, isRightToLeft } from "./agreement-page-words.js";
import type { Names } from "./names.js";

export type AgreementTerms = Omit<AgreementAnswer, "page">;
type Fact = AgreementPage["sides"]["facts"][number];

/**
 * An agreement on one page, in the words of one language: between whom, for how long, what for, which fields, within which limits, and who
 * signed which text. The one place that says it: in the console, in a terminal and in print.
 */
export function agreementPage(terms: AgreementTerms, names: Names, language: string): AgreementPage {
  const words = agreementPageWords(language);
  return {
    language,
    rtl: isRightToLeft(language),
    title: terms.agreement,
    standing: isSigned(terms) ? words.standing[terms.standing] : words.proposed,
    summary: terms.summary,
    sides: { title: words.sides, facts: sidesOf(terms, names, words, language) },
    grants: { title: words.grants, each: terms.grants.map((grant) => grantOf(grant, names, words, language)) },
    signed: {
      title: words.signed,
      hint: words.signedHint(dayIn(terms.from, language)),
      facts: [
        ...signersOf(terms, names, words, language),
        { name: words.digest, value: terms.digest },
        { name: words.meaning, value: terms.meaning },
      ],
    },
  };
}

/** A house rule has one side. */
const sidesIn = ({ provider, consumer }: AgreementTerms) => [...new Set([provider, consumer])];

function isSigned(terms: AgreementTerms): boolean {
  return sidesIn(terms).every((side) => terms.signatures.some(({ organisation }) => organisation === side));
}

function sidesOf(terms: AgreementTerms, names: Names, words: AgreementPageWords, language: string): Fact[] {
  const { limits, duties, operations } = terms;
  const where = (value: string | undefined, name: string): Fact[] =>
    value === undefined ? [] : [{ name, value: durationIn(value, language) }];
  const organisation = (id: string) => `${names.organisation(id)} (${id})`;
  return [
    { name: words.gives, value: organisation(terms.provider) },
    { name: words.asks, value: organisation(terms.consumer) },
    { name: words.inForce, value: words.period(dayIn(terms.from, language), dayIn(terms.until, language)) },
    { name: words.version, value: String(terms.version) },
    { name: words.request, value: personsIn(limits.personsPerRequest, words, language) },
    ...(limits.personsPerOfficerDay === undefined
      ? []
      : [{ name: words.officerDay, value: personsIn(limits.personsPerOfficerDay, words, language) }]),
    ...where(limits.oldestData, words.oldest),
    { name: words.retention, value: durationIn(duties.retention, language) },
    { name: words.onward, value: words.onwards[duties.onward] },
    ...where(duties.records, words.records),
    { name: words.operations, value: words.modes[operations.mode] },
    ...operations.registered.map(({ name, suspended }) => ({
      name: words.operation,
      value: suspended ? words.suspendedOperation(name) : name,
    })),
  ];
}

function grantOf(
  grant: AgreementTerms["grants"][number],
  names: Names,
  words: AgreementPageWords,
  language: string,
): AgreementPage["grants"]["each"][number] {
  const ground = words.ground(words.bases[grant.basis] ?? grant.basis, grant.provision);
  return {
    purpose: names.purpose(grant.purpose as PurposeCode),
    ground: `${ground} ${words.subjects[grant.subjects]}`,
    fields: grant.fields,
    notes: [
      ...(grant.notice ? [words.notice(durationIn(grant.notice.delay, language), grant.notice.provision)] : []),
      ...(grant.filters.length === 0 ? [] : [`${words.filters}: ${grant.filters.join(words.join)}`]),
    ],
  };
}

/** Each side, signed or not: when it was signed is the signer's own word, by which key is what counts. */
function signersOf(terms: AgreementTerms, names: Names, words: AgreementPageWords, language: string): Fact[] {
  return sidesIn(terms).map((organisation) => {
    const signature = terms.signatures.find((one) => one.organisation === organisation);
    const name = names.organisation(organisation);
    if (signature === undefined) return { name, value: words.notSigned };
    const { key, signedAt, keyFrom, keyUntil } = signature;
    const said = [
      ...(signedAt === undefined ? [] : [words.signedAt(momentIn(signedAt, language))]),
      words.signedWith(key),
      ...(keyFrom === undefined || keyUntil === undefined
        ? []
        : [words.theirs(dayIn(keyFrom, language), dayIn(keyUntil, language))]),
    ];
    return { name, value: said.join(words.join) };
  });
}

function personsIn(count: number, { persons }: AgreementPageWords, language: string): string {
  const form = persons[new Intl.PluralRules(language).select(count)] ?? persons.other;
  return form.replace("#", String(count));
}

const units = { Y: "year", M: "month", W: "week", D: "day" } as const;

/** `P30D` as "30 days"; what is not made of days, weeks, months and years stays as it is. */
function durationIn(duration: string, language: string): string {
  if (!/^P(\d+[YMWD])+$/.test(duration)) return duration;
  const parts = [...duration.matchAll(/(\d+)([YMWD])/g)].map(([, number, unit]) =>
    new Intl.NumberFormat(localeOf(language), {
      style: "unit",
      unit: units[unit as keyof typeof units],
      unitDisplay: "long",
    }).format(Number(number)),
  );
  return new Intl.ListFormat(language).format(parts);
}

/** Latin digits everywhere: they are the same on paper, on a form and on the telephone. */
const localeOf = (language: string) => (language === "ar" ? "ar-u-nu-latn" : language);

function dayIn(at: string, language: string): string {
  return new Intl.DateTimeFormat(localeOf(language), { dateStyle: "medium", timeZone: "UTC" }).format(new Date(at));
}

function momentIn(at: string, language: string): string {
  const style = { dateStyle: "medium", timeStyle: "medium", timeZone: "UTC" } as const;
  return `${new Intl.DateTimeFormat(localeOf(language), style).format(new Date(at))} UTC`;
}
