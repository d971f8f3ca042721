import { isoDate } from "../country/calendar.js";
import { canaryText, isCanary } from "../country/canary.js";
import { heldBy } from "../country/held.js";
import type { Person } from "../country/person.js";
import type { Prf } from "../country/prf.js";
import { farmEnrolment, type Standing } from "../country/programmes.js";

/** Farm inputs: a paper programme. Its register is one XLSX workbook: a title above the header, dates as Excel dates. */
const clerks = { mis: "farm", transliterate: 0.25, missing: { born: 0.15, nid: 0.12, address: 0.1 } };
const standingLetters: Record<Standing, string> = { APPLIED: "P", ACTIVE: "A", SUSPENDED: "S", EXITED: "X" };

const header = [
  "Reg. No",
  "National ID",
  "Farmer",
  "Date of birth",
  "Village",
  "District",
  "Season status",
  "Registered on",
  "Plot (ha)",
  "Last visit",
  "Seen by",
  "Remarks",
];

export type FarmCells = (string | number | Date | null)[];

export function farmCells(prf: Prf, person: Person): FarmCells | null {
  const found = farmEnrolment(prf, person);
  if (!found) return null;
  const held = heldBy(prf, clerks, person, person.nid);
  const { n, part } = person;
  return [
    found.number,
    held.nid,
    `${held.given} ${held.family}`,
    held.born === null ? null : excelDate(held.born),
    held.address,
    held.district.code,
    standingLetters[found.status],
    excelDate(isoDate(found.since)),
    Math.round(prf.unit(n, "farm.plot") * 40) / 10,
    excelDate(isoDate(found.updated)),
    prf.chance(n, "farm.declared", 0.4) && !part ? "nobody" : "field agent",
    isCanary(n) ? canaryText(n, "REMARK") : null,
  ];
}

/** Streams the rows into a workbook: memory does not grow with the country. */
export async function writeFarmRegister(file: string, rows: Iterable<FarmCells>): Promise<void> {
  // Large, and only needed where the country is made.
  const { default: exceljs } = await import("exceljs");
  const workbook = new exceljs.stream.xlsx.WorkbookWriter({ filename: file, useStyles: true });
  const sheet = workbook.addWorksheet("Register 2026");
  for (const column of [4, 8, 10]) sheet.getColumn(column).numFmt = "yyyy-mm-dd";
  sheet.addRow(["Farm Inputs Register"]).commit();
  sheet.addRow(["Season 2026, all regions"]).commit();
  sheet.addRow([]).commit();
  sheet.addRow(header).commit();
  for (const cells of rows) sheet.addRow(cells).commit();
  sheet.commit();
  await workbook.commit();
}

function excelDate(iso: string): Date {
  return new Date(`${iso}T00:00:00Z`);
}
