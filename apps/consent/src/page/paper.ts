import { createElement as h, type ReactElement } from "react";
import { type Code, findCode, printCode } from "#libs/consent";
import { bare, families, paperRenderer, type Renderer } from "#libs/paper";
import { catalogues, dayOf, directionOf, type Language } from "./language.js";
import type { RequestWords } from "./request-words.js";

/**
 * The half page that the person takes home (A5, across): who, what, why, until when, and the code that ends it. No name, no number.
 */
export async function printPaper(
  words: RequestWords,
  typedCode: string,
  site: string,
  language: Language,
): Promise<Buffer> {
  const renderer = await paperRenderer();
  const code = printCode(findCode(typedCode) ?? ("" as Code));
  return renderer.renderToBuffer(paperOf(renderer, { words, code, site, language }));
}

interface Paper {
  readonly words: RequestWords;
  readonly code: string;
  readonly site: string;
  readonly language: Language;
}

const codeStyle = {
  direction: "ltr",
  textAlign: "center",
  fontSize: 26,
  lineHeight: 1.5,
  fontWeight: 700,
  letterSpacing: 1.5,
} as const;

function paperOf({ Document, Page, Text, View }: Renderer, { words, code, site, language }: Paper) {
  const { request, given, paper } = catalogues[language];
  const rtl = directionOf(language) === "rtl";
  const text = { direction: directionOf(language), textAlign: rtl ? "right" : "left" } as const;
  // Each text says its own height of line: an inherited one is that of the page's size of letters.
  const lines = { fontSize: 12, lineHeight: 1.6 } as const;
  const line = (label: string, value: string) =>
    h(
      View,
      { key: label, style: { flexDirection: rtl ? "row-reverse" : "row", marginBottom: 3 } },
      h(Text, { style: { ...text, ...lines, width: 140, color: "#4d5560" } }, bare(label)),
      h(Text, { style: { ...text, ...lines, flex: 1, fontWeight: 700 } }, bare(value)),
    );
  const content: ReactElement[] = [
    h(
      Text,
      { key: "title", style: { ...text, fontSize: 20, lineHeight: 1.4, fontWeight: 700, marginBottom: 8 } },
      bare(paper.heading),
    ),
    line(request.who, words.asker.text),
    line(request.why, words.purpose.text),
    line(given.what, words.fields.map(({ label }) => label.text).join(rtl ? "، " : ", ")),
    line(request.until, dayOf(words.until, language)),
    h(
      View,
      { key: "back", style: { marginTop: 12, padding: 14, borderWidth: 1, borderColor: "#767e8a", borderRadius: 4 } },
      h(Text, { style: { ...text, ...lines, fontWeight: 700 } }, bare(paper.how)),
      h(Text, { style: { ...codeStyle, marginVertical: 4 } }, code),
      h(Text, { style: { ...text, ...lines } }, bare(given.where)),
      h(Text, { style: { ...lines, direction: "ltr", textAlign: rtl ? "right" : "left" } }, `${site}/take-back`),
    ),
    h(
      Text,
      { key: "privacy", style: { ...text, marginTop: 10, fontSize: 9, lineHeight: 1.5, color: "#4d5560" } },
      bare(paper.privacy),
    ),
  ];
  return h(
    Document,
    { title: paper.title, language, creator: "Weft", producer: "Weft" },
    h(
      Page,
      {
        size: "A5",
        orientation: "landscape",
        style: { padding: 32, fontFamily: families },
      },
      content,
    ),
  );
}
