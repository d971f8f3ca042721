import { createElement as h, type ReactNode } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import type { Pause } from "#libs/subgraph";
import { colourOf, type Colour, type MinistryStatus } from "./status.js";

/** The page on the ministry's own machine, as HTML: no script, and what stands in a text is text. */
export interface PageWords {
  readonly ministries: readonly MinistryStatus[];
  /** Where its forms go: `/KEY`. */
  readonly base: string;
  readonly now: Date;
  /** What was wrong with what was typed. */
  readonly wrong?: string;
}

const colours: Readonly<Record<Colour, string>> = { go: "all is well", look: "look", stop: "stopped" };
const lights = {
  connection: "System",
  account: "Account",
  readiness: "Log and consents",
  load: "Load",
  mapping: "Mapping",
  persons: "Persons",
  switch: "Switch",
} as const;

export function pageView({ ministries, base, now, wrong }: PageWords): string {
  const worst = colourOf(ministries.flatMap((one) => one.lights));
  const title = `Adapter: ${colours[worst]}`;
  return document(title, [
    h("header", null, h("h1", null, title), h("p", { className: "soft" }, `${said(now.toISOString())} UTC`)),
    h(
      "main",
      null,
      wrong && h("p", { className: "wrong", role: "alert" }, wrong),
      ...ministries.map((one) => ministryView(one, base, now)),
    ),
  ]);
}

export function lockedView(): string {
  return document("Adapter", [
    h(
      "main",
      null,
      h("h1", null, "Adapter"),
      h(
        "p",
        null,
        "Open the address that was printed when it was started, or by ",
        h("code", null, "weft adapter status"),
        ".",
      ),
    ),
  ]);
}

function document(title: string, body: readonly ReactNode[]): string {
  const html = h(
    "html",
    { lang: "en" },
    h(
      "head",
      null,
      h("meta", { charSet: "utf-8" }),
      h("meta", { name: "viewport", content: "width=device-width" }),
      h("title", null, title),
      h("link", { rel: "stylesheet", href: "/page.css" }),
    ),
    h("body", null, ...body),
  );
  return `<!doctype html>${renderToStaticMarkup(html)}`;
}

function ministryView(status: MinistryStatus, base: string, now: Date): ReactNode {
  const { name, provider, contracts } = status;
  const id = `ministry-${name}`;
  return h(
    "section",
    { key: name, "aria-labelledby": id },
    h("h2", { id }, `${name} `, h("span", { className: "soft" }, `${provider}, contracts ${contracts}`)),
    h(
      "ul",
      { className: "lights" },
      ...status.lights.map(({ of, colour, says }) =>
        h(
          "li",
          { key: of, className: colour },
          h("span", { className: "dot", "aria-hidden": true }),
          h(
            "span",
            null,
            h("b", null, lights[of]),
            h("span", { className: "hidden" }, ` (${colours[colour]})`),
            " ",
            says,
          ),
        ),
      ),
    ),
    servedView(status),
    pausesView(status, base, now),
    pauseForm(status, base),
  );
}

function servedView({ today: { day, served, asOf } }: MinistryStatus): ReactNode {
  const freshness = asOf === null ? "" : ` Data of ${asOf.oldest} to ${asOf.newest}.`;
  if (served.length === 0) return h("p", null, `Nobody was served on ${day} since the start.`);
  return h(
    "div",
    { className: "scroll", tabIndex: 0, role: "region", "aria-label": "Served today" },
    h(
      "table",
      null,
      h("caption", null, `Served on ${day}, since the start.${freshness}`),
      h("thead", null, row("th", ["Consumer", "Agreement", "Fetches", "Persons"])),
      h("tbody", null, ...served.map((it) => row("td", [it.consumer, it.agreement, it.fetches, it.persons]))),
    ),
  );
}

function row(cell: "th" | "td", texts: readonly (string | number)[]): ReactNode {
  return h("tr", { key: texts.join() }, ...texts.map((text, at) => h(cell, { key: at }, text)));
}

function pausesView({ name, pauses }: MinistryStatus, base: string, now: Date): ReactNode {
  return h(
    "ul",
    { className: "pauses" },
    ...pauses.map((pause) =>
      h(
        "li",
        { key: `${pause.scope} ${pause.from}` },
        h("span", null, sayPause(pause, now)),
        h(
          "form",
          { method: "post", action: `${base}/resume` },
          hidden("ministry", name),
          hidden("scope", pause.scope),
          h("button", { "aria-label": `Go on: ${pause.scope}` }, "Go on"),
        ),
      ),
    ),
  );
}

function sayPause({ scope, from, until }: Pause, now: Date): string {
  const isPlanned = Date.parse(from) > now.getTime();
  const begins = isPlanned ? `from ${said(from)}` : `since ${said(from)}`;
  return `${scope}: ${isPlanned ? "will be paused" : "paused"} ${begins}${until === undefined ? "" : ` until ${said(until)}`} UTC`;
}

function pauseForm({ name, agreements }: MinistryStatus, base: string): ReactNode {
  const consumers = [...new Set(agreements.map(({ consumer }) => consumer))];
  const field = (label: string, input: ReactNode) => h("label", null, label, input);
  const form = h(
    "form",
    { method: "post", action: `${base}/pause`, className: "pause" },
    hidden("ministry", name),
    field(
      "Pause",
      h(
        "select",
        { name: "scope" },
        h("option", { value: "all" }, "everything"),
        ...agreements.map(({ id, consumer }) =>
          h("option", { key: id, value: `agreement ${id}` }, `agreement ${id} (${consumer})`),
        ),
        ...consumers.map((it) => h("option", { key: it, value: `consumer ${it}` }, `consumer ${it}`)),
      ),
    ),
    field("From (UTC; empty: now)", h("input", { type: "datetime-local", name: "from" })),
    field("Until (UTC; empty: until somebody goes on)", h("input", { type: "datetime-local", name: "until" })),
    h("button", null, "Pause"),
  );
  return h("details", null, h("summary", null, "Pause, or plan a window"), form);
}

function hidden(name: string, value: string): ReactNode {
  return h("input", { type: "hidden", name, value });
}

/** `2026-11-21 12:00` */
function said(instant: string): string {
  return instant.slice(0, 16).replace("T", " ");
}

export const style = `
:root { color-scheme: light dark; --ink: light-dark(#1b1f24, #e8eaed); --soft: light-dark(#4d5560, #b4bac4); --paper: light-dark(#fff, #15181d);
  --raised: light-dark(#f3f5f8, #20252c); --line: light-dark(#767e8a, #8a93a0); --act: light-dark(#0b57a4, #8cc0ff);
  --go: light-dark(#1a7f37, #57c878); --look: light-dark(#9a6700, #e3b341); --stop: light-dark(#b42318, #ff8a80) }
*, ::before, ::after { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, "Segoe UI", "Noto Sans", sans-serif }
header, main { max-inline-size: 60rem; margin-inline: auto; padding: 1rem }
h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1.125rem; margin-block: 0 .5rem }
p { margin-block: .5rem } .soft { color: var(--soft); font-weight: 400; font-size: .9375rem }
section { background: var(--raised); border-radius: .5rem; padding: 1rem; margin-block-end: 1rem }
.lights, .pauses { list-style: none; padding: 0; margin-block: .5rem }
.lights li { display: flex; gap: .625rem; align-items: baseline; padding-block: .1875rem }
.dot { flex: none; inline-size: .75rem; block-size: .75rem; border-radius: 50%; background: var(--go); translate: 0 .0625rem }
.look .dot { background: var(--look); border-radius: 2px; rotate: 45deg } .stop .dot { background: var(--stop); border-radius: 0 }
.hidden { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%) }
.scroll { overflow-x: auto } table { border-collapse: collapse; inline-size: 100% } caption { text-align: start; color: var(--soft); font-size: .9375rem }
th, td { text-align: start; padding: .25rem .75rem .25rem 0; border-block-end: 1px solid var(--line); overflow-wrap: normal }
td:nth-child(n+3), th:nth-child(n+3) { text-align: end; font-variant-numeric: tabular-nums }
.pauses li { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center }
.pause { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; margin-block-start: .75rem }
label { display: grid; grid-template-columns: minmax(0, 1fr); gap: .125rem; font-size: .9375rem; max-inline-size: 100% }
section, form, li span { min-inline-size: 0; overflow-wrap: anywhere }
summary { cursor: pointer; padding-block: .5rem; color: var(--act) }
select, input, button { font: inherit; min-block-size: 2.5rem; padding-inline: .625rem; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: .375rem; max-inline-size: 100% }
button { background: var(--act); color: light-dark(#fff, #0c1a2b); border-color: var(--act); cursor: pointer }
:focus-visible { outline: 3px solid var(--act); outline-offset: 2px }
.wrong { border-inline-start: 4px solid var(--stop); padding-inline-start: .75rem }
`;
