import { findCanonicalPerson, type Scheme, WeftError } from "#libs/terms";
import type { Catalogue, Column, Table } from "../catalogue.js";
import type { Question } from "../guess.js";
import { type GuessedIdentifier, identifiersOf, personTables } from "../person-table.js";
import type { Profile } from "../profile.js";
import type { Hanging } from "../relations.js";
import { type Asker, chosenOf, type Ground, type Wishes, withWishes } from "../survey.js";
import { means, oneLine } from "../words.js";
import { betterFirst, type LookUp, lookUpOf } from "./look-up.js";
import type { Service, ServiceColumn } from "./service.js";
import { namesScheme, sameName } from "./service-words.js";

export interface ServiceQuestion extends Question {
  readonly service: Service;
  /** By table: how its rows are found. */
  readonly lookUps: ReadonlyMap<string, LookUp>;
}

/** From what a service says of itself to all that a draft is made from: which operation finds persons, by which number, and what else it finds by it. */
export async function surveyService(
  service: Service,
  ground: Ground,
  wishes: Wishes,
  ask: Asker,
): Promise<ServiceQuestion> {
  const known = [...wishes.identifiers.keys()].map(sameName);
  const schemes = [...ground.schemes.values()];
  const first = tablesOf(service, known, schemes);
  const person = await choosePerson(catalogueOf(service, first), wishes, ask);
  const identifiers = withWishes(identifiersOf(person, profilesOf(first, ground)), person, wishes, new Map());
  if (identifiers.identifiers.length === 0)
    throw new WeftError("SOURCE_INVALID", {
      detail: `${oneLine(person.name)} is found by no number of ${[...ground.schemes.keys()].join(", ")}: name one by --identifier MEMBER=SCHEME`,
    });
  // Whatever else is found by the numbers that persons have.
  const numbers = identifiers.identifiers.map(({ column }) => sameName(column));
  const lookUps = new Map([
    ...tablesOf(service, [...known, ...numbers], schemes),
    [person.name, first.get(person.name)!],
  ]);
  const catalogue = catalogueOf(service, lookUps);
  const all = hangingOn(person, identifiers.identifiers, ground, catalogue, lookUps);
  const names = all.map(({ table }) => table.name);
  const wanted =
    names.length === 0 ? [] : await ask.some("Which of these belong to a person and may be of use?", names, names);
  return {
    service,
    lookUps,
    catalogue,
    profiles: profilesOf(lookUps, ground),
    ...ground,
    person: catalogue.tables.find(({ name }) => name === person.name) ?? person,
    identifiers,
    hanging: all.filter(({ table }) => wanted.includes(table.name)),
    unwanted: names.filter((name) => !wanted.includes(name)),
  };
}

/** For each thing that the service holds, the best way to find it. */
function tablesOf(service: Service, known: readonly string[], schemes: readonly Scheme[]): Map<string, LookUp> {
  const byEntity = new Map<string, LookUp[]>();
  for (const operation of service.operations) {
    const found = lookUpOf(operation, known, schemes);
    if (found) byEntity.set(operation.entity, [...(byEntity.get(operation.entity) ?? []), found]);
  }
  return new Map([...byEntity].map(([entity, all]) => [entity, all.toSorted(betterFirst)[0]!] as const));
}

function catalogueOf({ kind }: Service, lookUps: ReadonlyMap<string, LookUp>): Catalogue {
  const tables = [...lookUps].map(([name, lookUp]): Table => {
    const columns = columnsOf(lookUp);
    // A service's own keys and indexes are not ours to see.
    const table = { name, isView: true, comment: lookUp.operation.comment, rows: null, columns };
    return { ...table, primaryKey: keyOf(columns, lookUp), foreignKeys: [], indexes: [] };
  });
  return { kind, schema: null, timezone: null, tables };
}

/** Its members, and the number that it was asked by where it does not say it again. */
function columnsOf({ operation, keys }: LookUp): readonly ServiceColumn[] {
  const asked = keys.filter(({ isAsked }) => isAsked);
  const none = {
    kind: "text",
    nullable: false,
    comment: null,
    values: null,
    example: null,
    pattern: null,
    longest: 0,
  } as const;
  return [...asked.map(({ column }): ServiceColumn => ({ ...none, name: column })), ...operation.columns];
}

function keyOf(columns: readonly Column[], { keys }: LookUp): readonly string[] {
  const own = columns.filter(({ name, kind }) => !keys.some((key) => key.column === name) && kind !== "other");
  const key = own.find(({ name }) => /^(id|.*(Id|ID|_id|No|_no|Number|Ref))$|^no$/.test(name) && !name.startsWith("$"));
  return key ? [key.name] : [];
}

function profilesOf(
  lookUps: ReadonlyMap<string, LookUp>,
  ground: Ground,
): ReadonlyMap<string, ReadonlyMap<string, Profile>> {
  const schemes = [...ground.schemes.values()];
  return new Map(
    [...lookUps].map(([name, lookUp]) => {
      const keys = new Set(lookUp.keys.map(({ column }) => column));
      const isClear = columnsOf(lookUp).some((column) => saidSchemes(column, schemes).length > 0);
      // Where nothing says otherwise, a number by which persons are found is taken for the country's first.
      const guessed = (column: ServiceColumn) =>
        !isClear && keys.has(column.name) && means(column.name, "number") ? schemes.slice(0, 1) : [];
      const profile = (column: ServiceColumn) => profileOf(column, guessed(column), schemes);
      return [name, new Map(columnsOf(lookUp).map((column) => [column.name, profile(column)] as const))] as const;
    }),
  );
}

/** Nothing of a datum is in it: what the document says of a member. `shape`: what it shows of a number's form. */
function profileOf(column: ServiceColumn, guessed: readonly Scheme[], schemes: readonly Scheme[]): Profile {
  const said = saidSchemes(column, schemes);
  return {
    sampled: 0,
    empty: 0,
    distinct: 1,
    shape: said.some((scheme) => showsScheme(column, scheme)) ? "as the document shows" : null,
    longest: column.longest,
    date: null,
    schemes: (said.length > 0 ? said : guessed).map(({ name }) => ({ scheme: name, spelling: { as: "plain" } })),
    codes: null,
    hasRareCodes: false,
  };
}

/** By the form that the document shows; else by the member's name. */
function saidSchemes(column: ServiceColumn, schemes: readonly Scheme[]): readonly Scheme[] {
  const shown = schemes.filter((scheme) => showsScheme(column, scheme));
  return shown.length > 0 ? shown : schemes.filter((scheme) => namesScheme(column.name, scheme));
}

/** By its example, or by a pattern that is the registry's own. A pattern of somebody else's is not run. */
function showsScheme({ example, pattern }: ServiceColumn, scheme: Scheme): boolean {
  if (example !== null && findCanonicalPerson({ ...scheme, normalise: [] }, example) !== undefined) return true;
  const spelt = (source: string) => source.replaceAll(String.raw`\d`, "[0-9]");
  return pattern !== null && spelt(pattern) === spelt(scheme.pattern.source);
}

async function choosePerson(catalogue: Catalogue, { person }: Wishes, ask: Asker): Promise<Table> {
  const candidates = personTables(catalogue);
  const names = candidates.map(({ table }) => table.name);
  const [first, second] = candidates;
  const isClear = first !== undefined && (!second || second.score <= 0.7 * first.score);
  if (person !== undefined) return chosenOf(catalogue, person);
  if (!first)
    throw new WeftError("SOURCE_INVALID", {
      detail: `no operation looks as if it found persons by a number: name what it finds by --person, one of ${catalogue.tables.map(({ name }) => oneLine(name)).join(", ") || "none"}`,
    });
  return isClear
    ? first.table
    : chosenOf(catalogue, await ask.one("Which of these is one row for each person?", names, first.table.name));
}

/** What is found by a number that persons have. */
function hangingOn(
  person: Table,
  identifiers: readonly GuessedIdentifier[],
  { schemes }: Ground,
  { tables }: Catalogue,
  lookUps: ReadonlyMap<string, LookUp>,
): readonly Hanging[] {
  const isMember = (name: string) => person.columns.some((column) => sameName(column.name) === sameName(name));
  return tables.flatMap((table): Hanging[] => {
    const lookUp = lookUps.get(table.name);
    if (table.name === person.name || !lookUp) return [];
    const joins = lookUp.keys.flatMap(({ input, column }) => {
      const named = [...schemes.values()].find((scheme) => namesScheme(input.name, scheme));
      const there =
        identifiers.find((one) => sameName(one.column) === sameName(input.name)) ??
        identifiers.find(({ scheme }) => scheme === named?.name) ??
        (named || identifiers.length > 1 || isMember(input.name) ? undefined : identifiers[0]);
      return there === undefined ? [] : [[column, there.column] as const];
    });
    const [on] = joins;
    if (!on || lookUp.open.length > 0) return [];
    return [{ table, how: lookUp.operation.isMany ? "list" : "one", on: Object.fromEntries([on]), isShared: false }];
  });
}
