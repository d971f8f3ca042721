import { createElement as h, type ReactElement } from "react";
import { bare, families, paperRenderer, type Renderer } from "#libs/paper";
import type { AgreementPage } from "#libs/review";

/** The page of an agreement to sign, as a document that opens anywhere, and in print (A4). Both say what the terminal and the console say. */
export async function pageAsHtml(page: AgreementPage): Promise<string> {
  const { renderToStaticMarkup } = await import("react-dom/server");
  return `<!doctype html>\n${renderToStaticMarkup(documentOf(page))}\n`;
}

const style = `body { font: 16px/1.55 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; color: #1c2126 }
table { border-collapse: collapse; width: 100% } th, td { text-align: start; vertical-align: top; padding: .2rem .6rem .2rem 0 }
th { width: 34%; font-weight: 600 } td { overflow-wrap: anywhere } section { border: 1px solid #9aa1ab; border-radius: 4px; padding: .2rem 1rem; margin: .6rem 0 }
code { color: #4d5560; font-size: .8em } @page { size: A4; margin: 14mm }
@media print { body { font-size: 11px; line-height: 1.4; max-width: none; margin: 0 } h1 { font-size: 20px } h2 { font-size: 14px; margin: .6em 0 .2em } h3, p, ul { margin: .2em 0 } }`;

function documentOf({ language, rtl, title, standing, summary, sides, grants, signed }: AgreementPage): ReactElement {
  const facts = (some: AgreementPage["sides"]["facts"]) => {
    const rows = some.map(({ name, value }) =>
      h("tr", { key: `${name} ${value}` }, h("th", { scope: "row" }, name), h("td", null, h("bdi", null, value))),
    );
    return h("table", null, h("tbody", null, rows));
  };
  const each = grants.each.map(({ purpose, ground, fields, notes }) =>
    h(
      "section",
      { key: purpose },
      h("h3", null, purpose),
      h("p", null, ground),
      h(
        "ul",
        null,
        fields.map(({ label, coordinate }) =>
          h("li", { key: coordinate }, label, " ", h("code", { dir: "ltr" }, coordinate)),
        ),
      ),
      notes.map((note) => h("p", { key: note }, note)),
    ),
  );
  return h(
    "html",
    { lang: language, dir: rtl ? "rtl" : "ltr" },
    h("head", null, h("meta", { charSet: "utf-8" }), h("title", null, title), h("style", null, style)),
    h(
      "body",
      null,
      h("h1", null, h("bdi", null, title)),
      h("p", null, h("strong", null, standing)),
      h("p", null, summary),
      h("h2", null, sides.title),
      facts(sides.facts),
      h("h2", null, grants.title),
      each,
      h("h2", null, signed.title),
      h("p", null, signed.hint),
      facts(signed.facts),
    ),
  );
}

export async function pageAsPdf(page: AgreementPage): Promise<Buffer> {
  const renderer = await paperRenderer();
  return renderer.renderToBuffer(printOf(renderer, page));
}

const faint = "#4d5560";

function printOf({ Document, Page, Text, View }: Renderer, page: AgreementPage) {
  const { rtl, language, title, standing, summary, sides, grants, signed } = page;
  const text = { direction: rtl ? "rtl" : "ltr", textAlign: rtl ? "right" : "left" } as const;
  const line = (words: string, more: object = {}) =>
    h(Text, { style: { ...text, fontSize: 9.5, lineHeight: 1.5, ...more } }, bare(words));
  const heading = (words: string) => line(words, { fontSize: 12, fontWeight: 700, marginTop: 9, marginBottom: 2 });
  const facts = (some: AgreementPage["sides"]["facts"]) =>
    some.map(({ name, value }) =>
      h(
        View,
        { key: `${name} ${value}`, style: { flexDirection: rtl ? "row-reverse" : "row" } },
        line(name, { width: 150, color: faint }),
        line(value, { flex: 1 }),
      ),
    );
  const grant = ({ purpose, ground, fields, notes }: AgreementPage["grants"]["each"][number]) =>
    h(
      View,
      { key: purpose, style: { marginTop: 5, padding: 7, borderWidth: 1, borderColor: "#9aa1ab", borderRadius: 4 } },
      line(purpose, { fontWeight: 700 }),
      line(ground),
      ...fields.map(({ label, coordinate }) => line(`• ${label}  (${coordinate})`)),
      ...notes.map((note) => line(note)),
    );
  return h(
    Document,
    { title, language, creator: "Weft", producer: "Weft" },
    h(
      Page,
      { size: "A4", style: { padding: 44, fontFamily: families } },
      line(title, { fontSize: 17, fontWeight: 700, direction: "ltr" }),
      line(standing, { fontWeight: 700, marginBottom: 4 }),
      line(summary),
      heading(sides.title),
      ...facts(sides.facts),
      heading(grants.title),
      ...grants.each.map(grant),
      heading(signed.title),
      line(signed.hint, { color: faint, marginBottom: 2 }),
      ...facts(signed.facts),
    ),
  );
}
