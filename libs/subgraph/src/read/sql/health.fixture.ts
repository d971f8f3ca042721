import type { Scheme } from "#libs/terms";

/** A small health MIS with every feature of a mapping: schema, adapter.yaml and tables, the same on every kind of database. */
export const schemes = new Map<string, Scheme>([
  [
    "nid",
    {
      name: "nid",
      pattern: /^\d{10}$/,
      normalise: ["trim", "digits"],
      decoys: { from: "0000000000", to: "0000999999" },
    },
  ],
  [
    "health-no",
    { name: "health-no", pattern: /^H\d{4}$/, normalise: ["trim", "upper"], decoys: { from: "H9990", to: "H9999" } },
  ],
]);

export const sdl = `
extend schema @link(url: "https://specs.apollo.dev/federation/v2.11", import: ["@key", "@shareable", "@inaccessible", "@composeDirective"])
  @link(url: "https://weft.example/weft/v1.0", import: ["@personal", "@finding"]) @composeDirective(name: "@personal") @composeDirective(name: "@finding")
directive @personal(class: String!, category: String!) on FIELD_DEFINITION
directive @finding(unresolved: String!) on FIELD_DEFINITION
scalar PersonRef
scalar Date
scalar Decimal
enum Answer { YES NO NONE_RECORDED }
enum Quality { VERIFIED DECLARED DISPUTED }
enum Match { MATCH CLOSE MISMATCH NOT_HELD }
enum Finding { DECEASED NO_DEATH_RECORD UNRESOLVED_IDENTITY }
enum Years { Y18 Y60 }
enum Months { M3 M12 }
enum Standing { ACTIVE EXITED }
input Claim { fullName: String dateOfBirth: Date }
type PageInfo @shareable { hasNextPage: Boolean! endCursor: String }
interface Sourced { source: String! asOf: Date quality: Quality! }
type Query { roster(district: String!, status: Standing = ACTIVE, first: Int!, after: String): HealthPage }
type HealthPage { nodes: [Health!]! pageInfo: PageInfo! }
type VisitPage { nodes: [Visit!]! pageInfo: PageInfo! }
type Person @key(fields: "ref") {
  ref: PersonRef!
  identity: Identity @personal(class: "P2", category: "identity")
  vital: Vital @personal(class: "P2", category: "identity")
  health: Health @personal(class: "P4", category: "health")
  match(claimed: Claim!): IdentityMatch @personal(class: "P2", category: "identity")
  visits(from: Date, first: Int!, after: String): VisitPage @personal(class: "P4", category: "health")
}
type Identity implements Sourced {
  fullName: String @personal(class: "P2", category: "identity")
  born: Date @personal(class: "P2", category: "identity")
  ageAtLeast(years: Years!): Answer @personal(class: "P2", category: "identity")
  source: String! asOf: Date quality: Quality!
}
type Vital implements Sourced { finding: Finding @personal(class: "P2", category: "identity") @finding(unresolved: "UNRESOLVED_IDENTITY") source: String! asOf: Date quality: Quality! }
type IdentityMatch { fullName: Match @personal(class: "P2", category: "identity") dateOfBirth: Match @personal(class: "P2", category: "identity") }
type Health implements Sourced {
  person: Person @personal(class: "P1", category: "pseudonym")
  status: Standing @personal(class: "P4", category: "health")
  amount: Decimal @personal(class: "P4", category: "health")
  visitedWithin(months: Months!): Answer @personal(class: "P4", category: "health")
  source: String! asOf: Date quality: Quality!
}
type Visit { day: Date @personal(class: "P4", category: "health") place: String @personal(class: "P4", category: "health") source: String! }
`;

/** adapter.yaml of the MIS on one kind of database. */
export const yamlOn = (source: string) => `
adapter: 1
provider: org:health
source: ${source}
protect: { connections: 2, statementTimeout: PT0.5S, personsPerMinute: 600, queue: PT3S }
codes:
  standing: { "1": ACTIVE, "2": EXITED }
  districts: { from: district_ref, code: code, label: label }
types:
  Person:
    from: PASIEN_MST
    identifiers:
      - { scheme: nid, column: NO_KTP, stored: "###-###-####" }
      - { scheme: health-no, column: ID, normalise: [trim, upper] }
    where: "\\"STS_REC\\" <> 'D'"
    fields:
      identity: { type: Identity }
      vital: { type: Vital }
      health: { type: Health }
      match: { type: IdentityMatch }
      visits: { list: { of: Visit, newest: TGL, keyset: [NO], maxRows: 50, filters: { from: { column: TGL, date: yyyyMMdd, test: atLeast } } } }
  Identity:
    asOf: UBAH
    quality: { declared: "\\"SUMBER\\" = 'M'", otherwise: verified }
    fields:
      source: { value: Register }
      fullName: { columns: [NM1, NM2] }
      born: { column: LAHIR, date: yyyyMMdd, nulls: ["00000000"] }
      ageAtLeast: { column: LAHIR, date: yyyyMMdd, nulls: ["00000000"], arguments: { years: { Y18: 18, Y60: 60 } }, test: yearsAtLeast }
  Vital:
    asOf: { live: true }
    quality: verified
    fields:
      source: { value: Register }
      finding: { exists: { from: KEMATIAN, on: { NO_PS: PASIEN_MST.NO }, where: { BATAL: { not: true } } }, found: DECEASED, none: NO_DEATH_RECORD }
  IdentityMatch:
    fields:
      fullName: { columns: [NM1, NM2], match: { with: claimed.fullName, as: name } }
      dateOfBirth: { column: LAHIR, date: yyyyMMdd, match: { with: claimed.dateOfBirth, as: date } }
  Health:
    from: STATUS
    on: { NO_PS: PASIEN_MST.NO }
    duplicates: newest(UBAH)
    asOf: UBAH
    quality: { declared: { SUMBER: M }, otherwise: verified }
    fields:
      source: { value: Health }
      person: { type: Person }
      status: { column: STS, codes: standing }
      amount: { column: NOMINAL, number: { decimal: ",", group: "." } }
      visitedWithin:
        arguments: { months: { M3: 3, M12: 12 } }
        exists: { from: VISIT, on: { NO_PS: PASIEN_MST.NO }, where: "\\"TGL\\" >= :since", date: yyyyMMdd }
        bind: { since: monthsAgo(months) }
  Visit:
    from: VISIT
    on: { NO_PS: PASIEN_MST.NO }
    fields: { source: { value: Health }, day: { column: TGL, date: yyyyMMdd }, place: { column: TEMPAT } }
lists:
  roster: { of: Health, keyset: [NO], maxRows: 50, filters: { district: { column: KAB, codes: districts }, status: { column: STS, codes: standing } } }
`;

/** A table of the fixture, in words of no database: each kind writes it in its own. */
export interface FixtureTable {
  readonly name: string;
  readonly columns: Readonly<
    Record<string, "key" | "number" | "text" | "short" | "letter" | "moment" | "day" | "truth">
  >;
  readonly rows: readonly (readonly (string | number | boolean | null)[])[];
  /** Columns with an index of their own. */
  readonly indexes?: readonly string[];
}

const roster = Array.from({ length: 20 }, (_, i) => i + 10);
const november = "2026-11-01T00:00:00Z";

/** 1 adult, 2 dead child, 3 deleted, 4 and 5 share a number, 6 has no birthday and an unknown code, 10…29 are a roster. */
export const tables: readonly FixtureTable[] = [
  {
    name: "district_ref",
    columns: { code: "short", label: "text" },
    rows: [
      ["07", "QV-3-07"],
      ["7", "QV-3-07"],
      ["08", "QV-3-08"],
    ],
  },
  {
    name: "PASIEN_MST",
    columns: {
      NO: "key",
      NO_KTP: "short",
      ID: "text",
      NM1: "text",
      NM2: "text",
      LAHIR: "text",
      UBAH: "moment",
      SUMBER: "letter",
      STS_REC: "letter",
    },
    indexes: ["NO_KTP"],
    rows: [
      [1, "100-000-0001", " h0001", "Amina", "Dawar", "19600229", "2026-10-31T22:30:00Z", "P", "A"],
      [2, "100-000-0002", "H0002", "Bo", null, "20200101", november, "M", "A"],
      [3, "100-000-0003", "H0003", "Gone", "Gone", "19700101", november, "P", "D"],
      [4, "100-000-0004", "H0004", "Twin", "A", "19700101", november, "P", "A"],
      [5, "100-000-0004", "H0005", "Twin", "B", "19700101", november, "P", "A"],
      [6, "100-000-0006", "H0006", "Nil", "Birthday", "00000000", november, "P", "A"],
      ...roster.map((n) => [n, `100-000-00${n}`, `H00${n}`, `N${n}`, "R", "19800101", november, "P", "A"]),
    ],
  },
  {
    name: "KEMATIAN",
    columns: { NO_PS: "number", BATAL: "truth" },
    rows: [
      [2, null],
      [1, true],
    ],
  },
  {
    name: "STATUS",
    columns: { NO_PS: "number", STS: "short", KAB: "short", NOMINAL: "text", UBAH: "day", SUMBER: "short" },
    indexes: ["NO_PS"],
    rows: [
      [1, "2", "07", "1.000,00", "2025-01-01", "P"],
      [1, "1", "07", "1.234,50", "2026-05-01", "M"],
      [6, "?", "08", "x", "2026-05-01", "P"],
      ...roster.map((n) => [n, n % 2 === 0 ? "1" : "2", n < 20 ? "07" : "7", "10", "2026-05-01", "P"]),
    ],
  },
  {
    name: "VISIT",
    columns: { NO: "key", NO_PS: "number", TGL: "short", TEMPAT: "text" },
    indexes: ["NO_PS"],
    rows: [
      ...Array.from({ length: 9 }, (_, i) => [i + 1, 1, `2026090${i + 1}`, `clinic ${i + 1}`]),
      [50, 2, "20260101", null],
    ],
  },
];
