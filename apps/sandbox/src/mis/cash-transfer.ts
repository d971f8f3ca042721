import { dateAs, isoDate } from "../country/calendar.js";
import { canaryText, isCanary } from "../country/canary.js";
import { heldBy, speltAs } from "../country/held.js";
import { toAscii } from "../country/names.js";
import { districts } from "../country/places.js";
import type { Prf } from "../country/prf.js";
import { cashEnrolments, type CashEnrolment, type Standing } from "../country/programmes.js";
import type { DatabaseMis, Row } from "./database.js";

/** The cash-transfer programme: another PostgreSQL, another language, numeric codes, dates as text, rows deleted by a flag. */
const clerks = { mis: "cash", transliterate: 0.3, missing: { born: 0.05, nid: 0.04, address: 0.1 } };

const standingCodes: Record<Standing, string> = { APPLIED: "0", ACTIVE: "1", SUSPENDED: "2", EXITED: "3" };
const districtCode = (code: string): string => `0${code.slice(3).replace("-", "")}`;

export const cashTransfer: DatabaseMis = {
  database: "cashxfer",
  role: "weft_cash",
  connections: 4,
  ddl: `
    create table ref_kode (grp text not null, kd text not null, nm text not null, primary key (grp, kd));
    create table penerima_mst (
      no_peserta varchar(9) primary key, nik varchar(12), nm_lengkap varchar(80) not null, tgl_lahir char(8), alamat varchar(120),
      no_hp varchar(20), kd_kab char(4) not null, sts_peserta char(1) not null, tgl_daftar char(8), jml_bantuan varchar(14),
      jml_art smallint, skor_pmt numeric(5,2), sumber char(1) not null, sts_rec char(1) not null, catatan varchar(60),
      tgl_ubah char(8) not null);
    create index on penerima_mst (nik);
    create index on penerima_mst (kd_kab, sts_peserta, no_peserta);`,
  readable: {
    penerima_mst: [
      "no_peserta",
      "nik",
      "kd_kab",
      "sts_peserta",
      "tgl_daftar",
      "jml_bantuan",
      "jml_art",
      "skor_pmt",
      "sumber",
      "sts_rec",
      "tgl_ubah",
    ],
    ref_kode: ["grp", "kd", "nm"],
  },
  reference: () => ({
    ref_kode: [
      ...districts.map(({ code }) => ({ grp: "KAB", kd: districtCode(code), nm: code })),
      ...Object.entries(standingCodes).map(([status, kd]) => ({ grp: "STS", kd, nm: status.toLowerCase() })),
    ],
  }),
  rowsOf: (prf, person) => ({ penerima_mst: cashEnrolments(prf, person).map((enrolment) => row(prf, enrolment)) }),
};

function row(prf: Prf, enrolment: CashEnrolment): Row {
  const { holder, since } = enrolment;
  const { n } = holder;
  const held = heldBy(prf, clerks, holder, enrolment.nid);
  return {
    no_peserta: enrolment.cashNo,
    nik: held.nid && speltAs(held.nid, "####.###.###"),
    nm_lengkap: toAscii(`${held.family} ${held.given}`).toUpperCase().slice(0, 80),
    tgl_lahir: held.born === null ? "00000000" : dateAs(held.born, "yyyyMMdd"),
    alamat: held.address,
    no_hp: prf.chance(n, "cash.phone", 0.85) ? holder.phone : null,
    kd_kab: districtCode(held.district.code),
    sts_peserta: standingCodes[enrolment.status],
    tgl_daftar: prf.chance(n, "cash.since.missing", holder.part ? 0 : 0.03)
      ? "19000101"
      : dateAs(isoDate(since), "yyyyMMdd"),
    jml_bantuan: money(enrolment.amount),
    jml_art: prf.chance(n, "cash.size.missing", holder.part ? 0 : 0.04) ? 99 : enrolment.householdSize,
    skor_pmt: enrolment.score,
    sumber: prf.chance(n, "cash.declared", 0.35) && !holder.part ? "M" : "V",
    sts_rec: enrolment.deleted ? "D" : "A",
    catatan: isCanary(n) ? canaryText(n, "REMARK") : null,
    tgl_ubah: dateAs(isoDate(enrolment.updated), "yyyyMMdd"),
  };
}

/** `1234.50` -> `1.234,50`. */
export function money(amount: string): string {
  const [whole = "0", cents = "00"] = amount.split(".");
  return `${whole.replaceAll(/\B(?=(\d{3})+$)/g, ".")},${cents}`;
}
