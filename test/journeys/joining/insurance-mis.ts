/**
 * A health insurance's system as such systems are: some eighty tables in mixed case, rows that are never changed but succeeded (`ValidityTo` is
 * empty in the one that counts), keys of the database's own everywhere, two reserved words. Everything in it is made up.
 */
export interface InsuranceMis {
  /** One statement after the other. */
  readonly ddl: readonly string[];
  readonly rows: readonly string[];
  readonly tables: number;
}

const validity = `"ValidityFrom" timestamp not null default '2024-02-01', "ValidityTo" timestamp, "LegacyID" int, "AuditUserID" int not null default -1`;

const codeTables = {
  tblGender: ["M:Manlike", "F:Femmelike"],
  tblRelation: ["1:Spouselike", "2:Childlike", "3:Parentlike"],
  tblProfession: ["1:Smithery", "2:Weavery", "3:Fishery"],
  tblEducation: ["1:Primarium", "2:Secundarium"],
  tblFamilyType: ["H:Householdlike", "P:Polyhouse"],
} as const;

const core = [
  ...Object.keys(codeTables).map(
    (name) =>
      `create table "${name}" ("Code" varchar(2) primary key, "${name.slice(3)}" varchar(50) not null, "SortOrder" int)`,
  ),
  `create table "tblLocations" ("LocationId" serial primary key, "LocationCode" varchar(8) not null, "LocationName" varchar(50), "ParentLocationId" int references "tblLocations", ${validity})`,
  `create table "tblICDCodes" ("ICDID" serial primary key, "ICDCode" varchar(6) not null, "ICDName" varchar(255), ${validity})`,
  `create table "tblHF" ("HfID" serial primary key, "HFCode" varchar(8), "HFName" varchar(100), "LocationId" int references "tblLocations", ${validity})`,
  `create table "tblUsers" ("UserID" serial primary key, "LoginName" varchar(50), "LastName" varchar(100), "StoredPassword" text, "DOB" date, ${validity})`,
  `create table "tblOfficer" ("OfficerID" serial primary key, "Code" varchar(8), "LastName" varchar(100), "OtherNames" varchar(100), "DOB" date, "Phone" varchar(50), ${validity})`,
  `create table "tblProduct" ("ProdID" serial primary key, "ProductCode" varchar(8), "ProductName" varchar(100), "LumpSum" numeric(18,2), ${validity})`,
  `create table "tblFamilies" ("FamilyID" serial primary key, "InsureeID" int, "LocationId" int references "tblLocations", "Poverty" boolean, "FamilyType" varchar(2) references "tblFamilyType", "FamilyAddress" varchar(200), "isOffline" boolean, ${validity})`,
  `create table "tblInsuree" ("InsureeID" serial primary key, "FamilyID" int references "tblFamilies", "CHFID" varchar(12), "LastName" varchar(100) not null, "OtherNames" varchar(100) not null, "DOB" date not null, "Gender" varchar(2) references "tblGender", "Marital" char(1), "IsHead" boolean not null, "passport" varchar(25), "Phone" varchar(50), "Email" varchar(100), "CardIssued" boolean, "Relationship" varchar(2) references "tblRelation", "Profession" varchar(2) references "tblProfession", "Education" varchar(2) references "tblEducation", "CurrentAddress" varchar(200), "Remarks" text, "HFID" int references "tblHF", "isOffline" boolean, "Photo" bytea, "InsureeUUID" uuid, ${validity})`,
  `alter table "tblFamilies" add foreign key ("InsureeID") references "tblInsuree"`,
  `create index on "tblInsuree" ("passport")`,
  `comment on column "tblInsuree"."OtherNames" is 'Given names, in the order of the card'`,
  `create table "tblPhotos" ("PhotoID" serial primary key, "InsureeID" int references "tblInsuree", "PhotoFileName" varchar(250), ${validity})`,
  `create table "tblPolicy" ("PolicyID" serial primary key, "FamilyID" int not null references "tblFamilies", "ProdID" int references "tblProduct", "EnrollDate" date, "StartDate" date, "ExpiryDate" date, "PolicyStatus" smallint, "PolicyValue" numeric(18,2), "OfficerID" int references "tblOfficer", "isOffline" boolean, ${validity})`,
  `create index on "tblPolicy" ("FamilyID")`,
  `create table "tblPremium" ("PremiumId" serial primary key, "PolicyID" int references "tblPolicy", "Amount" numeric(18,2), "Receipt" varchar(50), "PayDate" date, ${validity})`,
  `create table "tblInsureePolicy" ("InsureePolicyId" serial primary key, "InsureeId" int references "tblInsuree", "PolicyId" int references "tblPolicy", "EnrollmentDate" date, "EffectiveDate" date, "ExpiryDate" date, ${validity})`,
  `create index on "tblInsureePolicy" ("InsureeId")`,
  `create table "tblClaim" ("ClaimID" serial primary key, "InsureeID" int references "tblInsuree", "ClaimCode" varchar(12), "DateFrom" date, "DateTo" date, "ICDID" int references "tblICDCodes", "ClaimStatus" smallint, "Claimed" numeric(18,2), "Approved" numeric(18,2), "Explanation" text, "HFID" int references "tblHF", ${validity})`,
  `create table "order" ("from" int references "tblInsuree", "group" smallint not null, "select" varchar(20), "when" date, primary key ("from", "group"))`,
];

const subjects =
  "Batch Report Extract Item Service Price Capitation Ceiling Deduction Diagnosis Feedback Payer Plan Relative Role Setting Statistic".split(
    " ",
  );
const fillers = Array.from({ length: 80 }, (_, i) => {
  const name = `tbl${subjects[i % subjects.length] ?? ""}${i}`;
  return `create table "${name}" ("${name.slice(3)}ID" serial primary key, "Code" varchar(8), "Amount" numeric(18,2), "isOffline" boolean, ${validity})`;
});

/** `people`: how many, each with rows around them. */
export function insuranceMis(people: number): InsuranceMis {
  const made = core.filter((statement) => statement.startsWith("create table")).length;
  const ddl = [...core, ...fillers.slice(0, 80 - made)];
  return { ddl, rows: rowsOf(people), tables: 80 };
}

function rowsOf(people: number): readonly string[] {
  const codes = Object.entries(codeTables).flatMap(([table, entries]) =>
    entries.map((entry) => `insert into "${table}" values ('${entry.replace(":", "', '")}')`),
  );
  const n = `generate_series(1, ${people}) as g(n)`;
  const pick = (from: string, count: number) => `(array['${from}'])[1 + n % ${count}]`;
  return [
    ...codes,
    `insert into "tblLocations" ("LocationCode", "LocationName") select 'L' || (1000 + n), 'Locality' || (1000 + n) from generate_series(1, 40) as g(n)`,
    `insert into "tblICDCodes" ("ICDCode", "ICDName") select 'Q' || (100 + n), 'Ailment' || (100 + n) from generate_series(1, 50) as g(n)`,
    `insert into "tblHF" ("HFCode", "HFName", "LocationId") select 'HF' || (100 + n), 'Healthpost' || (100 + n), n from generate_series(1, 20) as g(n)`,
    `insert into "tblUsers" ("LoginName", "LastName", "StoredPassword", "DOB") select 'login' || n, 'Clerkson' || n, 'hashed' || n, '1980-01-01' from generate_series(1, 30) as g(n)`,
    `insert into "tblOfficer" ("Code", "LastName", "OtherNames", "DOB", "Phone") select 'E' || (1000 + n), 'Officerson' || n, 'Enroll' || n, '1979-03-03', '+999 300' || (1000 + n) from generate_series(1, 30) as g(n)`,
    `insert into "tblProduct" ("ProductCode", "ProductName", "LumpSum") select 'PR' || (100 + n), 'Coverplan' || n, 10000 + n from generate_series(1, 6) as g(n)`,
    `insert into "tblFamilies" ("LocationId", "Poverty", "FamilyType", "FamilyAddress") select 1 + n % 40, n % 3 = 0, ${pick("H','P", 2)}, 'Lane ' || (70000 + n) from ${n}`,
    insurees(people, "null", "'2024-02-01'"),
    // What was before: the same number, succeeded.
    `insert into "tblInsuree" ("FamilyID", "CHFID", "LastName", "OtherNames", "DOB", "Gender", "IsHead", "passport", "ValidityFrom", "ValidityTo", "LegacyID") select "FamilyID", "CHFID", 'Formerly' || "InsureeID", "OtherNames", "DOB", "Gender", "IsHead", "passport", '2020-01-01', '2024-02-01', "InsureeID" from "tblInsuree" where "InsureeID" % 4 = 0`,
    `update "tblFamilies" f set "InsureeID" = f."FamilyID"`,
    `insert into "tblPolicy" ("FamilyID", "ProdID", "EnrollDate", "StartDate", "ExpiryDate", "PolicyStatus", "PolicyValue", "OfficerID") select n, 1 + n % 6, date '2026-01-01' + n % 300, date '2026-02-01' + n % 300, date '2027-02-01' + n % 300, (array[1, 2, 4, 8])[1 + n % 4], 12000 + n, 1 + n % 30 from ${n}`,
    `insert into "tblPremium" ("PolicyID", "Amount", "Receipt", "PayDate") select n, 40000 + n, 'R' || (500000 + n), date '2026-01-15' + n % 200 from ${n}`,
    `insert into "tblInsureePolicy" ("InsureeId", "PolicyId", "EnrollmentDate", "EffectiveDate", "ExpiryDate") select n, n, date '2026-01-02' + n % 300, date '2026-02-02' + n % 300, date '2027-02-02' + n % 300 from ${n}`,
    `insert into "tblClaim" ("InsureeID", "ClaimCode", "DateFrom", "ICDID", "ClaimStatus", "Claimed", "Explanation", "HFID") select 1 + n % ${people}, 'C' || (8000000 + n), date '2026-03-01' + n % 200, 1 + n % 50, (array[1, 2, 4, 8, 16])[1 + n % 5], 33000 + n, 'Came with a complaint that nobody else is to read, number ' || n || ', and went home', 1 + n % 20 from generate_series(1, ${2 * people}) as g(n)`,
    `insert into "order" select n, 1, 'parcel' || n, date '2026-05-05' from ${n}`,
    "analyze",
  ];
}

/** Six of a hundred have no number of the registry. */
function insurees(people: number, to: string, from: string): string {
  return `insert into "tblInsuree" ("FamilyID", "CHFID", "LastName", "OtherNames", "DOB", "Gender", "Marital", "IsHead", "passport", "Phone", "Email", "CardIssued", "Relationship", "Profession", "Education", "CurrentAddress", "Remarks", "HFID", "isOffline", "InsureeUUID", "ValidityFrom", "ValidityTo")
    select n, (700000000 + n)::text, 'Surname' || n, 'Given' || n, date '1950-01-01' + (n * 37) % 25000, (array['M', 'F'])[1 + n % 2], (array['S', 'M', 'W'])[1 + n % 3], n % 3 = 0, case when n % 16 = 0 then null else (4000000000 + n)::text end, '+999 200' || (10000 + n), 'post' || n || '@mail.example', n % 2 = 0, (array['1', '2', '3'])[1 + n % 3], (array['1', '2', '3'])[1 + n % 3], (array['1', '2'])[1 + n % 2], 'Road ' || (80000 + n), 'Noted at the desk by a clerk on a long and busy day, file ' || (60000 + n), 1 + n % 20, false, md5(n::text)::uuid, ${from}, ${to}
    from generate_series(1, ${people}) as g(n)`;
}
