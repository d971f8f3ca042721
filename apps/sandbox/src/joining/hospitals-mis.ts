import { createConnection } from "mysql2/promise";
import { type Day, dateAs, isoDate, TODAY } from "../country/calendar.js";
import type { Country } from "../country/country.js";
import { heldBy } from "../country/held.js";
import type { Person } from "../country/person.js";

/**
 * The hospitals' information system of a ministry of health, as one finds it: an old MariaDB with Latin-1 tables, abbreviations in upper
 * case, days as yyyymmdd, rows that are deleted by a flag, numbers that are nobody's, and no foreign key at all.
 */
const latin1 = "engine=InnoDB default charset=latin1";
const ddl = [
  `create table PAT_MST (PAT_NO int not null primary key, NAT_ID varchar(12), SURNAME varchar(60), GIVEN_NM varchar(60), DOB char(8), SEX_CD char(1),
   ADDR_TXT varchar(120), TEL_NO varchar(20), DIST_CD varchar(6), FEE_CAT char(1), REG_DT char(8), REMARKS text, DEL_FLAG tinyint(1) not null default 0,
   LAST_UPDATE datetime not null, key IX_NAT (NAT_ID)) ${latin1}`,
  `create table ADM_TRX (ADM_NO int not null primary key, PAT_NO int not null, WARD_CD char(3), ADM_DT char(8) not null, DISCH_DT char(8), DIAG_CD varchar(6),
   CLIN_NOTE text, DEL_FLAG tinyint(1) not null default 0, key IX_PAT (PAT_NO)) ${latin1}`,
  `create table WARD_REF (WARD_CD char(3) not null primary key, WARD_NM varchar(40) not null) ${latin1}`,
  `create table BILL_TRX (BILL_NO int not null primary key, PAT_NO int not null, BILL_DT char(8) not null, AMT decimal(10,2), PAID_FLG char(1), key IX_PAT (PAT_NO)) ${latin1}`,
  `create table USR_MST (USR_ID varchar(12) not null primary key, USR_NM varchar(60), PWD varchar(64)) ${latin1}`,
];

const clerks = { mis: "hospitals", transliterate: 0.3, missing: { born: 0.1, nid: 0.1, address: 0.15 } };
const wards = { SUR: "Surgery", MED: "Medicine", PED: "Paediatrics", MAT: "Maternity", EMG: "Emergency" };
const when = (at: Day) => dateAs(isoDate(at), "yyyyMMdd");
/** Latin-1 knows no letter above 0xFF: the old terminals wrote a question mark. */
const old = (text: string) => text.replaceAll(/[\u0100-\u{10ffff}]/gu, "?");

type Rows = readonly (readonly (string | number | null)[])[];

/** Fills the database: every second person was once in a hospital, and the people with a part to play. */
export async function fillHospitals(url: string, country: Country): Promise<void> {
  const patients = [...country.persons()].filter(({ n, part }) => part !== null || n % 2 === 0);
  const owner = await createConnection({ uri: url, charset: "utf8mb4" });
  const insert = async (table: string, rows: Rows) => {
    if (rows.length > 0) await owner.query("insert into ?? values ?", [table, rows]);
  };
  try {
    for (const statement of ddl) await owner.query(statement);
    await insert("WARD_REF", Object.entries(wards));
    await insert("USR_MST", [["ADMIN", "Administrator", "5f4dcc3b5aa765d61d8327deb882cf99"]]);
    await insert(
      "PAT_MST",
      patients.map((person) => patientRow(country, person)),
    );
    await insert(
      "ADM_TRX",
      patients.map((person) => admissionRow(country, person)),
    );
    await insert(
      "BILL_TRX",
      patients.map((person) => billRow(country, person)),
    );
  } finally {
    await owner.end();
  }
}

function patientRow({ prf }: Country, person: Person): Rows[number] {
  const { n, nid, sex, phone } = person;
  const held = heldBy(prf, clerks, person, nid);
  const registered = TODAY - prf.integer(n, "hospitals.since", 3000);
  return [
    n + 1,
    held.nid,
    old(held.family),
    old(held.given),
    held.born === null ? "00000000" : dateAs(held.born, "yyyyMMdd"),
    sex,
    held.address === null ? null : old(held.address),
    phone,
    held.district.code.slice("QV-".length),
    ["N", "P", "F"][prf.integer(n, "hospitals.fee", 3)] ?? "N",
    when(registered),
    prf.chance(n, "hospitals.remark", 0.2) ? "Brought by a neighbour, papers to be seen at the next visit" : null,
    prf.chance(n, "hospitals.deleted", 0.02) && person.part === null ? 1 : 0,
    `${isoDate(TODAY - prf.integer(n, "hospitals.update", 200))} 07:30:00`,
  ];
}

function admissionRow({ prf }: Country, { n }: Person): Rows[number] {
  const ward = Object.keys(wards)[prf.integer(n, "hospitals.ward", 5)] ?? "MED";
  const admitted = TODAY - 10 - prf.integer(n, "hospitals.admitted", 900);
  return [
    n + 1,
    n + 1,
    ward,
    when(admitted),
    when(admitted + 3),
    `J${prf.integer(n, "hospitals.diagnosis", 99)}`,
    "Seen, treated, sent home",
    0,
  ];
}

function billRow({ prf }: Country, { n }: Person): Rows[number] {
  const billed = TODAY - prf.integer(n, "hospitals.billed", 900);
  return [n + 1, n + 1, when(billed), (prf.integer(n, "hospitals.amount", 90_000) / 100).toFixed(2), "Y"];
}
