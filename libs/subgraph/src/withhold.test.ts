import type { ConsentReceipt } from "#libs/consent";
import { compilePolicy, type CoordinateRule } from "#libs/policy";
import { type CanonicalPerson, type Coordinate, deriveSealKey, type OrgId, type PurposeCode } from "#libs/terms";
import { expect, test } from "vitest";
import { PersonSeals } from "./person-seals.js";
import { consentingPersons, judgeRows, type Release } from "./withhold.js";

const provider = "org:disability" as OrgId;
const seals = new PersonSeals(
  ["p1", "p2"].map((kid) => deriveSealKey(kid, Buffer.alloc(32, kid), provider)),
  "p2",
);
const oldSeals = new PersonSeals([deriveSealKey("p1", Buffer.alloc(32, "p1"), provider)], "p1");
const rule = (name: string, kind: CoordinateRule["kind"], named: string) =>
  ({
    coordinate: name as Coordinate,
    controller: provider,
    kind,
    class: "P4",
    releases: [],
    named,
    arguments: [],
  }) as const;
const policy = compilePolicy(
  [
    rule("Query.roster", "entry", "Page"),
    rule("Page.nodes", "structural", "Enrolment"),
    rule("Person.disability", "reaching", "Enrolment"),
    rule("Enrolment.level", "value", "String"),
    rule("Enrolment.since", "value", "Date"),
    rule("Enrolment.status", "value", "Status"),
    rule("Enrolment.source", "companion", "String"),
  ],
  [],
);
const coordinates = (...names: string[]) => new Set(names as Coordinate[]);
const asked = coordinates("Person.disability", "Enrolment.level", "Enrolment.since", "Enrolment.source");
const byPerson: Release = {
  consumer: "org:clinic" as OrgId,
  purpose: "referral" as PurposeCode,
  basis: "CONSENT",
  plan: { kind: "entities", coordinates: asked, touched: asked },
};
const selected = coordinates("Query.roster", "Page.nodes", "Enrolment.level", "Enrolment.source");
const list: Release = {
  ...byPerson,
  plan: { kind: "lists", coordinates: selected, touched: new Set([...selected, ...coordinates("Enrolment.status")]) },
};
const byLaw = (release: Release): Release => ({ ...release, basis: "PUBLIC_TASK" });

const person = "nid:1234567890" as CanonicalPerson;
const alias = "disability-no:D1234567" as CanonicalPerson;
const receipt = (changes: object) =>
  ({
    nbf: 0,
    exp: 2_000,
    jti: "receipt",
    kind: "consent",
    recipient: "org:clinic",
    purposes: ["referral"],
    coordinates: ["Enrolment.level"],
    sub: seals.seal(person),
    ...changes,
  }) as unknown as ConsentReceipt;
const objection = { kind: "objection", recipient: "any", purposes: [], coordinates: [] };

const evidenceOf = (receipts: readonly ConsentReceipt[]) => ({
  receiptsOf: (ref: string) => receipts.filter(({ sub }) => sub === ref),
  statusOf: () => "valid" as const,
  usesOf: () => 0,
  seals,
  policy,
});

function judge(release: Release, ...receipts: ConsentReceipt[]) {
  const evidence = evidenceOf(receipts);
  const [row] = judgeRows([{ person, identifiers: [person, alias] }], release, evidence, new Date(1_000_000));
  return row?.withheld === "everything" ? "everything" : [...(row?.withheld ?? [])];
}

test("what leads to a consented value and what stands beside it go with it; the other values stay", () => {
  expect(judge(byPerson, receipt({}))).toEqual(["Enrolment.since"]);
  expect(judge(byPerson)).toBe("everything");
});

test("a consent counts under any identifier of the row and under any key that ever sealed it", () => {
  expect(judge(byPerson, receipt({ sub: seals.seal(alias) }))).toEqual(["Enrolment.since"]);
  expect(judge(byPerson, receipt({ sub: oldSeals.seal(alias) }))).toEqual(["Enrolment.since"]);
});

test("on law nothing but a restriction withholds, and it does so under any identifier", () => {
  expect(judge(byLaw(byPerson))).toEqual([]);
  expect(judge(byLaw(byPerson), receipt({ ...objection, sub: oldSeals.seal(alias) }))).toBe("everything");
  expect(judge(byLaw(byPerson), receipt({ ...objection, coordinates: ["Enrolment.level"] }))).toEqual([
    "Enrolment.level",
  ]);
});

test("companions alone tell of the record, so they need a consent that names them", () => {
  const companions = coordinates("Person.disability", "Enrolment.source");
  const release = { ...byPerson, plan: { kind: "entities", coordinates: companions, touched: companions } } as const;
  expect(judge(release, receipt({}))).toEqual(["Person.disability", "Enrolment.source"]);
  expect(judge(release, receipt({ coordinates: ["Person.disability", "Enrolment.source"] }))).toEqual([]);
});

test("a list leaves out who did not consent to being sought, and whoever is restricted in any of its fields", () => {
  expect(judge(list, receipt({}))).toBe("everything");
  expect(judge(list, receipt({ coordinates: ["Enrolment.level", "Enrolment.status"] }))).toEqual([]);
  expect(judge(byLaw(list))).toEqual([]);
  expect(judge(byLaw(list), receipt({ ...objection, coordinates: ["Enrolment.level"] }))).toBe("everything");
  expect(judge(byLaw(list), receipt({ ...objection, coordinates: ["Enrolment.since"] }))).toEqual([]);
});

test("a list on consent asks for those alone who consented to all by which its rows are chosen, and for nobody who is restricted", () => {
  const whole = { coordinates: ["Enrolment.level", "Enrolment.status"] };
  const asked = (...receipts: ConsentReceipt[]) =>
    consentingPersons(new Set(receipts.map(({ sub }) => sub)), list, evidenceOf(receipts), new Date(1_000_000)).map(
      (one) => one.person,
    );
  expect(asked(receipt(whole))).toEqual([person]);
  expect(asked(receipt({ ...whole, sub: seals.seal(alias) }))).toEqual([alias]);
  expect(asked(receipt({ ...whole, sub: oldSeals.seal(person) }))).toEqual([person]);
  expect(asked(receipt({}))).toEqual([]);
  expect(asked(receipt({ ...whole, recipient: "org:bank" }))).toEqual([]);
  expect(asked(receipt({ ...whole, purposes: ["research"] }))).toEqual([]);
  expect(asked(receipt(whole), receipt({ ...objection, jti: "o" }))).toEqual([]);
});
