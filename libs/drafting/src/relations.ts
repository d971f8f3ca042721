import { type Catalogue, type ForeignKey, findTable, isUnique, type Table } from "./catalogue.js";
import { meaningOf, means, namesStaff, wordsOf } from "./words.js";

/** A table of which rows belong to a person, and by which columns. */
export interface Hanging {
  readonly table: Table;
  /** `list`: several rows a person. `one`: at most one. */
  readonly how: "list" | "one";
  /** Column here -> column of the person's table. */
  readonly on: Readonly<Record<string, string>>;
  /** The rows belong to what the person shares with others: a household. */
  readonly isShared: boolean;
}

/** A table of codes, and the columns that mean code and label. */
export interface Lookup {
  readonly table: Table;
  readonly code: string;
  readonly label: string;
}

const LOOKUP_ROWS = 5000;

/** What belongs to a person, directly or by a row that they share, at one step from their own row. */
export function hangingOn(person: Table, catalogue: Catalogue): readonly Hanging[] {
  const tables = catalogue.tables.filter((table) => table !== person && !isAside(table));
  const own = person.foreignKeys.filter((key) => !isToCodes(key, catalogue) && isMeant(key) && key.columns.length <= 4);
  const direct = tables.flatMap((table) => table.foreignKeys.flatMap((key) => directly(table, key, person)));
  const parents = own.flatMap((key) => {
    const table = tables.find(({ name }) => name === key.table);
    return table && !namesStaff(table.name)
      ? [{ table, how: "one", on: joined(key.references, key.columns), isShared: true } as const]
      : [];
  });
  const shared = tables.flatMap((table) =>
    table.foreignKeys.flatMap((key) => own.flatMap((ours) => sharedBy(table, key, ours))),
  );
  // Where each points at the other, the person's own pointer is meant: the other one names a head of the household.
  const seen = new Set<Table>();
  return [...parents, ...direct, ...shared].filter(({ table }) => !seen.has(table) && seen.add(table));
}

function directly(table: Table, key: ForeignKey, person: Table): Hanging[] {
  if (key.table !== person.name || key.columns.length > 4 || !isMeant(key)) return [];
  const how = isUnique(table, key.columns, true) ? "one" : "list";
  return [{ table, how, on: joined(key.columns, key.references), isShared: false }];
}

/** The person's row and the row here point at the same third one. */
function sharedBy(table: Table, key: ForeignKey, ours: ForeignKey): Hanging[] {
  if (key.table !== ours.table || key.columns.length !== ours.columns.length || !isMeant(key)) return [];
  const person = key.references.map((name) => ours.columns[ours.references.indexOf(name)] ?? "");
  if (person.includes("")) return [];
  return [
    {
      table,
      how: isUnique(table, key.columns, true) ? "one" : "list",
      on: joined(key.columns, person),
      isShared: true,
    },
  ];
}

function joined(here: readonly string[], there: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(here.map((name, i) => [name, there[i] ?? ""]));
}

/** Who entered or checked a row is not whom it is about. */
function isMeant(key: ForeignKey): boolean {
  return !key.columns.some((name) => {
    const meaning = meaningOf(name);
    return meaning === "technical" || meaning === "changed" || namesStaff(name);
  });
}

const aside = new Set(
  "audit log logs history hist archive archived tmp temp backup bak session sessions queue import migration migrations django auth photo photos attachment attachments token tokens".split(
    " ",
  ),
);

function isAside(table: Table): boolean {
  return wordsOf(table.name).some((word) => aside.has(word));
}

function isToCodes(key: ForeignKey, catalogue: Catalogue): boolean {
  return lookupOf(key, catalogue) !== undefined;
}

/** The table of codes that a foreign key leads to; undefined where it leads to anything about somebody. */
export function lookupOf(key: ForeignKey, catalogue: Catalogue): Lookup | undefined {
  const table = findTable(catalogue, key.table);
  const [code, more] = key.references;
  if (!table || code === undefined || more !== undefined || table.isView || (table.rows ?? 0) > LOOKUP_ROWS)
    return undefined;
  if (isAside(table) || namesStaff(table.name)) return undefined;
  const isAboutPeople = table.columns.some(({ name }) =>
    (["birth", "sex", "number", "contact", "secret"] as const).some(
      (meaning) => means(name, meaning) && name !== code && !isOwnWord(name, table),
    ),
  );
  const label = labelColumn(table, code);
  return isAboutPeople || label === undefined ? undefined : { table, code, label };
}

/** `tblGender.Gender` is named like its table: it is the table's own word, and nobody's attribute. */
function isOwnWord(column: string, table: Table): boolean {
  const words = wordsOf(table.name).join(" ");
  return wordsOf(column).every((word) => words.includes(word));
}

const labels =
  /^(name|label|labels|title|description|desc|libelle|nom|nombre|nome|nama|nm|text|texte|keterangan|meaning)$/;

function labelColumn(table: Table, code: string): string | undefined {
  const texts = table.columns.filter(({ name, kind }) => kind === "text" && name !== code);
  const named = texts.find(({ name }) => labels.test(wordsOf(name).at(-1) ?? ""));
  return (named ?? texts.find(({ name }) => isOwnWord(name, table)))?.name;
}
