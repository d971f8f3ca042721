import { createElement as h, type ReactElement } from "react";
import { bare, families, paperRenderer, type Renderer } from "#libs/paper";
import { type AccessLetter, type LetterAccess, letterWords, type LetterWords } from "#libs/review";

/**
 * The letter in print (A4): one block for each access, in the person's language and direction. It says what the signed letter says; that one
 * holds its digest.
 */
export async function printLetter(letter: AccessLetter): Promise<Buffer> {
  const renderer = await paperRenderer();
  return renderer.renderToBuffer(paperOf(renderer, letter));
}

const faint = "#4d5560";

/** The renderer's parts with the language's direction. Each text says its own height of line: an inherited one is the page's. */
function partsIn({ Text, View }: Renderer, language: AccessLetter["language"]) {
  const rtl = language === "ar";
  const text = { direction: rtl ? "rtl" : "ltr", textAlign: rtl ? "right" : "left" } as const;
  const lines = { fontSize: 10.5, lineHeight: 1.6 } as const;
  const line = (words: string, style: object = {}): ReactElement =>
    h(Text, { style: { ...text, ...lines, ...style } }, bare(words));
  return {
    line,
    heading: (words: string, style: object = {}) =>
      line(words, { fontSize: 13, lineHeight: 1.5, fontWeight: 700, marginTop: 12, marginBottom: 3, ...style }),
    pair: (label: string, value: string) =>
      h(
        View,
        { style: { flexDirection: rtl ? "row-reverse" : "row" } },
        line(label, { width: 120, color: faint }),
        line(value, { flex: 1 }),
      ),
    comma: rtl ? "، " : ", ",
    block: (content: readonly ReactElement[]) =>
      h(
        View,
        {
          wrap: false,
          style: { marginTop: 8, padding: 10, borderWidth: 1, borderColor: "#9aa1ab", borderRadius: 4 },
        },
        ...content,
      ),
  };
}

type Parts = ReturnType<typeof partsIn>;

function paperOf(renderer: Renderer, letter: AccessLetter) {
  const { Document, Page, Text } = renderer;
  const { language, organisation, period, accesses, withheld, covers, says, number } = letter;
  const words = letterWords[language];
  const parts = partsIn(renderer, language);
  const { line, heading } = parts;
  const content = [
    heading(words.title, { fontSize: 20, marginTop: 0 }),
    line(words.lead(organisation.words, dayOf(period.from, language), dayOf(period.until, language))),
    line(number, { color: faint, direction: "ltr" }),
    ...(accesses.length === 0 ? [line(words.none, { marginTop: 10, fontWeight: 700 })] : []),
    ...accesses.map((access) => blockOf(access, words, parts, language)),
    ...(withheld > 0 ? [line(words.withheld(withheld), { marginTop: 10, fontWeight: 700 })] : []),
    heading(words.covers),
    ...covers.map((it) => line(`${it.organisation.words}: ${words.states[it.state]}`)),
    heading(words.says),
    ...says.map((sentence) => line(sentence)),
    line(words.check, { marginTop: 8 }),
  ];
  const pages = ({ pageNumber, totalPages }: { pageNumber: number; totalPages: number }) =>
    `${pageNumber} / ${totalPages}`;
  return h(
    Document,
    { title: words.title, language, creator: "Weft", producer: "Weft" },
    h(
      Page,
      { size: "A4", style: { padding: 48, paddingBottom: 60, fontFamily: families } },
      ...content,
      h(Text, {
        fixed: true,
        style: {
          position: "absolute",
          bottom: 28,
          left: 48,
          right: 48,
          fontSize: 9,
          lineHeight: 1.4,
          color: faint,
          textAlign: "center",
        },
        render: pages,
      }),
    ),
  );
}

function blockOf(
  access: LetterAccess,
  words: LetterWords,
  parts: Parts,
  language: AccessLetter["language"],
): ReactElement {
  const { at, consumer, staff, purpose, outcome, sources, proof } = access;
  const { line, pair, comma, block } = parts;
  return block([
    line(momentOf(at, language), { fontWeight: 700 }),
    pair(words.asked, `${consumer.words}${comma}${words.staff(staff)}`),
    pair(words.why, purpose.words),
    ...sources.flatMap(({ provider, categories, basis, provision }) => [
      pair(words.from, provider.words),
      pair(words.data, categories.map((category) => category.words).join(comma)),
      pair(words.basis, provision === undefined ? basis.words : `${basis.words} (${provision})`),
    ]),
    ...(outcome === undefined ? [] : [line(words.outcomes[outcome] ?? outcome)]),
    pair(words.place, String(proof.index)),
  ]);
}

/** Latin digits in both languages: they are the same on paper, on a form and on the telephone. */
const localeOf = (language: AccessLetter["language"]) => (language === "ar" ? "ar-u-nu-latn" : "en-GB");

function dayOf(day: string, language: AccessLetter["language"]): string {
  return new Intl.DateTimeFormat(localeOf(language), { dateStyle: "long", timeZone: "UTC" }).format(new Date(day));
}

function momentOf(at: string, language: AccessLetter["language"]): string {
  const style = { dateStyle: "long", timeStyle: "short", timeZone: "UTC" } as const;
  return `${new Intl.DateTimeFormat(localeOf(language), style).format(new Date(at))} (UTC)`;
}
