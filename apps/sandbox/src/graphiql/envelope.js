// The answer for people, and the envelope that came with it: record, reasons, sources, duties.
import { readAnswer, words } from "./reading.js";

function element(tag, content = [], className = "") {
  const made = document.createElement(tag);
  made.append(...[content].flat().filter((part) => part !== undefined && part !== ""));
  if (className) made.className = className;
  return made;
}

const quiet = (text) => element("span", text, "quiet");
const section = (title, ...content) => [element("h3", title), ...content];
const joined = (...parts) => parts.filter(Boolean).join(" · ");

/** What is shown before there is an answer. */
export function invitation({ title, label, isAsking }) {
  const head = element("h2", title ?? "A question of your own");
  if (isAsking) return [head, element("p", quiet("Asking…"))];
  return [
    head,
    element(
      "p",
      `Press Ask, or Ctrl-Enter in the question. It is signed as ${label}, with the purpose and case above.`,
    ),
    element(
      "p",
      quiet(
        "Here you will see the answer, its record in the log, and for each field left empty why, and what would make it lawful.",
      ),
    ),
  ];
}

/** `names` are those of organisations, `gateway` is where a record's proof is. */
export function envelopeOf(answer, { title, names, gateway }) {
  const weft = answer.extensions?.weft ?? {};
  const errors = answer.errors ?? [];
  return [
    element("h2", title ?? "A question of your own"),
    element("p", [statusOf(answer, weft), " ", recordOf(weft, gateway)]),
    element("p", quiet(joined(weft.purpose && `Purpose ${weft.purpose}`, weft.case && `case ${weft.case}`))),
    ...(weft.explain ? explained(weft.explain, names) : answerOf(answer)),
    ...(errors.length > 0 ? section("Why a field is empty", element("ul", errors.map(reasonOf))) : []),
    ...(weft.sources?.length
      ? section(
          "Sources",
          element(
            "ul",
            weft.sources.map((source) => sourceOf(source, names)),
            "sources",
          ),
        )
      : []),
    ...(weft.duties?.length ? section("What the asker owes", element("ul", weft.duties.map(dutyOf))) : []),
  ];
}

function statusOf({ data, errors }, { explain, complete }) {
  if (explain) return element("span", "Explained; nothing was fetched", "status good");
  if (!data) return element("span", "Refused", "status bad");
  return complete || !errors
    ? element("span", "Answered in full", "status good")
    : element("span", "Answered in part", "status partly");
}

function recordOf({ record }, gateway) {
  if (!record) return quiet("No record");
  const proof = Object.assign(element("a", "proof"), {
    href: gateway + record.proof,
    target: "_blank",
    rel: "noreferrer",
  });
  return element("span", [`Record ${record.index} in ${record.log}, `, proof], "quiet");
}

function answerOf(answer) {
  const { rows, lists } = readAnswer(answer);
  const shown = [
    ...(rows.length > 0 ? [table([], groupedRows(rows))] : []),
    ...lists.flatMap(({ title, columns, rows: items, more }) => [
      table(
        ["", ...columns],
        items.map((cells, i) =>
          row([element("th", String(i + 1)), ...cells.map((cell) => element("td", valueOf(cell)))]),
        ),
      ),
      ...(more > 0 ? [element("p", quiet(`… and ${more} more in ${title}`))] : []),
    ]),
  ];
  return shown.length > 0 ? section("The answer", ...shown) : [];
}

/** One ministry's fields stand under one line with their source and date. */
function groupedRows(rows) {
  return rows.flatMap((cell, i) => {
    const begins = cell.group !== "" && cell.group !== rows[i - 1]?.group;
    const own = row([element("th", cell.label), element("td", [valueOf(cell), cell.remedy ? quiet(cell.remedy) : ""])]);
    return begins ? [groupRow(cell), own] : [own];
  });
}

function groupRow({ group, source, asOf }) {
  const head = element("th", [group, quiet(joined(source, asOf && `as of ${asOf}`))]);
  head.colSpan = 2;
  return row([head], "group");
}

function valueOf({ value, missing }) {
  return missing ? element("span", value, "partly") : element("strong", value);
}

function row(cells, className) {
  return element("tr", cells, className);
}

function table(head, rows) {
  const first = element("thead", row(head.map((text) => element("th", text))));
  return element("div", element("table", [head.length > 0 ? first : "", element("tbody", rows)]), "wide");
}

function reasonOf({ message, path = [], extensions = {} }) {
  const { coordinate, code, remedy, rows } = extensions;
  const last = coordinate?.split(".")[1] ?? path.findLast((step) => typeof step === "string");
  const where = rows
    ? `, in rows ${rows.map(([from, to]) => (from === to ? from + 1 : `${from + 1} to ${to + 1}`)).join(", ")}`
    : "";
  return element(
    "li",
    [
      element("strong", last ? words(last) + where : "The question"),
      element("span", message),
      remedy ? element("span", `What would make it lawful: ${remedy.say}`) : "",
      quiet(element("code", joined(coordinate, code))),
    ],
    "partly",
  );
}

function sourceOf({ provider, status, asOf, stale, code, retryAfter }, names) {
  const facts = joined(
    asOf && `as of ${asOf}`,
    stale && "older than the agreement asks for",
    code,
    retryAfter && `try again in ${retryAfter} s`,
  );
  return element(
    "li",
    [element("span", `${names[provider] ?? provider}: ${status}`), quiet(facts)],
    status === "ok" ? "good" : "bad",
  );
}

function dutyOf({ deleteBy, onward, agreements }) {
  return element(
    "li",
    [element("span", `Delete by ${deleteBy}. Passing on: ${onward}.`), quiet(agreements.join(", "))],
    "good",
  );
}

/** Nothing was fetched: per coordinate, permit or refuse; what rests on one agreement stands under it. */
function explained(verdicts, names) {
  const groupOf = ({ provider, agreement }) => joined(names[provider], agreement);
  const rows = verdicts.flatMap((verdict, i) => {
    const group = groupOf(verdict);
    const begins = group !== "" && (i === 0 || group !== groupOf(verdicts[i - 1]));
    const own = verdictRow(verdict);
    return begins ? [groupRow({ group, source: joined(verdict.basis, verdict.provision) }), own] : [own];
  });
  return section("What would be decided", table([], rows));
}

const effects = { permit: "permit", permitIfConsent: "permit, if the person consents", deny: "refuse" };

function verdictRow({ coordinate, effect, code, remedy }) {
  const why = joined(code, remedy?.say);
  return row([
    element("th", element("code", coordinate)),
    element("td", [element("span", effects[effect], effect === "deny" ? "bad" : "good"), why ? quiet(why) : ""]),
  ]);
}
