import { composeServices } from "@apollo/composition";
import fc from "fast-check";
import { parse, stripIgnoredCharacters } from "graphql";
import { expect, test } from "vitest";
import { digestOf, WeftError } from "#libs/terms";
import { introspect } from "./introspection.js";
import { defaultLimits, type OperationLimits } from "./limits.js";
import { type Operation, type OperationRequest, resolveOperation } from "./operation.js";
import { Supergraph } from "./supergraph.js";

const sdl = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@inaccessible"])
  type Query { person(key: Key!): Person!  persons(keys: [Key!]!): [Person!]!  roster(district: String!, status: State = ACTIVE, first: Int!): [Person]  any: [Thing] }
  input Key { scheme: Scheme! = NATIONAL_ID  value: String!  tags: [String!] }
  enum Scheme { NATIONAL_ID WEFT_ID }
  enum State { ACTIVE EXITED }
  type Person @key(fields: "ref") { ref: ID! @inaccessible  id: ID!  level(over: [State!], years: Int): Int  friend: Person  secretlyNamed: String }
  interface Thing { id: ID!  label(in: State): String }
  type Cup implements Thing { id: ID!  label(in: State): String }
  type Pot implements Thing { id: ID!  label(in: State): String }`;

function createSupergraph(): Supergraph {
  const { supergraphSdl } = composeServices([{ name: "one", url: "http://one.example", typeDefs: parse(sdl) }]);
  return new Supergraph(supergraphSdl ?? "");
}
const supergraph = createSupergraph();
const resolve = (
  query: string,
  variables: Record<string, unknown> = {},
  limits?: Partial<OperationLimits>,
): Operation => resolveOperation(supergraph, { query, variables }, { ...defaultLimits, ...limits });

function refusal(request: OperationRequest, limits: Partial<OperationLimits> = {}): WeftError {
  try {
    resolveOperation(supergraph, request, { ...defaultLimits, ...limits });
  } catch (error) {
    if (error instanceof WeftError) return error;
    throw error;
  }
  throw new Error("was accepted");
}

test("literals become variables, whatever their form", () => {
  const operation = resolve(
    `query Q($s: String!, $n: Int = 3) { a: person(key: {value: "1234567890"}) { level(over: [ACTIVE], years: $n) }
      b: person(key: {scheme: WEFT_ID, value: $s, tags: ["x"]}) { id } roster(district: "QV-1", first: 5) { id @skip(if: false) } }`,
    { s: "v" },
  );
  expect(operation.text).toBe(
    "query Q($s:String!$n:Int$l0:Key!$l1:[State!]$l2:Scheme!$l3:[String!]$l4:String!$l5:Int!$l6:Boolean!)" +
      "{a:person(key:$l0){level(over:$l1 years:$n)}b:person(key:{scheme:$l2 value:$s tags:$l3}){id}" +
      "roster(district:$l4 first:$l5){id@skip(if:$l6)}}",
  );
  expect(operation.variables).toEqual({
    s: "v",
    n: 3,
    l0: { scheme: "NATIONAL_ID", value: "1234567890" },
    l1: ["ACTIVE"],
    l2: "WEFT_ID",
    l3: ["x"],
    l4: "QV-1",
    l5: 5,
    l6: false,
  });
  expect(operation.digest).toBe(digestOf(stripIgnoredCharacters(operation.text)));
});

test("a default that made a variable safe makes it required where null is not allowed", () => {
  expect(resolve(`query ($f: Int = 5) { roster(district: "d", first: $f) { id } }`).text).toContain("$f:Int!");
  expect(
    refusal({ query: `query ($f: Int = 5) { roster(district: "d", first: $f) { id } }`, variables: { f: null } }).code,
  ).toBe("VARIABLES_INVALID");
});

test("a lifted name is never one of the caller's, and cannot be given by the caller", () => {
  const operation = resolve(`query ($l0: Int!) { roster(district: "d", first: $l0) { id } }`, { l0: 1, l1: "forged" });
  expect(operation.variables).toEqual({ l0: 1, l1: "d" });
});

test("the same shape has the same digest, whatever its values, layout and comments", () => {
  const a = resolve(`{ person(key: {value: "1"}) { id } }`);
  const b = resolve(`# for someone\nquery {\n  person(key: {value: """2"""}) { id, }\n}`);
  expect(b.digest).toBe(a.digest);
  expect(b.variables).not.toEqual(a.variables);
});

test("no cache holds a literal, a comment, a default or a description", () => {
  const fresh = createSupergraph();
  const marker = "CANARY4711x";
  for (const query of [
    `{ person(key: {value: "${marker}"}) { id } }`,
    `query ($v: String = "${marker}") { person(key: {value: $v}) { id } }`,
    `# ${marker}\nquery ($k: Key!) { person(key: $k) { id } }`,
    `"${marker}" query ($k: Key!) { person(key: $k) { id } }`,
    `query ($k: Key!) { person(key: $k) { id } }`,
  ]) {
    resolveOperation(fresh, { query, variables: { k: { value: marker } } });
  }
  const kept = JSON.stringify(
    [[...fresh.byText.entries()], [...fresh.byCanonicalText.entries()]],
    (_key, value: unknown) => (value instanceof Map || value instanceof Set ? [...value] : value),
  );
  expect(kept).not.toContain(marker);
  expect(fresh.byText.size).toBe(1);
  expect(fresh.byCanonicalText.size).toBe(3);
});

test("touched: every type of an interface, through fragments, under any name or condition; arguments with their words", () => {
  const operation = resolve(
    `query ($s: State) { any { x: label(in: ACTIVE) ...F @skip(if: true) ... on Cup { id } } roster(district: "d", first: 1, status: $s) { id } }
      fragment F on Thing { label(in: ACTIVE) }`,
  );
  expect([...operation.touched].sort()).toEqual([
    "Cup.id",
    "Cup.label",
    "Person.id",
    "Person.ref",
    "Pot.label",
    "Query.any",
    "Query.roster",
  ]);
  expect(operation.arguments).toEqual([
    { argument: "Cup.label(in:)", values: ["ACTIVE"] },
    { argument: "Pot.label(in:)", values: ["ACTIVE"] },
    { argument: "Query.roster(district:)", values: null },
    { argument: "Query.roster(first:)", values: null },
  ]);
  expect(operation.roots.map(({ responseName }) => responseName)).toEqual(["any", "roster"]);
  expect(operation.roots[1]?.arguments(operation.variables)).toEqual({ district: "d", first: 1, status: "ACTIVE" });
});

test.each([
  ["{", "OPERATION_INVALID"],
  ["", "OPERATION_INVALID"],
  [`{ person(key: "1234567890") { id }`, "OPERATION_INVALID"],
  ["mutation { x }", "OPERATION_INVALID"],
  ["subscription { x }", "OPERATION_INVALID"],
  ["query A { any { id } } query B { any { id } }", "OPERATION_INVALID"],
  ["type X { a: Int }", "OPERATION_INVALID"],
  ["{ persn { id } }", "OPERATION_INVALID"],
  ["{ any { secretlyNam } }", "OPERATION_INVALID"],
  ["{ any { ... on Persn { id } } }", "OPERATION_INVALID"],
  [`{ person(kee: {value: "1"}) { id } }`, "OPERATION_INVALID"],
  [`{ person(key: {valu: "1"}) { id } }`, "OPERATION_INVALID"],
  [`{ person(key: {value: "1", scheme: NATIONAL}) { id } }`, "OPERATION_INVALID"],
  [`{ person(key: {value: 4711}) { id } }`, "OPERATION_INVALID"],
  [`query ($k: String!) { person(key: $k) { id } }`, "OPERATION_INVALID"],
  [`{ any { id @defer } }`, "OPERATION_INVALID"],
  [`{ any @defer(if: 1) { id } }`, "OPERATION_INVALID"],
  [`{ ...F } fragment F on Query { ...F }`, "OPERATION_INVALID"],
  [`{ ...F } fragment F on Query { any { id } ...G } fragment G on Query { ...F }`, "OPERATION_INVALID"],
  [`query ($__proto__: Int) { any { id } }`, "OPERATION_INVALID"],
  [`{ constructor: any { id } }`, "OPERATION_INVALID"],
  [`query ($representations: Int!) { roster(first: $representations, district: "") { id } }`, "OPERATION_INVALID"],
  [`{ nid_1234567890: any { id } }`, "OPERATION_INVALID"],
  [`{ nid_12_34_56: any { id } }`, "OPERATION_INVALID"],
  [`{ __schema { queryType { name } } any { id } }`, "OPERATION_INVALID"],
  [`{ person { id } }`, "OPERATION_INVALID"],
  [`{ any }`, "OPERATION_INVALID"],
  [`{ any { id { x } } }`, "OPERATION_INVALID"],
  [`{ a: any { x: id } a: any { x: label } }`, "OPERATION_INVALID"],
  [`query ($k: Key!) { person(key: $k) { id } }`, "VARIABLES_INVALID"],
])("%s is refused with a place and no word of its own", (query, code) => {
  const error = refusal({ query });
  expect(error.code).toBe(code);
  const words = new Set(query.match(/\w+/g) ?? []);
  for (const word of [
    "Person",
    "Thing",
    "Key",
    "secretlyNamed",
    "Scheme",
    "NATIONAL_ID",
    "Query",
    "persons",
    "roster",
    "ref",
  ]) {
    if (!words.has(word)) expect(`${error.message} ${error.detail}`).not.toContain(word);
  }
  expect(error.message).not.toMatch(/1234567890|4711/);
  expect(error.message.length).toBeLessThan(120);
});

test("places are told", () => {
  expect(refusal({ query: "{\n  any {\n    persn\n  }\n}" }).message).toBe(
    "A field is not known at this place (line 3, column 5).",
  );
});

test.each([
  ["depth", { depth: 3 }, `{ person(key: {value: ""}) { friend { friend { id } } } }`],
  [
    "depth through fragments",
    { depth: 1 },
    `{ any { ...F } } fragment F on Thing { ... on Cup { ...G } } fragment G on Cup { id }`,
  ],
  ["aliases", { aliases: 2 }, `{ a: any { id } b: any { id } c: any { id } }`],
  ["root fields", { rootFields: 2 }, `{ any { id } ...F } fragment F on Query { b: any { id } c: any { id } }`],
  ["nodes", { nodes: 5 }, `{ any { id label ... on Cup { id label } } }`],
  ["tokens", { tokens: 10 }, `{ any { id id id id id id id id } }`],
  ["bytes", { bytes: 20 }, `{ any { id }                    }`],
])("too complex: %s", (_name, limits, query) => {
  expect(refusal({ query }, limits).code).toBe("OPERATION_TOO_COMPLEX");
});

test("a bomb of fragments is measured at once", () => {
  const fragments = Array.from({ length: 40 }, (_, i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`);
  const query = `{ ...F0 } ${fragments.join(" ")} fragment F40 on Query { any { id } }`;
  expect(refusal({ query }).code).toBe("OPERATION_TOO_COMPLEX");
});

test.each([
  [{ query: 1 }, "REQUEST_MALFORMED"],
  [{ query: "{any{id}}", operationName: 7 }, "REQUEST_MALFORMED"],
  [{ query: "{any{id}}", variables: [] }, "VARIABLES_INVALID"],
  [{ query: "{any{id}}", operationName: "Other" }, "OPERATION_INVALID"],
])("%j is refused", (body, code) => {
  expect(refusal(body as unknown as OperationRequest).code).toBe(code);
});

test("variables that do not fit are named, not repeated", () => {
  const query = `query ($k: Key!) { person(key: $k) { id } }`;
  for (const k of [null, "CANARY", { value: 4711 }, { value: "x", more: "CANARY" }, { value: "x", scheme: "CANARY" }]) {
    const error = refusal({ query, variables: { k } });
    expect(error.code).toBe("VARIABLES_INVALID");
    expect(error.message).toBe("The variable $k is missing or does not fit its type.");
  }
});

test("the schema is told without what is inaccessible, alone, and only where it may be", () => {
  const operation = resolve(
    `{ __type(name: "Person") { fields { name } } s: __schema { queryType { name } } __typename }`,
  );
  const told = JSON.stringify(introspect(supergraph, operation).data);
  expect(told).toContain("secretlyNamed");
  expect(told).not.toContain('"ref"');
  expect(operation.touched.size).toBe(0);
  expect(refusal({ query: "{ __schema { types { name } } }" }, { introspection: false }).code).toBe(
    "OPERATION_INVALID",
  );
  expect(() => introspect(supergraph, resolve("{ any { id } }"))).toThrow(WeftError);
});

test("whatever is sent, it is answered or refused with a code", () => {
  const piece = fc.constantFrom(
    "{",
    "}",
    "any",
    "id",
    "(",
    ")",
    ":",
    "$a",
    "query",
    "fragment F on Query",
    "...",
    "F",
    '"x"',
    "[",
    "]",
    "@skip(if: true)",
    "person",
    "key",
    "{value: 1}",
    "#",
    "\n",
    "__typename",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
      try {
        resolve(pieces.join(" "));
      } catch (error) {
        expect(error).toBeInstanceOf(WeftError);
      }
    }),
    { numRuns: 500 },
  );
});
