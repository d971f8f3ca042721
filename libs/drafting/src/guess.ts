import type { Scheme } from "#libs/terms";
import { type Catalogue, isIndexed, type Table } from "./catalogue.js";
import { CodeNames } from "./guess-codes.js";
import { type FieldContext, fieldsOf } from "./guess-fields.js";
import type { GuessedIdentifier, Identifiers, Profiles } from "./person-table.js";
import type { Plan, PlannedIdentifier, PlannedType, Remark } from "./plan.js";
import type { Hanging } from "./relations.js";
import { asOfOf, listOf, testsOf } from "./rows.js";
import { fieldName, labelOf, oneLine, several, typeName } from "./words.js";

/** Names that other ministries have, and so nobody else may. */
export interface Taken {
  readonly types: ReadonlySet<string>;
  readonly personFields: ReadonlySet<string>;
}

export interface Question {
  readonly catalogue: Catalogue;
  readonly profiles: Profiles;
  readonly schemes: ReadonlyMap<string, Scheme>;
  readonly taken: Taken;
  readonly person: Table;
  readonly identifiers: Identifiers;
  /** What hangs on the person and is wanted. */
  readonly hanging: readonly Hanging[];
  /** Names of tables that hang on the person and are not wanted. */
  readonly unwanted: readonly string[];
}

/** From what a database says of itself to a proposal: pure, and the same for the same answers. */
export function guess(question: Question): Plan {
  const { person, hanging, taken } = question;
  const codes = new CodeNames();
  const names = {
    types: new Set([...taken.types, "Person", "Query"]),
    fields: new Set([...taken.personFields, "ref"]),
  };
  const own: Hanging = { table: person, how: "one", on: {}, isShared: false };
  const types = [own, ...hanging]
    .map((each) => typeOf(each, question, codes, names))
    .filter((type) => type.fields.length > 0);
  return {
    person: {
      table: person.name,
      identifiers: question.identifiers.identifiers.map((found) => identifierOf(found, question)),
      where: testsOf(person),
      remarks: personRemarks(question),
    },
    types,
    codes: codes.all(),
  };
}

export interface Names {
  readonly types: Set<string>;
  readonly fields: Set<string>;
}

export function typeOf(hanging: Hanging, question: Question, codes: CodeNames, names: Names): PlannedType {
  const { table, on } = hanging;
  const isOwn = table === question.person;
  const name = typeName(
    table.name,
    new Set([...names.types, ...[...names.types].map((each) => each.replace(/Page$/, ""))]),
  );
  const personField = fieldName(hanging.how === "list" ? several(name) : name, names.fields);
  for (const each of [name, `${name}Page`]) names.types.add(each);
  names.fields.add(personField);
  const about: FieldContext = { table, isOwn, type: name, question, codes, taken: names.types, keys: Object.keys(on) };
  const { fields, leftOut } = fieldsOf(about);
  const list = hanging.how === "list" ? listOf(table, question.profiles) : undefined;
  return {
    name,
    table: table.name,
    isOwn,
    on,
    where: isOwn ? [] : testsOf(table),
    list,
    asOf: asOfOf(table, question.profiles),
    personField,
    label: labelOf(table.name),
    description: descriptionOf(table),
    fields: hanging.how === "list" && list === undefined ? [] : fields,
    leftOut,
    remarks: isOwn ? [] : hangingRemarks(hanging),
  };
}

function descriptionOf({ name, comment }: Table): string {
  const said = comment === null ? "" : oneLine(comment);
  return said === "" ? `What the register holds under ${labelOf(name).toLowerCase()}.` : said;
}

function hangingRemarks({ table, on, isShared, how }: Hanging): readonly Remark[] {
  const here = Object.keys(on);
  const remarks: Remark[] = [];
  if (isShared)
    remarks.push({
      kind: "ask",
      text: "these rows belong to what the person shares with others (a household): do they need a basis of their own?",
    });
  else remarks.push({ kind: "guess", text: how === "list" ? "several rows a person" : "at most one row a person" });
  if (!isIndexed(table, here))
    remarks.push({ kind: "ask", text: `no index on ${here.join(", ")}: each look-up reads the whole table` });
  return remarks;
}

function identifierRemark(
  { column, scheme, isSure }: GuessedIdentifier,
  { catalogue, profiles, person }: Question,
): Remark {
  const isService = catalogue.kind === "rest" || catalogue.kind === "soap";
  if (isService && profiles.get(person.name)?.get(column)?.shape === null)
    return {
      kind: "ask",
      text: `does it hold numbers of ${scheme}, as the registry spells them? Nothing but its name says so`,
    };
  if (isService) return { kind: "guess", text: "by its name and the form that the document shows" };
  return { kind: "guess", text: isSure ? "by its name and its values' form" : "by its values' form alone" };
}

function identifierOf(found: GuessedIdentifier, question: Question): PlannedIdentifier {
  const { person, schemes } = question;
  const { column, scheme, spelling, repeated } = found;
  const remarks: Remark[] = [identifierRemark(found, question)];
  if (repeated > 0.005)
    remarks.push({
      kind: "ask",
      text: `${percent(repeated)} of the sample have a number that another row has too: those are withheld`,
    });
  if (spelling.as === "normalise")
    remarks.push({ kind: "ask", text: "spelt in several ways: an index on that expression is needed" });
  else if (!isIndexed(person, [column]))
    remarks.push({ kind: "ask", text: "no index: each look-up reads the whole table" });
  return { column, scheme, spelling, steps: schemes.get(scheme)?.normalise ?? [], remarks };
}

function personRemarks({ identifiers, person }: Question): readonly Remark[] {
  return [
    { kind: "guess", text: `one row a person in ${oneLine(person.name)}` },
    ...identifiers.foreign.map(({ column, shape }): Remark => ({
      kind: "ask",
      text: `${oneLine(column)} numbers persons too${shape === null ? "" : ` (${oneLine(shape)})`}, and is of no scheme of the registry: every number must be declared, so ask the authority for one`,
    })),
  ];
}

function percent(share: number): string {
  return share < 0.01 ? "less than 1 %" : `${Math.round(share * 100)} %`;
}
