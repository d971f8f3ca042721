import type { Column, Table } from "./catalogue.js";
import { classOf, type Classed, leftOut } from "./classify.js";
import type { Question } from "./guess.js";
import { type CodeNames, enumNames } from "./guess-codes.js";
import type { PlannedField, PlannedType, Remark } from "./plan.js";
import type { Profile } from "./profile.js";
import { lookupOf } from "./relations.js";
import { dateOf, testsOf } from "./rows.js";
import { fieldName, labelOf, means, meaningOf, oneLine, unlike } from "./words.js";

export interface FieldContext {
  readonly table: Table;
  readonly isOwn: boolean;
  /** The GraphQL type. */
  readonly type: string;
  readonly question: Question;
  readonly codes: CodeNames;
  /** Type names that are not free; an enum's is added. */
  readonly taken: Set<string>;
  /** Columns that join the row to its person. */
  readonly keys: readonly string[];
}

/** Fields of the interfaces and of the key, which a column may not take. */
const reserved = ["source", "asOf", "quality", "programme", "ref", "id", "person"];

type Fields = Pick<PlannedType, "fields" | "leftOut">;

/** `columns`: those to propose; all of the table unless told. */
export function fieldsOf(about: FieldContext, columns = about.table.columns, known: Iterable<string> = []): Fields {
  const names = new Set([...reserved, ...known]);
  const fields: PlannedField[] = [];
  const out: { column: string; why: string }[] = [];
  for (const column of columns) {
    const why = whyNot(column, about);
    if (why !== undefined) {
      out.push({ column: column.name, why });
      continue;
    }
    const field = fieldOf(column, about, names);
    names.add(field.name);
    fields.push(field);
  }
  return { fields, leftOut: out };
}

function profileIn({ table, question }: FieldContext, column: Column): Profile | undefined {
  return question.profiles.get(table.name)?.get(column.name);
}

function whyNot(column: Column, about: FieldContext): string | undefined {
  const { table, question, keys, isOwn } = about;
  if (isOwn && isNumber(column.name, question)) return "an identifier: Weft names persons by its own references";
  if (testsOf(table).some((test) => test.column === column.name)) return "says which rows count";
  if (means(column.name, "validTo") || means(column.name, "validFrom") || means(column.name, "changed"))
    return "says of when the row is";
  if (keys.includes(column.name) || isKey(column, table, question)) return "a key of the database";
  if (means(column.name, "number")) return "a number of somebody: declare it as an identifier, or map it yourself";
  if (column.name.includes(".") && !column.name.startsWith("$."))
    return "its name has a dot, which a mapping cannot say";
  return leftOut(column, profileIn(about, column));
}

function isNumber(column: string, { identifiers }: Question): boolean {
  return [...identifiers.identifiers, ...identifiers.foreign].some((each) => each.column === column);
}

function isKey(column: Column, table: Table, { catalogue }: Question): boolean {
  const key = table.foreignKeys.find(({ columns }) => columns.includes(column.name));
  if (key) return lookupOf(key, catalogue) === undefined;
  return table.primaryKey.includes(column.name) && column.kind !== "day";
}

function fieldOf(column: Column, about: FieldContext, names: ReadonlySet<string>): PlannedField {
  const { table, isOwn, question } = about;
  const name = fieldName(column.name, names);
  const classed = classOf(column, table, isOwn);
  const profile = profileIn(about, column);
  const decoded = decodedBy(column, name, about, profile);
  return {
    name,
    column: column.name,
    class: classed.class,
    category: classed.category,
    label: labelOf(column.name),
    description: descriptionOf(column),
    ...decoded,
    remarks: [
      ...classRemarks(classed),
      ...decoded.remarks,
      ...emptyRemarks(profile),
      ...dateNotes(column, table, question),
    ],
  };
}

function descriptionOf({ name, comment }: Column): string {
  const said = comment === null ? "" : oneLine(comment);
  return said === "" ? `${labelOf(name)}, as the register holds it.` : said;
}

function classRemarks(classed: Classed): readonly Remark[] {
  return classed.isUnsure ? [{ kind: "ask", text: `is it ${classed.class}? Nothing in its name says` }] : [];
}

function emptyRemarks(profile: Profile | undefined): readonly Remark[] {
  const share = Math.round((profile?.empty ?? 0) * 100);
  return profile && profile.sampled > 0 && share >= 20
    ? [{ kind: "guess", text: `${share} % of the sample is empty` }]
    : [];
}

function dateNotes(column: Column, table: Table, { profiles }: Question): readonly Remark[] {
  const format = dateOf(column, table, profiles);
  return format === "dd/MM/yyyy" || format === "MM/dd/yyyy"
    ? [{ kind: "ask", text: "is the day or the month first?" }]
    : [];
}

type Decoded = Pick<PlannedField, "type" | "codes" | "date" | "nulls" | "remarks">;

function decodedBy(column: Column, name: string, about: FieldContext, profile: Profile | undefined): Decoded {
  const { table, question, codes } = about;
  const key = table.foreignKeys.find(({ columns }) => columns.length === 1 && columns[0] === column.name);
  const lookup = key && lookupOf(key, question.catalogue);
  if (lookup) {
    const { code, label } = lookup;
    const list = codes.table(name, { table: lookup.table.name, code, label, where: testsOf(lookup.table) });
    return { type: "String", codes: list.name, remarks: [] };
  }
  const date = dateOf(column, table, question.profiles);
  if (date !== undefined) return { type: "Date", date, nulls: date === "yyyyMMdd" ? ["00000000"] : [], remarks: [] };
  if (column.kind === "boolean") return { type: "Answer", codes: codes.truth().name, remarks: [] };
  const coded = codesOf(column, name, about, profile);
  if (coded) return coded;
  const types = { integer: "Int", decimal: "Decimal" } as const;
  return { type: types[column.kind as keyof typeof types] ?? "String", remarks: [] };
}

/** Few values that the table declares, or that many rows share. A number is one only where its name says so. */
function codesOf(column: Column, name: string, about: FieldContext, profile: Profile | undefined): Decoded | undefined {
  const declared = column.values;
  const found = declared ?? profile?.codes;
  const isCode = column.kind === "text" || means(column.name, "state") || means(column.name, "sex");
  if (!found || !isCode || (declared === null && meaningOf(column.name) === "name")) return undefined;
  const type = unlike(`${about.type}${name.slice(0, 1).toUpperCase()}${name.slice(1)}`, about.taken);
  about.taken.add(type);
  const remarks: Remark[] = [
    { kind: "ask", text: "what does each code mean? Rename the values, here and in schema.graphql" },
  ];
  if (declared === null && profile?.hasRareCodes)
    remarks.push({ kind: "ask", text: "codes in fewer than ten rows of the sample are not written here: add them" });
  const list = about.codes.inline(name, `${about.table.name}.${column.name}`, found, {
    enum: { name: type, values: enumNames(found), description: `${labelOf(column.name)}: the register's own codes.` },
    remarks,
  });
  return { type, codes: list.name, remarks: [] };
}
