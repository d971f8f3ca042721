import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { namedPersons } from "./country/cast.js";
import type { Country } from "./country/country.js";
import { cashEnrolments } from "./country/programmes.js";
import { type PersonaName, personas } from "./personas.js";
import { APPLICANT, CONSENTING, CUSTOMER, NOT_ASKED } from "./questions.js";

/** Houses that ask, and keep cases: each a CSV of its own, and an adapter.yaml that says how to read it. */
export interface CaseRegisters {
  /** House → its adapter.yaml. */
  readonly files: Readonly<Record<string, string>>;
  /** The civil register's own adapter.yaml of who lives together. */
  readonly households: string;
  /** What those files name by `env:`. */
  readonly env: Readonly<Record<string, string>>;
}

/** Whom each house's open case is about; all on the programme's roster, for the one that pays. */
const cases: Readonly<Record<PersonaName, readonly string[] | "roster">> = {
  caseworker: [APPLICANT],
  clinic: [CONSENTING, NOT_ASKED],
  bank: [CUSTOMER],
  programme: "roster",
};

/** Officers are people of the country too. This one of the cast is the caseworker. */
const CASEWORKER = "Hariss Brandow";

/** Houses that need a seal key for it, beside the ministries. */
export const explainingHouses = ["welfare", "clinic", "bank"] as const;

export function writeCaseRegisters(country: Country, dataDir: string): CaseRegisters {
  const dir = path.join(dataDir, "mis", "cases");
  mkdirSync(dir, { recursive: true });
  const written = (Object.keys(cases) as PersonaName[]).map((name) => {
    const { org, caseId, officer } = personas[name];
    const house = org.slice("org:".length);
    const about = cases[name];
    const file = (what: string) => path.join(dir, `${house}-${what}`);
    writeOnce(file("cases.csv"), "case;nid;cash_no;opened;closed;office", () => {
      const persons =
        about === "roster" ? rosterOf(country) : about.map((one) => keysOf(country, namedPersons.get(one)!));
      return persons.map(([nid, cashNo, office]) => `${caseId};${nid};${cashNo};2026-01-01;;${office}`);
    });
    writeOnce(file("staff.csv"), "officer;nid;cash_no", () => {
      const [nid, cashNo] = keysOf(country, namedPersons.get(CASEWORKER)!);
      return name === "caseworker" ? [`${officer};${nid};${cashNo}`] : [];
    });
    writeFileSync(file("adapter.yaml"), mappingOf(house));
    return { house, file };
  });
  return {
    households: writeHouseholds(country, dir),
    files: Object.fromEntries(written.map(({ house, file }) => [house, file("adapter.yaml")])),
    env: Object.fromEntries([
      ["CIVIL_FAMILY_BOOK_CSV", path.join(dir, "civil-family-book.csv")],
      ...written.flatMap(({ house, file }) => [
        [`${house.toUpperCase()}_CASES_CSV`, file("cases.csv")],
        [`${house.toUpperCase()}_STAFF_CSV`, file("staff.csv")],
      ]),
    ]),
  };
}

/** Rows are the country's, and kept as its registers are: a second start does not draw everybody again. */
function writeOnce(file: string, head: string, rows: () => readonly string[]): void {
  if (existsSync(file)) return;
  writeFileSync(`${file}.new`, [head, ...rows(), ""].join("\n"));
  renameSync(`${file}.new`, file);
}

/** The civil register keeps a family book: one row for each person who has a number. */
function writeHouseholds(country: Country, dir: string): string {
  writeOnce(path.join(dir, "civil-family-book.csv"), "nid;book", () =>
    [...country.persons()].flatMap(({ nid, household }) => (nid === null ? [] : [`${nid};B${household.head}`])),
  );
  const file = path.join(dir, "civil-households.yaml");
  const mapping = `# Who lives together: asked by a console's rules, of pairs that it cannot read.
adapter: 1
provider: org:civil
source: { kind: csv, files: { family_book: "env:CIVIL_FAMILY_BOOK_CSV" }, delimiter: ";", timezone: "+03:00" }
protect: { connections: 1, statementTimeout: PT2S, personsPerMinute: 6000 }
households: { from: family_book, person: [{ scheme: nid, column: nid }], household: book }
`;
  writeFileSync(file, mapping);
  return file;
}

function mappingOf(house: string): string {
  const person = "[{ scheme: nid, column: nid }, { scheme: cash-no, column: cash_no }]";
  return `# What explains that an officer of this house asked about somebody.
adapter: 1
provider: org:${house}
source: { kind: csv, files: { cases: "env:${house.toUpperCase()}_CASES_CSV", staff: "env:${house.toUpperCase()}_STAFF_CSV" }, delimiter: ";", timezone: "+03:00" }
protect: { connections: 1, statementTimeout: PT2S, personsPerMinute: 6000 }
cases: { from: cases, number: case, person: ${person}, opened: { column: opened }, closed: { column: closed }, office: office }
staff: { from: staff, officer: officer, person: ${person} }
`;
}

type Keys = readonly [nid: string, cashNo: string, office: string];

function keysOf(country: Country, n: number): Keys {
  const one = country.person(n);
  return [one.nid ?? "", cashEnrolments(country.prf, one)[0]?.cashNo ?? "", one.district.code];
}

function rosterOf(country: Country): Keys[] {
  return [...country.persons()].flatMap((person) =>
    cashEnrolments(country.prf, person).map(({ nid, cashNo }): Keys => [nid ?? "", cashNo, person.district.code]),
  );
}
