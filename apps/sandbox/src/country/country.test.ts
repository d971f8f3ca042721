import { expect, test } from "vitest";
import { canaryNumbers } from "./canary.js";
import { TODAY } from "./calendar.js";
import { namedPersons } from "./cast.js";
import { canaryValues, type Country, orvanda } from "./country.js";
import { heldBy } from "./held.js";
import { jobseeker } from "./jobs.js";
import { patient } from "./health.js";
import { insured } from "./insurance.js";
import type { Person, Story } from "./person.js";
import { ROSTER_DISTRICT } from "./places.js";
import {
  type CashEnrolment,
  cashEnrolments,
  disabilityCase,
  farmEnrolment,
  foodEnrolment,
  payee,
} from "./programmes.js";
import { schooling } from "./schooling.js";
import { truthOf } from "./truth.js";

const country = orvanda(10_000);
const people = [...country.persons()];
const enrolments = people.flatMap((person) => cashEnrolments(country.prf, person));

function share<T>(items: readonly T[], is: (item: T) => boolean): number {
  return items.filter(is).length / items.length;
}

function everythingOf(country: Country, n: number): string {
  const person = country.person(n);
  const { prf } = country;
  const cash = cashEnrolments(prf, person);
  const others = [disabilityCase(prf, person), foodEnrolment(prf, person), farmEnrolment(prf, person)];
  return JSON.stringify([truthOf(country, person), cash, cash.map((enrolment) => payee(prf, enrolment)), others]);
}

test("ten thousand people are a prefix of a million", () => {
  const million = orvanda(1_000_000);
  for (let n = 0; n < 10_000; n += 37) expect(everythingOf(million, n)).toBe(everythingOf(country, n));
  expect([...orvanda(240).persons()].map(({ n }) => n)).toHaveLength(240);
});

test("another seed is another country; the same seed is the same", () => {
  expect(everythingOf(orvanda(500, "elsewhere"), 300)).not.toBe(everythingOf(country, 300));
  expect(everythingOf(orvanda(500), 300)).toBe(everythingOf(country, 300));
});

test("every number is issued once and none is a decoy", () => {
  const ids = people.flatMap(({ nid }) => nid ?? []);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.every((id) => /^[1-9]\d{9}$/.test(id))).toBe(true);
  for (const numbers of [
    enrolments.map(({ cashNo }) => cashNo),
    enrolments.flatMap((enrolment) => payee(country.prf, enrolment)?.payeeNo ?? []),
    people.flatMap((person) => disabilityCase(country.prf, person)?.number ?? []),
    people.flatMap((person) => foodEnrolment(country.prf, person)?.number ?? []),
    people.flatMap((person) => farmEnrolment(country.prf, person)?.number ?? []),
    people.flatMap((person) => schooling(country.prf, person)?.number ?? []),
    people.flatMap((person) => insured(country.prf, person)?.number ?? []),
    people.flatMap((person) => patient(country.prf, person)?.number ?? []),
    people.flatMap((person) => jobseeker(country.prf, person)?.number ?? []),
  ]) {
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers.length).toBeGreaterThan(300);
    expect(
      numbers.every((number) => /^(?:[CB]\d{8}|[DFAESHJ]\d{7})$/.test(number) && Number(number.slice(1)) > 9999),
    ).toBe(true);
  }
});

test("92 % have a national ID, and 71 % of the poorest fifth", () => {
  expect(share(people, ({ nid }) => nid !== null)).toBeCloseTo(0.92, 1.8);
  const poorest = people.filter(({ wealth }) => wealth < 0.2);
  expect(poorest.length / people.length).toBeCloseTo(0.2, 1);
  expect(share(poorest, ({ nid }) => nid !== null)).toBeCloseTo(0.71, 1.4);
});

test("clerks err as often as they are said to, and never about the cast", () => {
  const clerks = { mis: "test", transliterate: 0.3, missing: { born: 0.05, nid: 0.04, address: 0.1 } };
  const many = [...orvanda(20_000).persons()].filter(({ part }) => !part);
  const held = many.map((person) => heldBy(country.prf, clerks, person, person.nid));
  const rate = (mistake: (typeof held)[number]["mistakes"][number]) =>
    share(held, ({ mistakes }) => mistakes.includes(mistake));
  expect(rate("typo")).toBeCloseTo(0.03, 2);
  expect(rate("swapped-names")).toBeCloseTo(0.015, 2);
  // Only dates with a day up to twelve can be exchanged: 12 of 30.4.
  expect(rate("day-month")).toBeCloseTo(0.008 * 0.395, 2);
  expect(rate("stale-address")).toBeCloseTo(0.2, 1);
  expect(rate("missing-born")).toBeCloseTo(0.05, 1.8);
  for (const n of [...namedPersons.values(), ...canaryNumbers]) {
    const person = country.person(n);
    expect(heldBy(country.prf, clerks, person, person.nid).mistakes).toEqual([]);
  }
});

test("0.8 % of the paid are dead, and six in ten of these deaths are registered", () => {
  const large = orvanda(60_000);
  const paid = [...large.persons()]
    .flatMap((person) => cashEnrolments(large.prf, person))
    .filter(({ holder }) => !holder.part);
  const dead = paid.filter(({ story }) => story === "dead-but-paid");
  expect(dead.length / paid.length).toBeCloseTo(0.008, 2.4);
  expect(dead.every(({ holder, status }) => holder.died !== null && status === "ACTIVE")).toBe(true);
  expect(share(dead, ({ holder }) => holder.deathRegistered)).toBeGreaterThan(0.4);
  expect(share(dead, ({ holder }) => holder.deathRegistered)).toBeLessThan(0.8);
});

test("every story is told by somebody outside the cast as well", () => {
  const told = new Set(people.filter(({ part }) => !part).flatMap((person) => truthOf(country, person).stories));
  const stories: Story[] = [
    ...(["dead-but-paid", "never-existed", "wrong-id", "paid-twice", "shared-account-household"] as const),
    ...(["shared-account-agent", "twin", "ward", "protected", "objector"] as const),
  ];
  for (const story of stories) expect([...told]).toContain(story);
});

test("the wrong ID is somebody else's, and nobody holds the ID of who never existed", () => {
  const ids = new Map(people.flatMap((person) => (person.nid ? [[person.nid, person.n] as const] : [])));
  const of = (story: CashEnrolment["story"]) => enrolments.filter((enrolment) => enrolment.story === story);
  for (const { nid } of of("never-existed")) expect(ids.has(nid ?? "")).toBe(false);
  for (const { nid, holder } of of("wrong-id")) expect(nid).not.toBe(holder.nid);
});

test("twins share a day of birth", () => {
  const twins = people.filter(({ stories, part }) => stories.includes("twin") && !part);
  expect(twins.length).toBeGreaterThan(10);
  for (const twin of twins) {
    const others = people.filter(
      ({ n, born, household }) => n !== twin.n && born === twin.born && household.head === twin.household.head,
    );
    expect(others.length).toBeGreaterThan(0);
  }
});

test("nobody is born after today or has died before birth", () => {
  const lives = people.every(({ born, died }) => born <= TODAY && (died === null || (died >= born && died <= TODAY)));
  expect(lives).toBe(true);
});

test("the first page of the roster has someone dead, someone unresolved and someone who was never born", () => {
  const roster = enrolments
    .filter(({ holder, status }) => holder.district.code === ROSTER_DISTRICT && status === "ACTIVE")
    .sort((a, b) => (a.cashNo < b.cashNo ? -1 : 1));
  expect(roster.length).toBeGreaterThan(50);
  const page = roster.slice(0, 50);
  const dead = (registered: boolean) =>
    page.some(({ holder }) => holder.died !== null && holder.deathRegistered === registered);
  expect([dead(true), dead(false)]).toEqual([true, true]);
  expect(page.some(({ nid }) => nid === null)).toBe(true);
  expect(page.some(({ story }) => story === "never-existed")).toBe(true);
  const normal = (person: Person) => person.died === null && person.nid !== null;
  expect(page.filter(({ holder }) => normal(holder)).length).toBeGreaterThan(30);
});

test("canaries take part everywhere and the list of their values is complete", () => {
  const values = canaryValues(country);
  expect(canaryNumbers).toHaveLength(50);
  expect(new Set(values.texts).size).toBe(250);
  expect(new Set(values.nationalIds).size).toBe(50);
  // Three spellings of the national ID and ten numbers for each.
  expect(new Set(values.identifiers).size).toBe(50 * 13);
  expect(new Set(values.amounts).size).toBe(150);
  expect(new Set(values.dates).size).toBe(400);
});

test("canary values are nobody else's", () => {
  const all = JSON.stringify(
    people.filter(({ n }) => !canaryNumbers.includes(n)).map((person) => truthOf(country, person)),
  );
  const words = new Set(all.split(/["\s,:{}[\]]+/));
  const { texts, identifiers, dates } = canaryValues(country);
  expect(all).not.toContain("CANARY");
  expect([...texts, ...identifiers, ...dates].filter((value) => words.has(value))).toEqual([]);
});
