import { expect, test } from "vitest";
import { createWorld } from "./world.js";

/** How a plan runs: one after another, side by side, through lists, under conditions. */
const shop = createWorld({
  subgraphs: {
    catalogue: `
      type Query { product(id: ID!): Product  products(first: Int): [Product!]! }
      type Product @key(fields: "id") @key(fields: "sku") { id: ID!  sku: String!  name: String  rows: [[Product]]  tags: [String] }`,
    stock: `
      type Query { warehouse: Warehouse }
      type Warehouse { name: String }
      type Product @key(fields: "id") { id: ID!  inStock: Int  weight: Int  size: Size  nearest: Product }
      type Size { w: Int  h: Int }`,
    delivery: `
      type Product @key(fields: "sku") { sku: String!  weight: Int @external  size: Size @external
        cost: Int @requires(fields: "weight size { w }")  urgent(express: Boolean = false): Int }
      type Size { w: Int @external }`,
    reviews: `
      type Product @key(fields: "id") { id: ID!  reviews: [Review!]  best: Review }
      type Review @key(fields: "id") { id: ID!  stars: Int  author: Author }
      type Author @key(fields: "id") { id: ID! }`,
    people: `type Author @key(fields: "id") { id: ID!  name: String }`,
  },
  ...makeShop(),
  resolvers: {
    delivery: { Product: { cost: (p: { weight: number; size: { w: number } }) => p.weight * 10 + p.size.w } },
  },
});

function makeShop() {
  const authors = [
    { id: "a1", name: "Ana" },
    { id: "a2", name: null },
  ];
  const reviews = [
    { id: "r1", stars: 5, author: authors[0] },
    { id: "r2", stars: 1, author: authors[1] },
    { id: "r3", stars: null, author: null },
  ];
  const products: Record<string, unknown>[] = ["p1", "p2", "p3"].map((id, i) => ({
    id,
    sku: `s-${id}`,
    name: i === 2 ? null : `Name ${id}`,
    tags: ["x", null],
    inStock: i,
    weight: i + 1,
    size: { w: i, h: 2 },
    cost: (i + 1) * 10 + i,
    urgent: ({ express }: { express: boolean }) => (express ? 7 : 3),
    reviews: i === 1 ? null : reviews.slice(i),
    best: reviews[i],
  }));
  for (const product of products) {
    product["rows"] = [[products[0], null], [], null, [products[1], products[2]]];
    product["nearest"] = products[0];
  }
  return {
    query: {
      product: ({ id }: { id: string }) => products.find((product) => product["id"] === id) ?? null,
      products: ({ first }: { first?: number }) => products.slice(0, first ?? products.length),
      warehouse: { name: "North" },
    },
    entities: { Product: products, Review: reviews, Author: authors },
  };
}

const same = [
  ["one fetch", `{ product(id: "p1") { id name tags } }`],
  ["two subgraphs side by side", `{ product(id: "p1") { name } warehouse { name } }`],
  ["one after another, three deep", `{ product(id: "p1") { name reviews { stars author { name } } } }`],
  ["entities in a list", `{ products { name inStock } }`],
  ["lists of lists with holes", `{ product(id: "p2") { rows { name inStock reviews { stars } } } }`],
  ["an entity below an entity", `{ product(id: "p3") { inStock nearest { name nearest { inStock name } } } }`],
  ["a required input from elsewhere", `{ product(id: "p2") { cost } }`],
  ["required inputs in a list", `{ products { cost weight name } }`],
  ["a second key", `{ products { urgent sku } }`],
  ["a null list and a null object", `{ product(id: "p2") { reviews { id } best { author { name } } } }`],
  ["nothing found", `{ product(id: "none") { name inStock reviews { stars } } }`],
  ["an empty list", `{ products(first: 0) { name inStock } }`],
  [
    "aliases",
    `{ a: product(id: "p1") { n: name c: cost s: inStock t: inStock } b: product(id: "p2") { n: sku s: reviews { x: stars } } }`,
  ],
  ["one field, two arguments", `{ product(id: "p1") { slow: urgent fast: urgent(express: true) } }`],
  [
    "one field asked twice is one",
    `{ product(id: "p1") { best { id } best { stars author { id } } best { author { name } } } }`,
  ],
  [
    "the asked order, not the fetched one",
    `{ product(id: "p1") { inStock name cost id reviews { author { name } stars } sku } }`,
  ],
  ["inline fragments", `{ product(id: "p1") { ... { name } ... on Product { inStock } } }`],
  [
    "named fragments",
    `{ products { ...A } } fragment A on Product { name ...B } fragment B on Product { inStock best { ...C } } fragment C on Review { stars }`,
  ],
  [
    "type names, also under another name",
    `{ __typename product(id: "p1") { __typename t: __typename best { kind: __typename author { __typename name } } } }`,
  ],
  ["only type names", `{ __typename q: __typename }`],
] as const;

test.each(same)("%s", async (_name, query) => {
  const { data, errors } = await shop.ask(query);
  expect(JSON.stringify(data)).toBe(JSON.stringify(shop.expected(query)));
  expect(errors).toEqual([]);
});

test.each([
  [true, true],
  [true, false],
  [false, true],
  [false, false],
])("conditions: include %s, skip %s", async (a, b) => {
  const query = `query ($a: Boolean!, $b: Boolean! = true) {
    product(id: "p1") @include(if: $a) { name inStock @skip(if: $b) best @include(if: $b) { stars author @skip(if: $b) { name } } }
    products { ...F @include(if: $a) ... @skip(if: $b) { cost } id }
    warehouse @include(if: $a) @skip(if: $b) { name }
  } fragment F on Product { reviews { stars } }`;
  const variables = { a, b };
  const { data, errors } = await shop.ask(query, { variables });
  expect(JSON.stringify(data)).toBe(JSON.stringify(shop.expected(query, variables)));
  expect(errors).toEqual([]);
});

test("a condition that is off sends nothing", async () => {
  const query = `query ($a: Boolean!) { product(id: "p1") { name inStock @include(if: $a) } warehouse @include(if: $a) { name } }`;
  shop.calls.length = 0;
  await shop.ask(query, { variables: { a: false } });
  expect(shop.calls.map(({ fetch }) => fetch.subgraph)).toEqual(["catalogue"]);
});

test("the literal of a condition is a condition", async () => {
  const query = `{ product(id: "p1") { name @skip(if: true) inStock @include(if: false) sku @include(if: true) } }`;
  const { data } = await shop.ask(query);
  expect(data).toEqual(shop.expected(query));
});

test("fetches know their wave, their inputs and their entries", () => {
  const plan = shop.plan(`{ product(id: "p1") { cost reviews { author { name } } } warehouse { name } }`);
  const told = plan.fetches.map(({ subgraph, wave, inputs, entity, entries }) => ({
    subgraph,
    wave,
    inputs,
    entity,
    entries,
  }));
  expect(told).toContainEqual({
    subgraph: "catalogue",
    wave: 0,
    inputs: [],
    entity: false,
    entries: ["Query.product"],
  });
  expect(told).toContainEqual({ subgraph: "stock", wave: 0, inputs: [], entity: false, entries: ["Query.warehouse"] });
  expect(told).toContainEqual({
    subgraph: "delivery",
    wave: 2,
    inputs: ["Product.size", "Product.weight", "Size.w"],
    entity: true,
    entries: [],
  });
  expect(told.find(({ subgraph }) => subgraph === "people")?.wave).toBe(2);
  expect(plan.fetches.map(({ n }) => n)).toEqual(plan.fetches.map((_, i) => i));
});

test("equal representations are sent once", async () => {
  shop.calls.length = 0;
  const query = `{ products { nearest { name } } }`;
  const { data } = await shop.ask(query);
  expect(data).toEqual(shop.expected(query));
  const last = shop.calls.at(-1);
  expect(last?.fetch.subgraph).toBe("catalogue");
  expect(last?.representations).toEqual([{ __typename: "Product", id: "p1" }]);
});
