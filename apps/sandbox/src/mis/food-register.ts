import { dateAs, isoDate } from "../country/calendar.js";
import { canaryText, isCanary } from "../country/canary.js";
import { heldBy } from "../country/held.js";
import { toAscii } from "../country/names.js";
import type { Person } from "../country/person.js";
import type { Prf } from "../country/prf.js";
import { foodEnrolment, type Standing } from "../country/programmes.js";

/** Food support: a paper programme. Its register is typed into one CSV file: semicolons, windows-1252, the header in the third row. */
const clerks = { mis: "food", transliterate: 0.35, missing: { born: 0.12, nid: 0.1, address: 0.15 } };
const standingWords: Record<Standing, string> = {
  APPLIED: "PETITA",
  ACTIVE: "VALIDA",
  SUSPENDED: "SUSPENSA",
  EXITED: "CLAUSA",
};

const header = [
  "Numerus Cartae",
  "Numerus Civis",
  "Nomen Plenum",
  "Dies Natalis",
  "Domicilium",
  "Pagus",
  "Status Cartae",
  "Inscriptus Die",
  "Emendatus Die",
  "Fons",
  "Notae",
];

export function foodRegisterHead(): string {
  return `Registrum Alimentorum;;;;;;;;;;\r\nscriptum ad diem;20.11.2026;;;;;;;;;\r\n${header.join(";")}\r\n`;
}

export function foodLine(prf: Prf, person: Person): string | null {
  const found = foodEnrolment(prf, person);
  if (!found) return null;
  const held = heldBy(prf, clerks, person, person.nid);
  const { n, part } = person;
  const written = (iso: string) => dateAs(iso, "dd.MM.yyyy");
  const cells = [
    found.number,
    held.nid ?? "-",
    `${held.family}, ${held.given}`,
    held.born === null ? "" : written(held.born),
    held.address ?? "-",
    held.district.code.slice(3),
    standingWords[found.status],
    written(isoDate(found.since)),
    written(isoDate(found.updated)),
    prf.chance(n, "food.declared", 0.5) && !part ? "dictum" : "visum",
    isCanary(n) ? canaryText(n, "REMARK") : "",
  ];
  return `${cells.map(cell).join(";")}\r\n`;
}

/** windows-1252 has no macrons: those letters lose them. */
export function encodeRegister(text: string): Buffer {
  return Buffer.from(text.replaceAll(/[\u0100-\uFFFF]/g, toAscii), "latin1");
}

function cell(text: string): string {
  return /[;"\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
