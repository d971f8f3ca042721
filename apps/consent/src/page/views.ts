import { createElement as h, type ReactNode } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { catalogues, dayOf, directionOf, type Language, languages, type Said } from "./language.js";
import type { RequestWords } from "./request-words.js";

/**
 * The person's pages as HTML. React's server renderer writes them, so that whatever stands in a text is text; no script goes with them.
 */
export interface Frame {
  readonly language: Language;
  /** Who keeps the register. */
  readonly keeper: Said;
  /** Ties a form to this browser. */
  readonly ticket: string;
  /** The page that the other language is asked from; undefined in the middle of an answer. */
  readonly path?: Page;
}

export type Page = "/answer" | "/take-back" | "/hear-again";

/** What was typed comes back, so that it can be mended; the person's number does not. */
export interface EnterWords {
  /** Undefined where the person is identified otherwise. */
  readonly schemes: readonly SchemeWords[] | undefined;
  readonly typedCode: string;
  readonly chosen: string | undefined;
  readonly wrong: boolean;
}

export function enterView(frame: Frame, { schemes, typedCode, chosen, wrong }: EnterWords): string {
  const { enter } = catalogues[frame.language];
  return page(frame, enter.title, wrong, [
    wrong ? mistake(frame, enter.nothing) : h("p", null, enter.intro),
    form(frame, "/answer", [
      field("code", enter.code, enter.codeHint, (id, hint) =>
        h("input", { ...typed(id, hint, wrong), className: "code", maxLength: 32, defaultValue: typedCode }),
      ),
      ...ownNumber(frame, { schemes, chosen, wrong }),
      h("button", { className: "act" }, enter.go),
    ]),
    h("p", null, h("a", { href: `/take-back?lang=${frame.language}` }, enter.takeBack)),
  ]);
}

/** Nothing where the person is identified otherwise. */
function ownNumber(
  { language }: Frame,
  { schemes, chosen, wrong }: Pick<EnterWords, "schemes" | "chosen" | "wrong">,
): readonly ReactNode[] {
  const { enter } = catalogues[language];
  if (!schemes) return [];
  return [
    field("scheme", enter.scheme, undefined, (id) =>
      h(
        "select",
        { id, name: id, defaultValue: chosen },
        ...schemes.map(({ value, name }) => h("option", { value, lang: name.language }, name.text)),
      ),
    ),
    field("number", enter.number, enter.numberHint, (id, hint) =>
      h("input", { ...typed(id, hint, wrong), className: "number", maxLength: 64, inputMode: "text" }),
    ),
  ];
}

export interface SchemeWords {
  readonly value: string;
  readonly name: Said;
}

/** `ward`: the end of the number of whom a guardian answers for. */
export function requestView(frame: Frame, words: RequestWords, ward: string | undefined, wrong: boolean): string {
  const { request } = catalogues[frame.language];
  const described = wrong ? "wrong tick" : "tick";
  return page(frame, request.title, wrong, [
    wrong && mistake(frame, request.nothingTicked),
    h("dl", null, ...facts(frame.language, words, ward)),
    form(frame, "/answer/decision", [
      h(
        "fieldset",
        { "aria-describedby": described },
        h("legend", null, request.what),
        h("p", { id: "tick", className: "hint" }, request.tick),
        ...words.fields.map(({ coordinate, label, holder }) =>
          h(
            "label",
            { className: "tick", key: coordinate },
            h("input", {
              type: "checkbox",
              name: "field",
              value: coordinate,
              ...(wrong && { "aria-describedby": "wrong" }),
            }),
            h("span", null, said("b", label), h("small", null, request.heldBy, ": ", said("bdi", holder))),
          ),
        ),
      ),
      h(
        "div",
        { className: "no" },
        h("h2", null, request.no),
        h("p", null, request.noText),
        h("p", null, request.back),
      ),
      h("button", { className: "act", name: "decision", value: "give" }, request.give),
      h("button", { name: "decision", value: "refuse" }, request.refuse),
      h(
        "button",
        { className: "quiet", name: "decision", value: "silence", "aria-describedby": "silence" },
        request.silence,
      ),
      h("p", { id: "silence", className: "hint" }, request.silenceHint),
    ]),
  ]);
}

export function givenView(frame: Frame, words: RequestWords, ward: string | undefined, code: string): string {
  const { given } = catalogues[frame.language];
  return page(frame, given.title, false, [
    h("p", { role: "status" }, given.intro),
    h(
      "dl",
      null,
      ...facts(frame.language, words, ward),
      h("dt", null, given.what),
      h(
        "dd",
        null,
        h(
          "ul",
          null,
          ...words.fields.map(({ coordinate, label }) => h("li", { key: coordinate }, said("span", label))),
        ),
      ),
    ),
    h(
      "div",
      { className: "card" },
      h("h2", null, given.code),
      h("p", { className: "big" }, h("bdi", { dir: "ltr" }, code)),
      h("p", null, given.where),
      h("p", { className: "soft" }, given.keep),
      form(frame, "/answer/paper", [
        h("input", { type: "hidden", name: "code", value: code }),
        h("button", { className: "act" }, given.print),
      ]),
    ),
    h("p", null, h("a", { href: `/take-back?lang=${frame.language}` }, catalogues[frame.language].takeBack.title)),
  ]);
}

/** `code`: where the organisation was silenced, what ends that. */
export function refusedView(frame: Frame, code: string | undefined): string {
  const { refused, hearAgain } = catalogues[frame.language];
  return page(frame, refused.title, false, [
    h("p", { role: "status" }, refused.text),
    ...(code === undefined
      ? []
      : [
          h("p", null, refused.silenced),
          h(
            "div",
            { className: "card" },
            h("h2", null, refused.code),
            h("p", { className: "big" }, h("bdi", { dir: "ltr" }, code)),
            h("p", null, refused.keep),
            h("p", { className: "soft" }, refused.without),
          ),
          h("p", null, h("a", { href: `/hear-again?lang=${frame.language}` }, hearAgain.title)),
        ]),
  ]);
}

/** That a silenced organisation may ask again. */
export function hearAgainView(frame: Frame, { schemes, chosen, wrong }: Omit<EnterWords, "typedCode">): string {
  const { hearAgain, takeBack } = catalogues[frame.language];
  return page(frame, hearAgain.title, wrong, [
    wrong ? mistake(frame, hearAgain.nothing) : h("p", null, hearAgain.intro),
    form(frame, "/hear-again", [
      field("code", hearAgain.code, takeBack.codeHint, (id, hint) =>
        h("input", { ...typed(id, hint, wrong), className: "code", maxLength: 32 }),
      ),
      ...ownNumber(frame, { schemes, chosen, wrong }),
      h("button", { className: "act" }, hearAgain.go),
    ]),
  ]);
}

export function heardAgainView(frame: Frame): string {
  const { hearAgain } = catalogues[frame.language];
  return page(frame, hearAgain.done, false, [h("p", { role: "status" }, hearAgain.doneText)]);
}

export function takeBackView(frame: Frame, wrong: boolean): string {
  const { takeBack, hearAgain } = catalogues[frame.language];
  return page(frame, takeBack.title, wrong, [
    wrong ? mistake(frame, takeBack.unknown) : h("p", null, takeBack.intro),
    form(frame, "/take-back", [
      field("code", takeBack.code, takeBack.codeHint, (id, hint) =>
        h("input", { ...typed(id, hint, wrong), className: "code", maxLength: 32 }),
      ),
      h("button", { className: "act" }, takeBack.go),
    ]),
    h("p", null, h("a", { href: `/hear-again?lang=${frame.language}` }, hearAgain.title)),
  ]);
}

export function takenBackView(frame: Frame): string {
  const { takeBack } = catalogues[frame.language];
  return page(frame, takeBack.done, false, [h("p", { role: "status" }, takeBack.doneText)]);
}

export function overView(frame: Frame): string {
  const { over } = catalogues[frame.language];
  return page(frame, over.title, false, [
    h("p", { role: "status" }, over.text),
    h("p", null, h("a", { href: `/answer?lang=${frame.language}` }, over.again)),
  ]);
}

/** What went wrong is ours to know. Whoever was answering learns how to find out what became of it. */
export function failedView(frame: Frame): string {
  const { failed } = catalogues[frame.language];
  return page(frame, failed.title, false, [
    h("p", { role: "alert" }, failed.text),
    h("p", null, failed.sure),
    h("p", null, h("a", { href: `/answer?lang=${frame.language}` }, failed.again)),
  ]);
}

function facts(language: Language, words: RequestWords, ward: string | undefined): ReactNode[] {
  const { request } = catalogues[language];
  const forWhom = h(
    "dd",
    null,
    request.ward,
    ward !== undefined && h("p", null, request.wardNumber, " ", h("bdi", { dir: "ltr" }, ward)),
    h("p", null, request.wardHint),
  );
  return [
    ...(words.asGuardian ? [h("dt", null, request.forWhom), forWhom] : []),
    h("dt", null, request.who),
    said("dd", words.asker),
    h("dt", null, request.why),
    h("dd", null, said("span", words.purpose), said("p", words.description)),
    h("dt", null, request.until),
    h("dd", null, h("time", { dateTime: words.until }, dayOf(words.until, language))),
    ...(words.case === undefined ? [] : [h("dt", null, request.case), h("dd", null, h("bdi", null, words.case))]),
  ];
}

function page({ language, keeper, path }: Frame, title: string, wrong: boolean, content: readonly ReactNode[]): string {
  const catalogue = catalogues[language];
  const others = languages.filter((one) => one !== language);
  const html = h(
    "html",
    { lang: language, dir: directionOf(language) },
    h(
      "head",
      null,
      h("meta", { charSet: "utf-8" }),
      h("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }),
      h("meta", { name: "robots", content: "noindex" }),
      h("title", null, `${wrong ? `${catalogue.error}: ` : ""}${title}`),
      h("link", { rel: "stylesheet", href: "/answer/page.css" }),
    ),
    h(
      "body",
      null,
      h("a", { className: "skip", href: "#main" }, catalogue.skip),
      h(
        "header",
        { className: "bar" },
        said("p", keeper),
        path &&
          h(
            "nav",
            { "aria-label": catalogue.other },
            ...others.map((one) =>
              h(
                "a",
                { key: one, href: `${path}?lang=${one}`, lang: one, hrefLang: one, dir: directionOf(one) },
                catalogues[one].name,
              ),
            ),
          ),
      ),
      h("main", { id: "main", tabIndex: -1 }, h("h1", null, title), ...content),
    ),
  );
  return `<!doctype html>${renderToStaticMarkup(html)}`;
}

function form({ ticket, language }: Frame, action: string, content: readonly ReactNode[]): ReactNode {
  return h(
    "form",
    { method: "post", action, autoComplete: "off" },
    h("input", { type: "hidden", name: "ticket", value: ticket }),
    h("input", { type: "hidden", name: "lang", value: language }),
    ...content,
  );
}

function field(
  id: string,
  label: string,
  hint: string | undefined,
  input: (id: string, hint: string | undefined) => ReactNode,
): ReactNode {
  const hintId = hint === undefined ? undefined : `${id}-hint`;
  return h(
    "div",
    { className: "field", key: id },
    h("label", { htmlFor: id }, label),
    hint !== undefined && h("p", { id: hintId, className: "hint" }, hint),
    input(id, hintId),
  );
}

function typed(id: string, hint: string | undefined, wrong: boolean) {
  return {
    id,
    name: id,
    type: "text",
    required: true,
    autoComplete: "off",
    autoCapitalize: "characters",
    spellCheck: false,
    "aria-describedby": [wrong && "wrong", hint].filter(Boolean).join(" "),
    ...(wrong && { "aria-invalid": true }),
  };
}

/** Read at once, and focused: whoever cannot see the page hears first what is wrong. */
function mistake({ language }: Frame, text: string): ReactNode {
  return h(
    "div",
    { className: "wrong", id: "wrong", role: "alert", tabIndex: -1, autoFocus: true },
    h("p", null, h("strong", null, `${catalogues[language].error}: `), text),
  );
}

/** In the language that it is in, which may not be the page's. */
function said(tag: string, { text, language }: Said): ReactNode {
  return h(tag, { lang: language }, text);
}
