import { expect, test } from "vitest";
import { createWorld } from "./world.js";

/** What may not be seen is not fetched, not handed over, and not answered. */
const pets = [
  { __typename: "Cat", id: "c", name: "Tom", lives: 9 },
  { __typename: "Dog", id: "d", name: "Rex", tricks: 2 },
];
const people = [
  {
    id: "1",
    name: "Ana",
    email: "a@x.example",
    income: 5,
    strict: { a: 1, b: 2 },
    pet: pets[0],
    card: { no: "n", pin: "p" },
  },
  { id: "2", name: "Ben", email: "b@x.example", income: 6, strict: { a: 3, b: 4 }, pet: pets[1], card: null },
];
const world = createWorld({
  subgraphs: {
    register: `type Query { person(id: ID!): Person!  people: [Person!]!  pets: [Pet]  page: Page  any: [Any] }
      type Page { nodes: [Person!]!  more: Boolean! }
      type Person @key(fields: "id") @key(fields: "email") { id: ID!  name: String  email: ID! }
      interface Pet { id: ID!  name: String }
      union Any = Cat | Dog
      type Cat implements Pet { id: ID!  name: String  lives: Int }
      type Dog implements Pet { id: ID!  name: String  tricks: Int! }`,
    tax: `type Person @key(fields: "id") { id: ID!  income: Int  strict: Strict!  card: Card }
      type Strict { a: Int!  b: Int }
      type Card { no: String  pin: String }`,
    aid: `type Person @key(fields: "id") { id: ID!  income: Int @external  aid: Int @requires(fields: "income")  club: String }`,
    post: `type Person @key(fields: "email") { email: ID!  letters: Int }`,
  },
  query: {
    person: ({ id }: { id: string }) => people.find((one) => one.id === id),
    people,
    pets,
    any: pets,
    page: { nodes: people, more: false },
  },
  entities: { Person: people.map((one) => ({ ...one, aid: 1, club: "x", letters: 2 })) },
  resolvers: { aid: { Person: { aid: (one: { income: number }) => one.income * 2 } } },
});

async function ask(query: string, ...denied: string[]) {
  world.calls.length = 0;
  const { data, errors } = await world.ask(query, { denied });
  const { denials } = world.plan(query, denied);
  const fetched = new Set(world.calls.flatMap(({ fetch }) => [...fetch.coordinates, ...fetch.inputs]));
  for (const at of denied) expect(fetched.has(at as never)).toBe(false);
  return {
    data,
    errors,
    denials,
    fetched: [...fetched].map(String),
    subgraphs: world.calls.map(({ fetch }) => fetch.subgraph),
  };
}

test("a denied field is null, and named once with its place", async () => {
  const { data, denials, errors } = await ask(`{ person(id: "1") { n: name income } }`, "Person.name");
  expect(data).toEqual({ person: { n: null, income: 5 } });
  expect(denials).toEqual([{ coordinate: "Person.name", path: ["person", "n"] }]);
  expect(errors).toEqual([]);
});

test("in a list the place is the list", async () => {
  const { data, denials } = await ask(`{ people { id card { pin } } }`, "Card.pin");
  expect(data).toEqual({
    people: [
      { id: "1", card: null },
      { id: "2", card: null },
    ],
  });
  expect(denials).toEqual([{ coordinate: "Card.pin", path: ["people"] }]);
});

test("with every child denied the parent is not fetched", async () => {
  const { data, subgraphs } = await ask(`{ person(id: "1") { name card { no pin } } }`, "Card.no", "Card.pin");
  expect(data).toEqual({ person: { name: "Ana", card: null } });
  expect(subgraphs).toEqual(["register"]);
});

test("a denied non-null field nulls its nearest nullable parent; nothing under it is fetched", async () => {
  const { data, fetched } = await ask(`{ page { more nodes { name strict { a b } } } people { id } }`, "Strict.a");
  expect(data).toEqual({ page: null, people: [{ id: "1" }, { id: "2" }] });
  expect(fetched).not.toContain("Strict.b");
  expect(fetched).not.toContain("Query.page");
});

test("a reference stays where everything below it is denied", async () => {
  expect((await ask(`{ person(id: "1") { name } people { name } }`, "Person.name")).data).toEqual({
    person: { name: null },
    people: [{ name: null }, { name: null }],
  });
});

test("with every root denied nothing is called", async () => {
  const { data, subgraphs } = await ask(`{ pets { name } page { more } }`, "Query.pets", "Query.page");
  expect(data).toEqual({ pets: null, page: null });
  expect(subgraphs).toEqual([]);
});

test("a denied input of an allowed field is neither fetched nor sent on", async () => {
  const { data, denials, subgraphs } = await ask(`{ person(id: "1") { aid club } }`, "Person.income");
  expect(data).toEqual({ person: { aid: null, club: "x" } });
  expect(denials).toEqual([{ coordinate: "Person.aid", path: ["person", "aid"], dependsOn: "Person.income" }]);
  expect(subgraphs).toEqual(["register", "aid"]);
  expect(world.calls[1]?.representations).toEqual([{ __typename: "Person", id: "1" }]);
});

test("a denied key that a plan would need denies what it leads to", async () => {
  const { data, denials } = await ask(`{ person(id: "1") { name letters } }`, "Person.email");
  expect(data).toEqual({ person: { name: "Ana", letters: null } });
  expect(denials).toEqual([{ coordinate: "Person.letters", path: ["person", "letters"], dependsOn: "Person.email" }]);
});

test("for an interface and a union each type must pass, and a fragment narrows", async () => {
  expect((await ask(`{ pets { id name } }`, "Dog.name")).data).toEqual({
    pets: [
      { id: "c", name: null },
      { id: "d", name: null },
    ],
  });
  expect((await ask(`{ pets { ... on Cat { name } ... on Dog { id } } }`, "Dog.name")).data).toEqual({
    pets: [{ name: "Tom" }, { id: "d" }],
  });
  expect((await ask(`{ any { ... on Pet { name } ... on Dog { id } } }`, "Cat.name")).data).toEqual({
    any: [{ name: null }, { name: null, id: "d" }],
  });
});

test("a denied non-null field on one type leaves the others", async () => {
  expect((await ask(`{ pets { ... on Dog { tricks } ... on Cat { lives } } }`, "Dog.tricks")).data).toEqual({
    pets: [{ lives: 9 }, null],
  });
});

test.each([
  `{ person(id: "1") { x: income } }`,
  `{ person(id: "1") { ... { income } } }`,
  `{ person(id: "1") { ...F } } fragment F on Person { ...G } fragment G on Person { income }`,
  `{ person(id: "1") { income @include(if: true) } }`,
  `{ person(id: "1") { ... on Person @skip(if: false) { income @skip(if: false) } } }`,
  `query ($y: Boolean = true) { person(id: "1") { name income @include(if: $y) aid @skip(if: $y) } }`,
])("no way round: %s", async (query) => {
  const { data, fetched } = await ask(query, "Person.income");
  expect(JSON.stringify(data)).not.toContain("5");
  expect(fetched).not.toContain("Person.income");
});

test("a cached plan never serves another visible set, whoever asks first", async () => {
  for (const order of [
    [["Person.name"], []],
    [[], ["Person.name"]],
  ]) {
    const other = createWorldAgain();
    const query = `{ person(id: "1") { name id } }`;
    const answers = [];
    for (const denied of [...order, ...order]) answers.push((await other.ask(query, { denied })).data);
    const expected = order.map((denied) => ({ person: { name: denied.length > 0 ? null : "Ana", id: "1" } }));
    expect(answers).toEqual([...expected, ...expected]);
    expect(other.plan(query, ["Person.name", "Never.asked"])).toBe(other.plan(query, ["Person.name"]));
    expect(other.plan(query)).not.toBe(other.plan(query, ["Person.name"]));
  }
});

function createWorldAgain() {
  return createWorld({
    subgraphs: { one: `type Query { person(id: ID!): Person } type Person { id: ID! name: String }` },
    query: { person: { id: "1", name: "Ana" } },
  });
}

test("a denied field that is skipped is not spoken of", async () => {
  const query = `query ($s: Boolean!) { person(id: "1") { id name @skip(if: $s) } }`;
  const { data } = await world.ask(query, { variables: { s: true }, denied: ["Person.name"] });
  expect(data).toEqual({ person: { id: "1" } });
  expect(world.plan(query, ["Person.name"], { s: true }).denials).toEqual([]);
  expect(world.plan(query, ["Person.name"], { s: false }).denials).toHaveLength(1);
});
