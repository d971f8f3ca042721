import { type Scheme, WeftError } from "#libs/terms";
import { type Catalogue, type Column, findTable, type Table } from "./catalogue.js";
import type { DatabaseReader } from "./database/reader.js";
import type { Question, Taken } from "./guess.js";
import { type GuessedIdentifier, type Identifiers, identifiersOf, personTables, sampledScore } from "./person-table.js";
import { type Profile, profileOf } from "./profile.js";
import { type Hanging, hangingOn } from "./relations.js";
import { testsOf } from "./rows.js";
import { oneLine } from "./words.js";

/** Who answers where a draft is unsure: a person at a terminal, or the guess itself. */
export interface Asker {
  one(question: string, choices: readonly string[], guess: string): Promise<string>;
  some(question: string, choices: readonly string[], guess: readonly string[]): Promise<readonly string[]>;
}

export const takesGuesses: Asker = {
  one: (_, __, guess) => Promise.resolve(guess),
  some: (_, __, guess) => Promise.resolve(guess),
};

export interface Wishes {
  /** The table with one row a person, where somebody said. */
  readonly person?: string | undefined;
  /** Column -> scheme, where somebody said. */
  readonly identifiers: ReadonlyMap<string, string>;
}

export interface Ground {
  readonly schemes: ReadonlyMap<string, Scheme>;
  readonly taken: Taken;
}

/** Tables that are sampled to find the one of persons, and types that a draft has at most unless somebody chooses. */
const CANDIDATES = 4;
const TYPES = 16;

/** Looks at a database, asks what it cannot tell, and has then all that a draft is made from. */
export async function survey(reader: DatabaseReader, ground: Ground, wishes: Wishes, ask: Asker): Promise<Question> {
  const catalogue = await reader.catalogue();
  const profiles = new Map<string, ReadonlyMap<string, Profile>>();
  const look = async (table: Table) => {
    if (!profiles.has(table.name)) profiles.set(table.name, await profilesOf(reader, table, ground));
  };
  const person = await choosePerson(catalogue, wishes, profiles, look, ask);
  const identifiers = withWishes(identifiersOf(person, profiles), person, wishes, profiles);
  if (identifiers.identifiers.length === 0) throw noIdentifier(person, ground, identifiers);
  const all = hangingOn(person, catalogue);
  const names = all.map(({ table }) => table.name);
  const wanted = new Set(
    names.length === 0
      ? []
      : await ask.some("Which of these tables belong to a person and may be of use?", names, names.slice(0, TYPES)),
  );
  const hanging: Hanging[] = all.filter(({ table }) => wanted.has(table.name));
  for (const { table } of hanging) await look(table);
  const unwanted = names.filter((name) => !wanted.has(name));
  return { catalogue, profiles, ...ground, person, identifiers, hanging, unwanted };
}

async function choosePerson(
  catalogue: Catalogue,
  wishes: Wishes,
  profiles: ReadonlyMap<string, ReadonlyMap<string, Profile>>,
  look: (table: Table) => Promise<void>,
  ask: Asker,
): Promise<Table> {
  if (wishes.person !== undefined) return await looked(findTable(catalogue, wishes.person), wishes.person, look);
  const candidates = personTables(catalogue).slice(0, CANDIDATES);
  for (const { table } of candidates) await look(table);
  const ranked = candidates
    .map((candidate) => ({ table: candidate.table, score: sampledScore(candidate, profiles) }))
    .sort((a, b) => b.score - a.score);
  const [first, second] = ranked;
  if (!first)
    throw new WeftError("SOURCE_INVALID", {
      detail: "no table looks as if it held one row a person: name it by --person TABLE",
    });
  if (!second || second.score <= 0.7 * first.score) return first.table;
  const names = ranked.map(({ table }) => table.name);
  const chosen = await ask.one("Which table holds one row for each person?", names, first.table.name);
  return await looked(findTable(catalogue, chosen), chosen, look);
}

/** Throws SOURCE_INVALID where there is none of this name. */
export function chosenOf(catalogue: Catalogue, name: string): Table {
  const table = findTable(catalogue, name);
  if (!table) throw new WeftError("SOURCE_INVALID", { detail: `there is no ${oneLine(name)}` });
  return table;
}

async function looked(table: Table | undefined, name: string, look: (table: Table) => Promise<void>): Promise<Table> {
  if (!table) throw new WeftError("SOURCE_INVALID", { detail: `there is no table ${oneLine(name)}` });
  await look(table);
  return table;
}

async function profilesOf(
  reader: DatabaseReader,
  table: Table,
  { schemes }: Ground,
): Promise<ReadonlyMap<string, Profile>> {
  const columns = table.columns.filter(isSampled).map(({ name }) => name);
  const valid = testsOf(table).flatMap(({ column, test }) => (test === "isNull" ? [column] : []));
  const rows = columns.length === 0 ? [] : await reader.sample(table, columns, valid);
  if (!rows) return new Map();
  return new Map(
    columns.map(
      (name) =>
        [
          name,
          profileOf(
            rows.map((row) => row[name] ?? null),
            schemes.values(),
          ),
        ] as const,
    ),
  );
}

/** What has no shape of interest is not even read. */
function isSampled({ kind }: Column): boolean {
  return kind === "text" || kind === "integer" || kind === "decimal";
}

export function withWishes(
  found: Identifiers,
  person: Table,
  { identifiers }: Wishes,
  profiles: Question["profiles"],
): Identifiers {
  if (identifiers.size === 0) return found;
  const wished = [...identifiers].map(([column, scheme]): GuessedIdentifier => {
    if (!person.columns.some(({ name }) => name === column))
      throw new WeftError("SOURCE_INVALID", { detail: `${oneLine(person.name)} has no column ${oneLine(column)}` });
    const profile = profiles.get(person.name)?.get(column);
    const fit = profile?.schemes.find((each) => each.scheme === scheme);
    return {
      column,
      scheme,
      spelling: fit?.spelling ?? { as: "normalise" },
      isUnique: true,
      repeated: profile ? 1 - profile.distinct : 0,
      isSure: true,
    };
  });
  return {
    identifiers: [...wished, ...found.identifiers.filter(({ column }) => !identifiers.has(column))],
    foreign: found.foreign.filter(({ column }) => !identifiers.has(column)),
  };
}

function noIdentifier(person: Table, { schemes }: Ground, { foreign }: Identifiers): WeftError {
  const like = foreign.map(({ column, shape }) => `${oneLine(column)}${shape === null ? "" : ` (${oneLine(shape)})`}`);
  return new WeftError("SOURCE_INVALID", {
    detail: `${oneLine(person.name)} has no column with numbers of ${[...schemes.keys()].join(", ")}${like.length === 0 ? "" : `; there is ${like.join(", ")}`}: name one by --identifier COLUMN=SCHEME, or ask the registry authority for a scheme`,
  });
}
