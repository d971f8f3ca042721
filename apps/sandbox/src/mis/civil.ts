import { isoDate, TODAY } from "../country/calendar.js";
import { canaryText, isCanary } from "../country/canary.js";
import { heldBy } from "../country/held.js";
import type { Person } from "../country/person.js";
import { districts } from "../country/places.js";
import type { Prf } from "../country/prf.js";
import type { DatabaseMis, Row } from "./database.js";

/** The civil register and national ID office: PostgreSQL, English names, one row a person, deaths and homes in tables of their own. */
const clerks = { mis: "civil", transliterate: 0, missing: { born: 0.02, nid: 0, address: 0.06 } };
/** Births that were registered although nobody ever fetched an ID card. */
const REGISTERED_WITHOUT_ID = 0.4;

const districtCode = (code: string): string => `D0${code.slice(3).replace("-", "")}`;

export const civilRegister: DatabaseMis = {
  database: "civil",
  role: "weft_civil",
  connections: 4,
  ddl: `
    create table district_ref (code text primary key, label text not null, name text not null);
    create table person (
      person_id integer primary key, national_id char(10) unique, given_names text not null, family_name text not null,
      date_of_birth date, sex char(1) not null, residence_district text references district_ref, id_card_status text,
      record_origin char(1) not null, remarks text, updated_on date not null);
    create table death (
      entry_no integer primary key, person_id integer not null references person, date_of_death date not null,
      registered_on date not null, informant text, cancelled boolean not null default false);
    create table residence (
      person_id integer not null references person, district_code text not null, address_line text not null, telephone text,
      moved_in date, primary key (person_id, address_line));
    create table guardianship (
      ward_person_id integer primary key references person, guardian_person_id integer not null, decided_on date);
    create index on death (person_id);`,
  readable: {
    person: [
      "person_id",
      "national_id",
      "given_names",
      "family_name",
      "date_of_birth",
      "residence_district",
      "record_origin",
      "updated_on",
    ],
    death: ["person_id", "cancelled"],
    district_ref: ["code", "label"],
  },
  reference: () => ({
    district_ref: districts.map(({ code, name }) => ({ code: districtCode(code), label: code, name })),
  }),
  rowsOf: (prf, person) => {
    if (person.nid === null && !prf.chance(person.n, "civil.registered", REGISTERED_WITHOUT_ID)) return {};
    const held = heldBy(prf, clerks, person, person.nid);
    return {
      person: [personRow(prf, person, held)],
      death: deathRows(prf, person),
      residence: held.address === null ? [] : [homeRow(person, held.address, districtCode(held.district.code))],
      guardianship: guardianshipRows(prf, person),
    };
  },
};

function personRow(prf: Prf, person: Person, held: ReturnType<typeof heldBy>): Row {
  const { n } = person;
  return {
    person_id: n + 1,
    national_id: held.nid,
    given_names: held.given,
    family_name: held.family,
    date_of_birth: held.born,
    sex: person.sex,
    residence_district: districtCode(held.district.code),
    id_card_status: held.nid === null ? "NONE" : prf.chance(n, "civil.card", 0.9) ? "ISSUED" : "EXPIRED",
    record_origin: prf.chance(n, "civil.declared", 0.1) && !person.part ? "D" : "V",
    remarks: isCanary(n) ? canaryText(n, "REMARK") : null,
    updated_on: isoDate(person.part ? TODAY : TODAY - prf.integer(n, "civil.updated", 900)),
  };
}

function deathRows(prf: Prf, { n, died, deathRegistered }: Person): Row[] {
  if (died === null || !deathRegistered) return [];
  const registered = Math.min(died + 3 + prf.integer(n, "death.delay", 60), TODAY);
  return [
    {
      entry_no: n + 1,
      person_id: n + 1,
      date_of_death: isoDate(died),
      registered_on: isoDate(registered),
      informant: "family",
      cancelled: false,
    },
  ];
}

function homeRow({ n, phone, born }: Person, address: string, district: string): Row {
  return {
    person_id: n + 1,
    district_code: district,
    address_line: address,
    telephone: phone,
    moved_in: isoDate(born + 1),
  };
}

function guardianshipRows(prf: Prf, { n, guardian, born }: Person): Row[] {
  if (guardian === null) return [];
  return [
    {
      ward_person_id: n + 1,
      guardian_person_id: guardian + 1,
      decided_on: isoDate(born + 100 + prf.integer(n, "ward.since", 200)),
    },
  ];
}
