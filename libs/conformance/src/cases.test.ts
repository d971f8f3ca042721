import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readVectors } from "./cases.js";
import { canariesIn, readPeople, readRows } from "./people.js";

const folder = fileURLToPath(new URL("../../../contracts/vectors/adapter", import.meta.url));
const { cases, questions, injections } = readVectors(folder);
const people = readPeople(folder);

test("each case has a name of its own, a reason and a place in the specification", () => {
  expect(new Set(cases.map((one) => one.case)).size).toBe(cases.length);
  expect(cases.filter(({ why, spec }) => why.length < 10 || !spec.startsWith("§"))).toEqual([]);
});

test("whom and what the cases name is there", () => {
  const named = cases.flatMap(({ about, record, send, others }) =>
    [about, record.about ?? [], send.about ?? [], ...others].flat(),
  );
  expect(named.filter((name) => !name.includes(":") && people[name] === undefined)).toEqual([]);
  expect(cases.filter(({ ask, send }) => !(ask in questions) || !((send.ask ?? ask) in questions))).toEqual([]);
});

test("there are 500 different injection texts", () => {
  expect(new Set(injections).size).toBe(500);
  expect(injections.length).toBe(500);
});

test("what nobody may be told is found in the data, and none of it is what a case expects", () => {
  const canaries = canariesIn(folder);
  expect(canaries.length).toBeGreaterThan(3 * readRows(folder).length);
  const expected = JSON.stringify(cases.map(({ expect: wanted, first }) => [wanted, first]));
  expect(canaries.filter((one) => expected.includes(one))).toEqual([]);
});
