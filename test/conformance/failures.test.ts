import { expect, test } from "vitest";
import type { Dispatch } from "#libs/supergraph";
import { type Code, WeftError } from "#libs/terms";
import { createWorld } from "./world.js";

/** What is not answered: nulls that go up, errors with their places, subgraphs that are down or answer nonsense. */
const people = [
  { id: "1", name: "Ana", strict: "a", soft: "s", friend: null as unknown },
  { id: "2", name: "Ben", strict: null, soft: null, friend: null as unknown },
  { id: "3", name: null, strict: "c", soft: "t", friend: null as unknown },
];
people[0]!.friend = people[1];
const world = createWorld({
  subgraphs: {
    names: `type Query { person(id: ID!): Person  people: [Person]  firm: [Person!] }
      type Person @key(fields: "id") { id: ID!  name: String  friend: Person }`,
    facts: `type Query { fact: Int } type Person @key(fields: "id") { id: ID!  soft: String  box: Box!  needed: Int } type Box { strict: String  hard: Int! }`,
    sums: `type Person @key(fields: "id") { id: ID!  needed: Int @external  sum: Int @requires(fields: "needed")  other: Int }`,
  },
  query: {
    person: ({ id }: { id: string }) => people.find((one) => one.id === id) ?? null,
    people: [people[0], null, people[1], people[2]],
    firm: [people[0], people[1]],
    fact: 1,
  },
  entities: { Person: people },
});

type Answer = Awaited<ReturnType<Dispatch>>;
/** One subgraph answers as told; the others as ever. */
function telling(subgraph: string, tell: (real: () => Promise<Answer>) => Promise<Answer>): Dispatch {
  return (fetch, variables, representations) => {
    const real = (): Promise<Answer> => world.dispatch(fetch, variables, representations);
    return fetch.subgraph === subgraph ? tell(real) : real();
  };
}
const down = (code: Code, retryAfter?: number): Dispatch =>
  telling("facts", () => Promise.reject(new WeftError(code, retryAfter === undefined ? {} : { retryAfter })));
const entities = (...list: unknown[]): Promise<Answer> => Promise.resolve({ data: { _entities: list } });

test("a subgraph that is down leaves nulls and one error for each field", async () => {
  const { data, errors } = await world.ask(`{ person(id: "1") { name soft } fact }`, {
    dispatch: down("SOURCE_UNAVAILABLE", 30),
  });
  expect(data).toEqual({ person: { name: "Ana", soft: null }, fact: null });
  expect(errors).toEqual([
    { coordinate: "Query.fact", code: "SOURCE_UNAVAILABLE", path: ["fact"], subgraph: "facts", retryAfter: 30 },
    {
      coordinate: "Person.soft",
      code: "SOURCE_UNAVAILABLE",
      path: ["person", "soft"],
      subgraph: "facts",
      retryAfter: 30,
    },
  ]);
});

test("in a list the path ends at the list and rows say where", async () => {
  const { data, errors } = await world.ask(`{ people { name soft } }`, { dispatch: down("SOURCE_UNAVAILABLE") });
  expect(data).toEqual({
    people: [{ name: "Ana", soft: null }, null, { name: "Ben", soft: null }, { name: null, soft: null }],
  });
  expect(errors).toEqual([
    {
      coordinate: "Person.soft",
      code: "SOURCE_UNAVAILABLE",
      path: ["people"],
      subgraph: "facts",
      rows: [
        [0, 0],
        [2, 3],
      ],
    },
  ]);
});

test("a missing non-null field takes its nearest nullable parent along, and no more", async () => {
  const { data } = await world.ask(`{ person(id: "1") { box { strict } } p: person(id: "2") { name } }`, {
    dispatch: down("SOURCE_UNAVAILABLE"),
  });
  expect(data).toEqual({ person: null, p: { name: "Ben" } });
  const listed = await world.ask(`{ people { name box { strict } } firm { box { strict } } }`, {
    dispatch: telling("facts", () => entities({ box: { strict: "s" } }, { box: null }, { box: { strict: null } })),
  });
  expect(listed.data).toEqual({
    people: [{ name: "Ana", box: { strict: "s" } }, null, null, { name: null, box: { strict: null } }],
    firm: null,
  });
});

test("errors of a subgraph stand where the fields stand", async () => {
  const dispatch = telling("facts", async () => ({
    data: { _entities: [{ s: null }, { s: "s" }, { s: null }] },
    errors: [
      { path: ["_entities", 0, "s"], extensions: { code: "NOT_AVAILABLE" } },
      { path: ["_entities", 2, "s"], extensions: { code: "NOT_AVAILABLE" } },
    ],
  }));
  const { data, errors } = await world.ask(`{ a: people { s: soft } }`, { dispatch });
  expect(data).toEqual({ a: [{ s: null }, null, { s: "s" }, { s: null }] });
  expect(errors).toEqual([
    {
      coordinate: "Person.soft",
      code: "NOT_AVAILABLE",
      path: ["a"],
      subgraph: "facts",
      rows: [
        [0, 0],
        [3, 3],
      ],
    },
  ]);
});

test("an error for one person names that row alone", async () => {
  const dispatch = telling("facts", async () => ({
    data: { _entities: [{ soft: null }, { soft: "s" }, { soft: "t" }] },
    errors: [{ path: ["_entities", 0, "soft"], extensions: { code: "NOT_AVAILABLE", secret: "x" } }],
  }));
  const { data, errors } = await world.ask(`{ people { soft } }`, { dispatch });
  expect(data).toEqual({ people: [{ soft: null }, null, { soft: "s" }, { soft: "t" }] });
  expect(errors).toEqual([
    { coordinate: "Person.soft", code: "NOT_AVAILABLE", path: ["people"], subgraph: "facts", rows: [[0, 0]] },
  ]);
});

test("an error inside an object keeps its path", async () => {
  const { data, errors } = await world.ask(`{ me: person(id: "1") { b: box { strict } } }`, {
    dispatch: telling("facts", async () => ({
      data: { _entities: [{ b: { strict: null } }] },
      errors: [{ path: ["_entities", 0, "b", "strict"], extensions: { code: "NOT_AVAILABLE" } }],
    })),
  });
  expect(data).toEqual({ me: { b: { strict: null } } });
  expect(errors).toEqual([
    { coordinate: "Box.strict", code: "NOT_AVAILABLE", path: ["me", "b", "strict"], subgraph: "facts" },
  ]);
});

test("an entity that is null is no error: there is none recorded", async () => {
  const { data, errors } = await world.ask(`{ person(id: "1") { name soft } }`, {
    dispatch: telling("facts", () => entities(null)),
  });
  expect(data).toEqual({ person: { name: "Ana", soft: null } });
  expect(errors).toEqual([]);
});

test.each([
  ["no data", {}],
  ["data of another form", { data: [] }],
  ["too few entities", { data: { _entities: [] } }],
  ["too many entities", { data: { _entities: [{ soft: "1" }, { soft: "2" }] } }],
  ["no list", { data: { _entities: { soft: "1" } } }],
  ["an error of its own", { data: null, errors: [{ path: ["_entities"], extensions: { code: "BOOM" } }] }],
])("an answer with %s is not used", async (_name, answer) => {
  const { data, errors } = await world.ask(`{ person(id: "1") { name soft } }`, {
    dispatch: telling("facts", () => Promise.resolve(answer as Answer)),
  });
  expect(data).toEqual({ person: { name: "Ana", soft: null } });
  expect(errors).toEqual([
    { coordinate: "Person.soft", code: "SOURCE_INVALID", path: ["person", "soft"], subgraph: "facts" },
  ]);
});

test("a value that the schema does not allow becomes null with an error", async () => {
  const { data, errors } = await world.ask(`{ people { soft } }`, {
    dispatch: telling("facts", () => entities({ soft: 1 }, { soft: {} }, { soft: "fine" })),
  });
  expect(data).toEqual({ people: [{ soft: null }, null, { soft: null }, { soft: "fine" }] });
  expect(errors).toEqual([
    {
      coordinate: "Person.soft",
      code: "SOURCE_INVALID",
      path: ["people"],
      subgraph: "facts",
      rows: [
        [0, 0],
        [2, 2],
      ],
    },
  ]);
});

test("a subgraph cannot answer for another, nor reach a prototype", async () => {
  const forged = JSON.parse(
    `{"__proto__": {"polluted": 1}, "soft": "s", "name": "forged", "friend": {"id": "9"}, "box": {"strict": "x", "__proto__": {"y": 1}}}`,
  ) as unknown;
  const { data } = await world.ask(`{ person(id: "1") { soft friend { name } name box { strict } } }`, {
    dispatch: telling("facts", () => entities(forged)),
  });
  expect(data).toEqual({ person: { soft: "s", friend: { name: "Ben" }, name: "Ana", box: { strict: "x" } } });
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
});

test("a field is not computed from an input that its subgraph could not give", async () => {
  world.calls.length = 0;
  const { data, errors } = await world.ask(`{ person(id: "1") { sum } }`, { dispatch: down("SOURCE_UNAVAILABLE") });
  expect(data).toEqual({ person: { sum: null } });
  expect(world.calls.map(({ fetch }) => fetch.subgraph)).toEqual(["names"]);
  expect(errors.map(({ coordinate }) => coordinate)).toContain("Person.sum");
  const withheld = await world.ask(`{ person(id: "1") { sum } }`, {
    dispatch: telling("facts", async () => ({
      data: { _entities: [{ needed: null }] },
      errors: [{ path: ["_entities", 0, "needed"], extensions: { code: "NOT_AVAILABLE" } }],
    })),
  });
  expect(withheld.data).toEqual({ person: { sum: null } });
  expect(world.calls.some(({ fetch }) => fetch.subgraph === "sums")).toBe(false);
});

test("whatever else dispatch throws is our own fault, and says nothing", async () => {
  const { errors } = await world.ask(`{ fact }`, {
    dispatch: () => {
      throw new Error("nid 1234567890");
    },
  });
  expect(errors).toEqual([{ coordinate: "Query.fact", code: "INTERNAL", path: ["fact"], subgraph: "facts" }]);
});
