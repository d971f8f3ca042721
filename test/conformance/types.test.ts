import { expect, test } from "vitest";
import { createWorld, type Thing } from "./world.js";

/** What the types of a federation can be: interfaces, unions, keys of every form, shared, provided, moved and renamed fields. */
const books: Thing[] = [
  { __typename: "Book", id: "b1", title: "One", pages: 10, shade: "RED", price: { amount: 3, unit: "XTS" } },
  { __typename: "Book", id: "b2", title: null, pages: 20, shade: null, price: null },
];
const films: Thing[] = [{ __typename: "Film", id: "f1", title: "Two", minutes: 90, shade: 7, rated: true }];
const media = [books[0], films[0], books[1]];
const offices: Thing[] = [
  { __typename: "Office", org: { id: "o1" }, number: 1, name: "Front", head: "Ana", staff: 4, region: "N", phone: "1" },
  {
    __typename: "Office",
    org: { id: "o1" },
    number: 2,
    name: "Back",
    head: null,
    staff: null,
    region: "S",
    phone: null,
  },
];

const library = createWorld({
  subgraphs: {
    shelf: `
      schema { query: ShelfQuery }
      type ShelfQuery { media: [Media!]!  items: [Item]  oneItem(id: ID!): Item  pages: Page @shareable  offices: [Office]  find(by: Find): [Media] }
      interface Media { id: ID!  title: String }
      union Item = Book | Film
      type Book implements Media @key(fields: "id") { id: ID!  title: String  shade: Colour }
      type Film implements Media @key(fields: "id") { id: ID!  title: String  shade: Int }
      enum Colour { RED BLUE }
      input Find { text: String = "o"  colour: Colour  ids: [ID!] }
      type Page @shareable { size: Int!  total: Int }
      type Office @key(fields: "org { id } number") { org: Org!  number: Int!  name: String  region: String @shareable  phone: String }
      type Org @shareable { id: ID! }`,
    facts: `
      schema { query: Root }
      type Root { pages: Page @shareable  longest: Book @provides(fields: "pages") }
      type Book @key(fields: "id") { id: ID!  pages: Int @external  price: Price }
      type Price { amount: Int!  unit: String! }
      type Page @shareable { size: Int!  total: Int }
      type Film @key(fields: "id") { id: ID!  minutes: Int  rated: Boolean }
      type Office @key(fields: "org { id } number") { org: Org!  number: Int!  head: String  region: String @shareable  staff: Int @override(from: "old") }
      type Org @shareable { id: ID! }`,
    pages: `type Book @key(fields: "id") { id: ID!  pages: Int @shareable }`,
    old: `type Office @key(fields: "org { id } number") { org: Org!  number: Int!  staff: Int  phone: String @override(from: "shelf") }
      type Org @shareable { id: ID! }`,
  },
  query: {
    media,
    items: [...media, null],
    oneItem: ({ id }: { id: string }) => media.find((one) => one?.["id"] === id) ?? null,
    pages: { size: 2, total: null },
    offices,
    longest: books[1],
    find: ({ by }: { by?: { text: string; colour?: string; ids?: string[] } }) =>
      media.filter((one) => by?.ids?.includes(one?.["id"] as string) ?? one?.["shade"] === by?.colour),
  },
  entities: { Book: books, Film: films, Office: offices },
});

const cases = [
  ["an interface", `{ media { id title } }`],
  [
    "an interface with its types",
    `{ media { __typename title ... on Book { pages price { amount } } ... on Film { minutes } } }`,
  ],
  ["a union", `{ items { __typename ... on Book { id pages } ... on Film { title minutes rated } } }`],
  [
    "an interface inside a union",
    `{ items { ... on Media { title ... on Book { price { unit } } } ... on Film { minutes } } }`,
  ],
  [
    "one name, different fields for two types",
    `{ items { ... on Book { size: pages } ... on Film { size: minutes } } }`,
  ],
  ["one name, different types for two types", `{ items { ... on Book { shade } ... on Film { hue: shade } } }`],
  ["only a type name of a union", `{ items { __typename } media { t: __typename } }`],
  [
    "a fragment that fits one",
    `{ oneItem(id: "f1") { ... on Film { minutes } } b: oneItem(id: "f1") { ... on Book { pages } } }`,
  ],
  ["a compound key", `{ offices { number name head staff org { id } } }`],
  ["a shared field, from wherever", `{ offices { region head } }`],
  ["an overridden field, both ways", `{ offices { name phone staff } }`],
  ["a shared root and value type", `{ pages { size total } longest { id } }`],
  ["a provided field", `{ longest { pages id } }`],
  ["renamed root types", `{ __typename media { id } longest { id } }`],
  [
    "nested fragments over types",
    `{ media { ...M } } fragment M on Media { ...B ... on Film { minutes ... on Media { id } } } fragment B on Book { pages ...M2 } fragment M2 on Media { title }`,
  ],
  [
    "input objects, enums and lists",
    `{ a: find(by: {colour: RED}) { id } b: find(by: {ids: ["b2", "f1"]}) { id } c: find { id } }`,
  ],
] as const;

test.each(cases)("%s", async (_name, query) => {
  const { data, errors } = await library.ask(query);
  expect(JSON.stringify(data)).toBe(JSON.stringify(library.expected(query)));
  expect(errors).toEqual([]);
});

test("variables inside input objects", async () => {
  const query = `query ($c: Colour, $i: ID! = "f1") { a: find(by: {colour: $c}) { id } b: find(by: {ids: ["b1", $i]}) { id } }`;
  for (const variables of [{ c: "RED" }, { c: null, i: "b2" }, {}]) {
    const { data } = await library.ask(query, { variables });
    expect(data).toEqual(library.expected(query, variables));
  }
});

test("what a subgraph provides is not fetched again", async () => {
  library.calls.length = 0;
  await library.ask(`{ longest { pages } }`);
  expect(library.calls.map(({ fetch }) => fetch.subgraph)).toEqual(["facts"]);
});

test("a name with different types is rewritten by the planner and comes back as asked", async () => {
  const world = createWorld({
    subgraphs: {
      a: `type Query { all: [Any!] } union Any = X | Y  type X @key(fields: "id") { id: ID! v: Sub } type Sub { n: Int } type Y @key(fields: "id") { id: ID! w: Other } type Other { n: Int! }`,
      b: `type X @key(fields: "id") { id: ID! x: Int! } type Y @key(fields: "id") { id: ID! y: Int }`,
    },
    query: {
      all: [
        { __typename: "X", id: "1", v: { n: 1 }, x: 4 },
        { __typename: "Y", id: "2", w: { n: 2 }, y: null },
      ],
    },
    entities: { X: [{ __typename: "X", id: "1", x: 4 }], Y: [{ __typename: "Y", id: "2", y: null }] },
  });
  const query = `{ all { ... on X { s: v { n } } ... on Y { s: w { m: n } y } ... on X { x } } }`;
  const { data, errors } = await world.ask(query);
  expect(data).toEqual(world.expected(query));
  expect(errors).toEqual([]);
});

test("an output rewrite is planned and undone", async () => {
  const world = createWorld({
    subgraphs: {
      a: `type Query { all: [I!] } interface I { id: ID! }
        type X implements I @key(fields: "id") { id: ID! v: Int } type Y implements I @key(fields: "id") { id: ID! v: String! }`,
      b: `type X @key(fields: "id") { id: ID! v2: Int @requires(fields: "v") v: Int @external }
        type Y @key(fields: "id") { id: ID! v2: Int @requires(fields: "v") v: String! @external }`,
    },
    query: {
      all: [
        { __typename: "X", id: "x1", v: 1, v2: 2 },
        { __typename: "Y", id: "y1", v: "abc", v2: 3 },
      ],
    },
    entities: { X: [{ __typename: "X", id: "x1" }], Y: [{ __typename: "Y", id: "y1" }] },
    resolvers: { b: { X: { v2: (x: { v: number }) => x.v + 1 }, Y: { v2: (y: { v: string }) => y.v.length } } },
  });
  const query = `{ all { id ... on X { v2 } ... on Y { v2 } } }`;
  const { data, errors } = await world.ask(query);
  expect(errors).toEqual([]);
  expect(data).toEqual(world.expected(query));
  const renamed = world.plan(query).fetches.some(({ text }) => text.includes("__alias_"));
  expect(renamed).toBe(true);
});

test("an interface with a key of its own, and what each subgraph knows of it", async () => {
  const things = [
    { __typename: "A", id: "1", name: "one", extra: 1, more: "x", depth: 3 },
    { __typename: "B", id: "2", name: null, extra: 2, more: null, depth: null },
  ];
  const world = createWorld({
    subgraphs: {
      a: `type Query { nodes: [Node]  first: Node } interface Node @key(fields: "id") { id: ID!  name: String }
        type A implements Node @key(fields: "id") { id: ID!  name: String  depth: Int }
        type B implements Node @key(fields: "id") { id: ID!  name: String  depth: Int }`,
      b: `interface Node { id: ID!  extra: Int  more: String }
        type A implements Node @key(fields: "id") { id: ID!  extra: Int  more: String }
        type B implements Node @key(fields: "id") { id: ID!  extra: Int  more: String }`,
    },
    query: { nodes: [...things, null], first: things[1] },
    entities: { A: things, B: things },
  });
  for (const query of [
    `{ nodes { __typename id name ... on A { extra } } first { ... on B { more depth } } }`,
    `{ nodes { ... on A { more d: depth } ... on B { extra } } }`,
  ]) {
    const { data, errors } = await world.ask(query);
    expect(data).toEqual(world.expected(query));
    expect(errors).toEqual([]);
  }
});

test("an input rewrite: the entity is handed over under the name by which the subgraph knows it", async () => {
  const things = [
    { __typename: "A", id: "1", score: 5 },
    { __typename: "B", id: "2", score: null },
  ];
  const world = createWorld({
    subgraphs: {
      a: `type Query { nodes: [Node] } interface Node @key(fields: "id") { id: ID! }
        type A implements Node @key(fields: "id") { id: ID! }  type B implements Node @key(fields: "id") { id: ID! }`,
      b: `type Node @key(fields: "id") @interfaceObject { id: ID!  score: Int }`,
    },
    query: { nodes: things },
    entities: { A: things, B: things, Node: things.map(({ id, score }) => ({ id, score })) },
  });
  const query = `{ nodes { __typename id score } }`;
  const { data, errors } = await world.ask(query);
  expect(errors).toEqual([]);
  expect(data).toEqual(world.expected(query));
  expect(world.calls.at(-1)?.representations).toEqual([
    { __typename: "Node", id: "1" },
    { __typename: "Node", id: "2" },
  ]);
});
