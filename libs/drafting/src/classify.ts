import type { Column, Table } from "./catalogue.js";
import type { Profile } from "./profile.js";
import { type Meaning, meaningOf, means } from "./words.js";

export type PersonalClass = "P2" | "P3" | "P4";

export interface Classed {
  readonly class: PersonalClass;
  readonly category: string;
  /** Nothing in the name says so. */
  readonly isUnsure: boolean;
}

const classes: Partial<Record<Meaning, readonly [PersonalClass, string]>> = {
  name: ["P2", "identity"],
  number: ["P2", "identity"],
  birth: ["P2", "identity"],
  death: ["P2", "identity"],
  sex: ["P2", "identity"],
  contact: ["P2", "contact"],
  location: ["P2", "location"],
  household: ["P3", "household"],
  money: ["P3", "socio-economic"],
  account: ["P3", "payments"],
  work: ["P3", "socio-economic"],
  health: ["P4", "health"],
  belief: ["P4", "belief"],
  origin: ["P4", "origin"],
  crime: ["P4", "crime"],
};
/** Whatever else a name says: what may be of a special category is taken for it. */
const special: readonly Meaning[] = ["health", "belief", "origin", "crime"];

/** How sensitive a column is, by its name and its table's. Where nothing says, P3, and a question to the drafter. */
export function classOf(column: Column, table: Table, isPersonTable: boolean): Classed {
  const tableIsSpecial = isPersonTable ? undefined : special.find((meaning) => means(table.name, meaning));
  const own = special.find((meaning) => means(column.name, meaning)) ?? meaningOf(column.name);
  const [letter, category] = classes[tableIsSpecial ?? own ?? "state"] ?? ["P3", "socio-economic"];
  return { class: letter, category, isUnsure: tableIsSpecial === undefined && (!own || !classes[own]) };
}

/** Why a column is no field at all; undefined where it may be one. The most closed way to treat what nobody asked for. */
export function leftOut(column: Column, profile: Profile | undefined): string | undefined {
  const meaning = meaningOf(column.name);
  if (meaning === "secret") return "a secret";
  if (meaning === "biometric") return "a picture or a biometric: Weft carries none";
  if (column.kind === "binary") return "bytes";
  if (meaning === "technical" || column.kind === "uuid") return "technical";
  if (column.kind === "other") return "of a type that is not read";
  if (profile && profile.sampled > 0 && profile.empty === 1) return "empty throughout the sample";
  // Its name says so, however short what the sample holds.
  const isRemark = means(column.name, "remark") || (profile?.longest ?? 0) > 60;
  if (column.kind === "text" && isRemark) return "free text, which may hold anything about anybody";
  return undefined;
}
