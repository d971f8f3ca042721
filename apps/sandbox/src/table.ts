import Table from "cli-table3";
import { z } from "zod";

/** Renders an answer for people: each value with its source and date, or why not and what would make it lawful. */
const path = z.array(z.union([z.string(), z.number()]));
const answerError = z.object({
  message: z.string(),
  path: path.default([]),
  extensions: z
    .object({
      code: z.string().optional(),
      coordinate: z.string().optional(),
      retryAfter: z.number().optional(),
      rows: z.array(z.tuple([z.number(), z.number()])).optional(),
      remedy: z.object({ say: z.string() }).nullish(),
    })
    .default({}),
});
const explained = z.object({
  coordinate: z.string(),
  effect: z.string(),
  code: z.string().optional(),
  agreement: z.string().optional(),
  basis: z.string().optional(),
  provision: z.string().optional(),
  remedy: z.object({ say: z.string() }).nullish(),
});
const envelope = z.object({
  record: z.object({ log: z.string(), index: z.number() }).optional(),
  purpose: z.string().optional(),
  case: z.string().nullish(),
  complete: z.boolean().optional(),
  agreements: z.array(z.string()).default([]),
  sources: z
    .array(
      z.object({
        provider: z.string(),
        status: z.string(),
        asOf: z.string().optional(),
        stale: z.boolean().optional(),
      }),
    )
    .default([]),
  duties: z.array(z.object({ retention: z.string(), deleteBy: z.string(), onward: z.string() })).default([]),
  explain: z.array(explained).optional(),
});
const answer = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z.array(answerError).default([]),
  extensions: z.object({ weft: envelope.default({ agreements: [], sources: [], duties: [] }) }).optional(),
});

type AnswerError = z.infer<typeof answerError>;
type Envelope = z.infer<typeof envelope>;
type Path = readonly (string | number)[];

/** Rows of a long list that are shown; the answer itself is whole. */
const SHOWN_ROWS = 16;
const marks = new Set(["source", "asOf", "quality", "__typename"]);

export function renderAnswer(body: unknown, recordHeader?: string | null): string {
  const read = answer.safeParse(body);
  if (!read.success) return "The answer is not one of Weft's.";
  const { data, errors, extensions } = read.data;
  const weft = extensions?.weft;
  if (weft?.explain) return renderExplained(weft.explain);
  const parts = data
    ? Object.entries(data).map(([name, value]) => renderRoot(name, value, errors))
    : [renderErrors(errors)];
  return [...parts, renderEnvelope(weft, recordHeader)].filter(Boolean).join("\n");
}

function renderRoot(name: string, value: unknown, errors: readonly AnswerError[]): string {
  const lists = longLists(value, [name]);
  const rows = leafRows(value, [name], errors, {});
  const tables = lists.map(({ path, items }) => renderList(path, items, errors));
  if (rows.length > 0) tables.unshift(tableOf(["", "value", "source", "as of"], [34, 46, 24, 12], rows));
  return tables.join("\n");
}

interface Marks {
  readonly source?: string;
  readonly asOf?: string;
}

/** One row for each value that is not in a long list. */
function leafRows(value: unknown, path: Path, errors: readonly AnswerError[], inherited: Marks): string[][] {
  if (isLongList(value)) return [];
  if (Array.isArray(value)) return value.flatMap((item, i) => leafRows(item, [...path, i], errors, inherited));
  const below = value === null ? errors.filter(({ path: at }) => isBelow(at, path)) : [];
  if (below.length > 0) return below.map((error) => [labelOf(error.path), sentenceOf(error), "", ""]);
  if (!isObject(value))
    return [
      [
        labelOf(path),
        wordFor(value, path, errors),
        value === null ? "" : (inherited.source ?? ""),
        value === null ? "" : (inherited.asOf ?? ""),
      ],
    ];
  const own: Marks = { ...textMember(value, "source"), ...textMember(value, "asOf") };
  return Object.entries(value)
    .filter(([name]) => !marks.has(name) && name !== "pageInfo")
    .flatMap(([name, member]) => leafRows(member, [...path, name], errors, own));
}

function textMember(value: Record<string, unknown>, name: string): Record<string, string> {
  const member = value[name];
  return typeof member === "string" ? { [name]: member } : {};
}

/** A plain null means "not recorded"; otherwise one error says why. */
function wordFor(value: unknown, path: Path, errors: readonly AnswerError[]): string {
  if (value !== null && value !== undefined) return typeof value === "string" ? value : JSON.stringify(value);
  const error = errors.find((candidate) => covers(candidate, path));
  return error ? sentenceOf(error) : "not recorded";
}

function sentenceOf({ message, extensions: { remedy, code } }: AnswerError): string {
  return `✗ ${message}${remedy ? ` ${remedy.say}` : ""}${code === "SOURCE_UNAVAILABLE" ? " Ask again later." : ""}`;
}

/** Where all that was asked of an object is denied, the object itself is null, and the reasons are those of its fields. */
function isBelow(at: Path, path: Path): boolean {
  return at.length > path.length && path.every((step, i) => at[i] === step);
}

/** One error a coordinate: in lists its path ends at the list, `rows` say which items, and the field is the coordinate's. */
function covers({ path: at, extensions: { rows, coordinate } }: AnswerError, path: Path): boolean {
  if (at.some((step, i) => path[i] !== step)) return false;
  if (path.length === at.length) return true;
  const row = path[at.length];
  if (typeof row !== "number") return false;
  const field = coordinate?.split(".")[1];
  const named = field === undefined || path.slice(at.length).includes(field);
  return named && (rows === undefined || rows.some(([from, to]) => from <= row && row <= to));
}

interface LongList {
  readonly path: Path;
  readonly items: readonly unknown[];
}

function longLists(value: unknown, path: Path): LongList[] {
  if (isLongList(value)) return [{ path, items: value }];
  if (Array.isArray(value)) return value.flatMap((item, i) => longLists(item, [...path, i]));
  return isObject(value) ? Object.entries(value).flatMap(([name, member]) => longLists(member, [...path, name])) : [];
}

function isLongList(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length > 4 && value.every(isObject);
}

/** One row for each item, one column for each value in it. */
function renderList(path: Path, items: readonly unknown[], errors: readonly AnswerError[]): string {
  const cells = items
    .slice(0, SHOWN_ROWS)
    .map((item, i) => new Map(itemCells(item, [...path, i], path.length + 1, errors)));
  const columns = deepest([...new Set(cells.flatMap((row) => [...row.keys()]))]);
  const rows = cells.map((row, i) => [
    String(i + 1),
    ...columns.map((column) => row.get(column) ?? wordAbove(row, column)),
  ]);
  const more = items.length - cells.length;
  const widths = [5, ...columns.map(() => Math.max(14, Math.floor(100 / columns.length)))];
  return `${tableOf(["", ...columns], widths, rows)}${more > 0 ? `\n  … and ${more} more rows` : ""}`;
}

function itemCells(value: unknown, path: Path, from: number, errors: readonly AnswerError[]): [string, string][] {
  if (isObject(value))
    return Object.entries(value)
      .filter(([name]) => !marks.has(name))
      .flatMap(([name, member]) => itemCells(member, [...path, name], from, errors));
  if (Array.isArray(value)) return value.flatMap((item, i) => itemCells(item, [...path, i], from, errors));
  return [[labelOf(path.slice(from)), wordFor(value, path, errors)]];
}

/** `payments` is no column of its own where another row has `payments › state`. */
function deepest(columns: readonly string[]): string[] {
  return columns.filter((column) => !columns.some((other) => other.startsWith(`${column} ›`)));
}

function wordAbove(row: ReadonlyMap<string, string>, column: string): string {
  const above = [...row].find(([name]) => column.startsWith(`${name} ›`));
  return above?.[1] ?? "none";
}

function renderErrors(errors: readonly AnswerError[]): string {
  const rows = errors.map(({ message, extensions: { code, coordinate, remedy } }) => [
    coordinate ?? "",
    `✗ ${message}`,
    code ?? "",
    remedy?.say ?? "",
  ]);
  return tableOf(["", "refused", "code", "what would make it lawful"], [34, 34, 24, 36], rows);
}

function renderExplained(lines: readonly z.infer<typeof explained>[]): string {
  const rows = lines.map(({ coordinate, effect, code, agreement, basis, provision, remedy }) => [
    coordinate,
    effect === "deny"
      ? `refuse (${code ?? ""})`
      : effect === "permitIfConsent"
        ? "permit, if the person consents"
        : "permit",
    agreement ?? "",
    [basis, provision].filter(Boolean).join(", "),
    remedy?.say ?? "",
  ]);
  return tableOf(
    ["coordinate", "decision", "agreement", "basis", "what would make it lawful"],
    [40, 34, 34, 34, 36],
    rows,
  );
}

function renderEnvelope(weft: Envelope | undefined, recordHeader?: string | null): string {
  const index = weft?.record?.index ?? recordHeader;
  const record =
    index === undefined || index === null ? "" : `Record ${index}${weft?.record ? ` in ${weft.record.log}` : ""}`;
  const unavailable = (weft?.sources ?? []).filter(({ status }) => status !== "ok").map(({ provider }) => provider);
  const duties = (weft?.duties ?? []).map(({ deleteBy, onward }) => `delete by ${deleteBy}, onward ${onward}`);
  const asked = weft?.purpose === undefined ? "" : `purpose ${weft.purpose}${weft.case ? `, case ${weft.case}` : ""}`;
  const lines = [
    [record, asked].filter(Boolean).join(" · "),
    weft && weft.agreements.length > 0 ? `Agreements: ${weft.agreements.join(", ")}` : "",
    unavailable.length > 0 ? `Did not answer: ${unavailable.join(", ")}` : "",
    duties.length > 0 ? `Duties: ${duties.join("; ")}` : "",
  ];
  return lines.filter(Boolean).join("\n");
}

function labelOf(path: Path): string {
  const [first, ...rest] = path;
  const shown = (first === "person" ? rest : path).filter((step) => step !== "nodes" && step !== "person");
  return shown.map((step) => (typeof step === "number" ? step + 1 : step)).join(" › ");
}

function tableOf(head: string[], widths: readonly number[], rows: string[][]): string {
  const table = new Table({
    head,
    colWidths: [...widths],
    wordWrap: true,
    style: { head: [], border: [], compact: true },
  });
  table.push(...rows);
  return table.toString();
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
