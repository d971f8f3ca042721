import { type Catalogue, type Column, isUnique, type Table } from "./catalogue.js";
import type { Profile, Spelling } from "./profile.js";
import { means, meaningOf, namesPeople, namesStaff } from "./words.js";

/** Shapes of sampled columns, by table and column. */
export type Profiles = ReadonlyMap<string, ReadonlyMap<string, Profile>>;

export interface Candidate {
  readonly table: Table;
  readonly score: number;
}

/** Tables that may hold one row for each person, the likeliest first: by their names, columns and who points at them. */
export function personTables(catalogue: Catalogue): readonly Candidate[] {
  return catalogue.tables
    .map((table) => ({ table, score: scoreOf(table, catalogue) }))
    .filter(({ score }) => score >= 4)
    .sort((a, b) => b.score - a.score || (a.table.name < b.table.name ? -1 : 1));
}

function scoreOf(table: Table, catalogue: Catalogue): number {
  const has = (meaning: Parameters<typeof means>[1]) => table.columns.some(({ name }) => means(name, meaning));
  const pointing = catalogue.tables.flatMap(({ foreignKeys }) => foreignKeys.filter((key) => key.table === table.name));
  const points: readonly (readonly [boolean, number])[] = [
    [has("birth"), 4],
    [has("name"), 2],
    [has("number"), 3],
    [has("sex"), 2],
    [namesPeople(table.name), 3],
    [namesStaff(table.name), -3],
    [has("secret"), -6],
    [table.primaryKey.length === 1, 1],
  ];
  return points.reduce((sum, [holds, more]) => sum + (holds ? more : 0), Math.min(4, pointing.length));
}

/** With what a sample shows: a column that holds numbers of the registry is worth more than any name. */
export function sampledScore({ table, score }: Candidate, profiles: Profiles): number {
  return score + (identifiersOf(table, profiles).identifiers.length > 0 ? 6 : 0);
}

export interface GuessedIdentifier {
  readonly column: string;
  readonly scheme: string;
  readonly spelling: Spelling;
  readonly isUnique: boolean;
  /** Rows of the sample whose number another row has too, as a share. */
  readonly repeated: number;
  /** By its name as well as by its values. */
  readonly isSure: boolean;
}

export interface Identifiers {
  readonly identifiers: readonly GuessedIdentifier[];
  /** Named like a person's number, and of no scheme that the registry knows. */
  readonly foreign: readonly { readonly column: string; readonly shape: string | null }[];
}

const never = new Set(["contact", "birth", "death", "account", "location", "money", "quantity", "sex", "name"]);

/** Columns that number persons: by what they hold, then by what they are called. */
export function identifiersOf(table: Table, profiles: Profiles): Identifiers {
  const found: GuessedIdentifier[] = [];
  const foreign: { column: string; shape: string | null }[] = [];
  for (const column of table.columns) {
    const profile = profiles.get(table.name)?.get(column.name);
    const isNamed = means(column.name, "number");
    if (!profile || !canNumber(column) || (!isNamed && never.has(meaningOf(column.name) ?? ""))) continue;
    const fit = bestFit(column, profile);
    const isAlone = profile.distinct >= (isNamed ? 0.5 : 0.9);
    if (fit && isAlone && (isNamed || !isSurrogate(table, column)))
      found.push({
        ...fit,
        column: column.name,
        isUnique: isUnique(table, [column.name], true),
        repeated: 1 - profile.distinct,
        isSure: isNamed,
      });
    else if (isNamed && isAlone) foreign.push({ column: column.name, shape: profile.shape });
  }
  return { identifiers: found.sort((a, b) => rank(b) - rank(a)), foreign };
}

function canNumber({ kind }: Column): boolean {
  return kind === "text" || kind === "integer" || kind === "decimal";
}

/** A key that the database counts up is of this table and of no registry. */
function isSurrogate(table: Table, column: Column): boolean {
  return column.kind === "integer" && table.primaryKey.includes(column.name);
}

function bestFit(column: Column, profile: Profile) {
  const fits = profile.schemes.filter(({ spelling }) => spelling.as !== "pad" || means(column.name, "number"));
  const named = fits.find(({ scheme }) => column.name.toLowerCase().includes(scheme.split("-")[0] ?? scheme));
  return named ?? fits[0];
}

function rank({ isSure, isUnique: unique, spelling }: GuessedIdentifier): number {
  return (isSure ? 4 : 0) + (unique ? 2 : 0) + (spelling.as === "normalise" ? 0 : 1);
}
