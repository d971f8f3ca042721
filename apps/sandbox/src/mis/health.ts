import { dateAs, isoDate } from "../country/calendar.js";
import { canaryText, isCanary } from "../country/canary.js";
import { type FeeExemption, patient } from "../country/health.js";
import { heldBy } from "../country/held.js";
import { toAscii } from "../country/names.js";
import type { Person } from "../country/person.js";
import type { Prf } from "../country/prf.js";
import type { Row } from "./database.js";

/**
 * The ministry of health's patient system: a MariaDB of twenty years' service. Latin-1, names in capitals, days as eight digits and
 * `00000000` for none, rows deleted by a letter, codes that only their table explains.
 */
const clerks = { mis: "health", transliterate: 0.4, missing: { born: 0.06, nid: 0.13, address: 0.15 } };
const exemptionCodes: Record<FeeExemption, string> = {
  YOUNG_CHILD: "01",
  EXPECTING: "02",
  LONG_ILLNESS: "07",
  POVERTY: "11",
};
export const LONG_CARE = "PKR";
const NONE = "00000000";

export const healthDatabase = "SIMPUS";
export const healthRole = "weft_health";

export const healthTables = [
  `create table REF_BEBAS (KD_BEBAS char(2) not null primary key, KET varchar(40) not null) character set latin1`,
  `create table PASIEN_MST (
    NO_RM char(8) not null primary key, NO_KTP char(10), NM_PASIEN varchar(80) not null, TGL_LHR char(8) not null, ALAMAT varchar(120),
    NO_TELP varchar(20), KD_BEBAS char(2), TGL_BEBAS char(8) not null, SUMBER char(1) not null, STS_REC char(1) not null, CATATAN varchar(60),
    TGL_UBAH char(8) not null, key (NO_KTP)) character set latin1`,
  `create table PROGRAM_TR (
    NO_TR int not null primary key, NO_RM char(8) not null, KD_PROG char(3) not null, TGL_MASUK char(8) not null, TGL_KELUAR char(8) not null,
    STS_REC char(1) not null, key (NO_RM)) character set latin1`,
] as const;

/** What the adapter's account may read, and nothing else. */
export const healthReadable: Readonly<Record<string, readonly string[]>> = {
  REF_BEBAS: ["KD_BEBAS", "KET"],
  PASIEN_MST: ["NO_RM", "NO_KTP", "KD_BEBAS", "TGL_BEBAS", "SUMBER", "STS_REC", "TGL_UBAH"],
  PROGRAM_TR: ["NO_RM", "KD_PROG", "TGL_KELUAR", "STS_REC"],
};

export const healthReference: Readonly<Record<string, readonly Row[]>> = {
  REF_BEBAS: Object.entries(exemptionCodes).map(([exemption, code]) => ({ KD_BEBAS: code, KET: exemption })),
};

const written = (iso: string) => dateAs(iso, "yyyyMMdd");

export function healthRowsOf(prf: Prf, person: Person): Readonly<Record<string, readonly Row[]>> {
  const found = patient(prf, person);
  if (!found) return {};
  const held = heldBy(prf, clerks, person, person.nid);
  const { n, part } = person;
  const deleted = !part && prf.chance(n, "health.deleted", 0.03);
  const main: Row = {
    NO_RM: found.number,
    NO_KTP: held.nid,
    NM_PASIEN: latin1(`${held.family}, ${held.given}`.toUpperCase()).slice(0, 80),
    TGL_LHR: held.born === null ? NONE : written(held.born),
    ALAMAT: held.address && latin1(held.address),
    NO_TELP: person.phone,
    KD_BEBAS: found.exemption && exemptionCodes[found.exemption],
    TGL_BEBAS: found.since === null ? NONE : written(isoDate(found.since)),
    SUMBER: prf.chance(n, "health.declared", 0.2) && !part ? "M" : "P",
    STS_REC: deleted ? "D" : "A",
    CATATAN: isCanary(n) ? canaryText(n, "REMARK") : null,
    TGL_UBAH: written(isoDate(found.updated)),
  };
  const enrolled: Row = {
    NO_TR: n + 1,
    NO_RM: found.number,
    KD_PROG: LONG_CARE,
    TGL_MASUK: written(isoDate(found.careSince)),
    TGL_KELUAR: NONE,
    STS_REC: "A",
  };
  return { PASIEN_MST: [main], PROGRAM_TR: found.inLongCare ? [enrolled] : [] };
}

/** Latin-1 has no macrons: those letters lose them. */
function latin1(text: string): string {
  return text.replaceAll(/[\u0100-\uFFFF]/g, toAscii);
}
