import { DatabaseSync } from "node:sqlite";
import { isoDate } from "../country/calendar.js";
import { canaryText, isCanary } from "../country/canary.js";
import { heldBy, speltAs } from "../country/held.js";
import type { Person } from "../country/person.js";
import type { Prf } from "../country/prf.js";
import { SCHOOL_YEAR, type SchoolStage, schooling } from "../country/schooling.js";

/** The ministry of education's school register: one SQLite file of a program for the desktop, names in mixed case, a row for each year. */
const clerks = { mis: "school", transliterate: 0.25, missing: { born: 0.04, nid: 0.15, address: 0.08 } };
const stageCodes: Record<SchoolStage, string> = {
  PRIMARY: "P",
  LOWER_SECONDARY: "S1",
  UPPER_SECONDARY: "S2",
  ADULT: "AE",
};

const tables = `
  create table Pupil (
    PupilNo varchar(8) not null primary key, CivilNo varchar(12), GivenName varchar(60), FamilyName varchar(60), Born date,
    Address varchar(120), Telephone varchar(20), Remarks varchar(60), DeletedOn date);
  create table SchoolYear (
    PupilNo varchar(8) not null references Pupil, YearFrom date not null, ValidTo date, Stage varchar(2) not null, Leaver varchar(1) not null,
    DaysHeld integer, DaysPresent integer, PresentPercent numeric, Source varchar(1) not null, ChangedOn date not null,
    primary key (PupilNo, YearFrom));
  create index PupilByCivilNo on Pupil (CivilNo);`;

type Cells = Readonly<Record<string, string | number | null>>;

interface Rows {
  readonly Pupil: Cells;
  readonly SchoolYear: readonly Cells[];
}

export function schoolRows(prf: Prf, person: Person): Rows | null {
  const found = schooling(prf, person);
  if (!found) return null;
  const held = heldBy(prf, clerks, person, person.nid);
  const { n, part } = person;
  const year = (from: number, more: Cells): Cells => ({
    PupilNo: found.number,
    YearFrom: isoDate(from),
    ValidTo: null,
    Stage: stageCodes[found.stage],
    Leaver: found.attends ? "N" : "Y",
    DaysHeld: found.attendance?.held ?? null,
    DaysPresent: found.attendance?.present ?? null,
    PresentPercent: found.attendance && percent(found.attendance),
    Source: prf.chance(n, "school.declared", 0.1) && !part ? "P" : "S",
    ChangedOn: isoDate(found.updated),
    ...more,
  });
  const ended = { ValidTo: isoDate(SCHOOL_YEAR - 60), Leaver: "N", ChangedOn: isoDate(SCHOOL_YEAR - 60) };
  return {
    Pupil: {
      PupilNo: found.number,
      CivilNo: held.nid && speltAs(held.nid, "###-###-####"),
      GivenName: held.given,
      FamilyName: held.family,
      Born: held.born,
      Address: held.address,
      Telephone: person.phone,
      Remarks: isCanary(n) ? canaryText(n, "REMARK") : null,
      DeletedOn: !part && prf.chance(n, "school.deleted", 0.02) ? isoDate(found.updated) : null,
    },
    SchoolYear: [...(found.since < SCHOOL_YEAR ? [year(found.since, ended)] : []), year(SCHOOL_YEAR, {})],
  };
}

function percent({ held, present }: { readonly held: number; readonly present: number }): number {
  return Math.round((present * 1000) / held) / 10;
}

/** Writes the file anew. */
export function writeSchoolRegister(file: string, prf: Prf, people: Iterable<Person>): void {
  const database = new DatabaseSync(file);
  try {
    // Whoever is interrupted here begins anew: nothing has to reach the disk meanwhile.
    database.exec(`pragma journal_mode = off; pragma synchronous = off; begin; ${tables}`);
    const insertInto = inserter(database);
    for (const person of people) {
      const rows = schoolRows(prf, person);
      if (!rows) continue;
      insertInto("Pupil", rows.Pupil);
      for (const year of rows.SchoolYear) insertInto("SchoolYear", year);
    }
    database.exec("commit; analyze");
  } finally {
    database.close();
  }
}

function inserter(database: DatabaseSync): (table: keyof Rows, cells: Cells) => void {
  const statements = new Map<string, ReturnType<DatabaseSync["prepare"]>>();
  return (table, cells) => {
    const names = Object.keys(cells);
    const statement =
      statements.get(table) ??
      database.prepare(`insert into ${table} (${names.join(", ")}) values (${names.map(() => "?").join(", ")})`);
    statements.set(table, statement);
    statement.run(...Object.values(cells));
  };
}
