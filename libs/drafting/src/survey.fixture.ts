import type { Scheme } from "#libs/terms";
import type { Catalogue, Column, Table } from "./catalogue.js";
import type { About } from "./draft.js";
import type { Question } from "./guess.js";
import { identifiersOf } from "./person-table.js";
import { profileOf } from "./profile.js";
import { hangingOn } from "./relations.js";

/** A small register as its catalogue tells it, and a draft's question about it. No database is asked. */
const nid: Scheme = {
  name: "nid",
  pattern: /^\d{10}$/,
  normalise: ["trim", "digits"],
  decoys: { from: "0000000000", to: "0000999999" },
};
const schemes = new Map([[nid.name, nid]]);

export const about: About = {
  title: "Register",
  register: "Register",
  provider: "org:register",
  languages: ["en", "fr"],
  source: { kind: "postgres", url: "env:REGISTER_DB_URL" },
};

export function column(name: string, kind: Column["kind"] = "text"): Column {
  return { name, kind, nullable: true, comment: null, values: null };
}

export function table(name: string, columns: readonly Column[], more: Partial<Table> = {}): Table {
  return {
    name,
    isView: false,
    comment: null,
    rows: 100,
    columns,
    primaryKey: [columns[0]?.name ?? ""],
    foreignKeys: [],
    indexes: [],
    ...more,
  };
}

export const people = table("tblPerson", [
  column("PersonID", "integer"),
  column("NationalID"),
  column("LastName"),
  column("DOB", "day"),
  column("Sex"),
  column("ValidityTo", "time"),
]);
export const visits = table(
  "tblVisit",
  [column("VisitID", "integer"), column("PersonID", "integer"), column("SeenOn", "day"), column("Ward")],
  {
    foreignKeys: [{ columns: ["PersonID"], table: "tblPerson", references: ["PersonID"] }],
  },
);

const samples: Readonly<Record<string, (n: number) => string>> = {
  NationalID: (n) => String(4_000_000_000 + n),
  LastName: (n) => `Surname${n}`,
  Sex: (n) => ["M", "F"][n % 2] ?? "",
};

export function questionOf(tables: readonly Table[]): Question {
  const catalogue: Catalogue = { kind: "postgres", schema: "public", timezone: null, tables };
  const person = tables[0] ?? people;
  const rows = Array.from({ length: 100 }, (_, n) => n);
  const profiles = new Map(
    tables.map(({ name, columns }) => [
      name,
      new Map(
        columns.map(
          (each) =>
            [
              each.name,
              profileOf(
                rows.map((n) => samples[each.name]?.(n) ?? `x${n}`),
                [nid],
              ),
            ] as const,
        ),
      ),
    ]),
  );
  return {
    catalogue,
    profiles,
    schemes,
    taken: { types: new Set(["Identity"]), personFields: new Set(["identity"]) },
    person,
    identifiers: identifiersOf(person, profiles),
    hanging: hangingOn(person, catalogue),
    unwanted: [],
  };
}
