import fc from "fast-check";
import {
  executeSync,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  isObjectType,
} from "graphql";
import { expect, test } from "vitest";
import { compileRead } from "./compile.js";
import { adapterConfigSchema } from "./config.js";
import { isReference, possibleTypes, subgraphSchema } from "./schema.js";

const schema = subgraphSchema(`
extend schema @link(url: "https://specs.apollo.dev/federation/v2.11", import: ["@key"])
scalar PersonRef
enum Years { Y18 Y60 }
enum Status { ACTIVE EXITED }
interface Sourced { source: String asOf: String }
interface Enrolment implements Sourced { source: String asOf: String status: Status person: Person }
type Query { roster(district: String, status: Status = ACTIVE, first: Int!, after: String): [Cash!] other(first: Int!): [Food!] }
type Person @key(fields: "ref") { ref: PersonRef! enrolments: [Enrolment!] identity: Identity any: Anything atLeast(years: Years! = Y18): String }
type Identity implements Sourced { source: String asOf: String name: String }
type Cash implements Enrolment & Sourced { source: String asOf: String status: Status person: Person amount: String }
type Food implements Enrolment & Sourced { source: String asOf: String status: Status person: Person card: String }
union Anything = Cash | Identity
`);

const config = adapterConfigSchema.parse({
  adapter: 1,
  provider: "org:cash",
  source: { kind: "postgres", url: "env:DB" },
  protect: { connections: 1, statementTimeout: "PT1S", personsPerMinute: 1 },
  types: {
    Person: { from: "p", identifiers: [{ scheme: "nid", column: "n" }], fields: {} },
    Cash: { fields: { status: { column: "s" } } },
  },
  lists: {
    roster: {
      of: "Cash",
      keyset: ["id"],
      maxRows: 10,
      filters: { district: { column: "d", touches: "Identity.name" }, status: { column: "s" } },
    },
  },
});

type Composite = GraphQLObjectType | GraphQLInterfaceType;

/** A selection of some fields of a type, through fragments, aliases, conditions and type conditions that fit or do not. */
function selectionOf(type: Composite, depth: number): fc.Arbitrary<string> {
  const fields = Object.values(type.getFields()).flatMap((field) => {
    const named = getNamedType(field.type);
    if (field.name.startsWith("_")) return [];
    const args = field.args.some((arg) => arg.name === "first") ? "(first: 1)" : "";
    if (!isCompositeType(named)) return [fc.constant(field.name + args)];
    return depth === 0 ? [] : [selectionIn(named.name, depth - 1).map((inner) => `${field.name}${args} { ${inner} }`)];
  });
  const part = fc.tuple(
    fc.oneof(fc.constant("__typename"), ...fields),
    fc.constantFrom("", "", " @skip(if: $yes)", " @include(if: $yes)"),
  );
  const one = part.map(([text, condition]) => {
    const brace = text.indexOf(" {");
    return brace < 0 ? text + condition : text.slice(0, brace) + condition + text.slice(brace);
  });
  return fc
    .array(one, { minLength: 1, maxLength: 4 })
    .map((parts) => parts.map((text) => (text.startsWith("__") ? text : `#${text}`)).join(" "));
}

function selectionIn(name: string, depth: number): fc.Arbitrary<string> {
  const type = schema.getType(name);
  const conditions = isCompositeType(type)
    ? ["Sourced", "Enrolment", "Cash", "Food", "Identity", "Person"].filter((each) => overlaps(each, name))
    : [];
  const own = isObjectType(type) || (type && "getFields" in type) ? [selectionOf(type as Composite, depth)] : [];
  const fragments = conditions.map((each) =>
    selectionOf(schema.getType(each) as Composite, depth).map((inner) => `... on ${each} { ${inner} }`),
  );
  return fc.array(fc.oneof(...own, ...fragments), { minLength: 1, maxLength: 2 }).map((parts) => parts.join(" "));
}

function overlaps(a: string, b: string): boolean {
  const of = (name: string) => possibleTypes(schema, schema.getType(name)!);
  return of(a).some((type) => of(b).includes(type));
}

/** `#` before a field is an alias of its own. */
function entityText(selection: string): string {
  let n = 0;
  const aliased = selection.replaceAll("#", () => `f${n++}: `);
  return `query($representations: [_Any!]!, $yes: Boolean = true) { _entities(representations: $representations) { ... on Person { __typename @include(if: $yes) ${aliased} } } }`;
}

/** Executes over random objects and notes every coordinate that is resolved. */
function touched(text: string, seed: number): Set<string> {
  const found = new Set<string>();
  let state = seed;
  const pick = <T>(all: readonly T[]): T | undefined =>
    all[(state = (state * 1_103_515_245 + 12_345) & 0x7fffffff) % all.length];
  const value = (type: GraphQLOutputType): unknown => {
    const nullable = getNullableType(type);
    if (isListType(nullable)) return [value(nullable.ofType), value(nullable.ofType)];
    return isCompositeType(nullable) ? { __typename: pick(possibleTypes(schema, nullable))?.name } : "ACTIVE";
  };
  const { document } = compileRead(text, schema, config);
  const { errors } = executeSync({
    schema,
    document,
    variableValues: { representations: [{ __typename: "Person" }] },
    typeResolver: (source: unknown) => (source as { __typename: string }).__typename,
    fieldResolver: (_source, _args, _context, info: GraphQLResolveInfo) => {
      if (info.fieldName === "_entities") return [{ __typename: "Person" }];
      const field = info.parentType.getFields()[info.fieldName];
      if (field && !isReference(field)) found.add(`${info.parentType.name}.${info.fieldName}`);
      return value(info.returnType);
    },
  });
  expect(errors).toBeUndefined();
  return found;
}

test("whatever execution touches is among the plan's coordinates", () => {
  fc.assert(
    fc.property(selectionIn("Person", 3), fc.nat(), (selection, seed) => {
      const text = entityText(selection);
      const { coordinates } = compileRead(text, schema, config);
      expect([...touched(text, seed)].filter((each) => !(coordinates as ReadonlySet<string>).has(each))).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test("an interface's field is a coordinate of each implementer, narrowed by type conditions", () => {
  const of = (selection: string) => [...compileRead(entityText(selection), schema, config).coordinates].sort();
  expect(of("enrolments { status }")).toEqual(["Cash.status", "Food.status", "Person.enrolments"]);
  expect(of("enrolments { ... on Food { ... on Sourced { source } } }")).toEqual(["Food.source", "Person.enrolments"]);
  expect(of("any { ... on Sourced { asOf } __typename }")).toEqual(["Cash.asOf", "Identity.asOf", "Person.any"]);
  expect(of("ref __typename x: ref")).toEqual([]);
});

test("fragments that double each other cost no more than their text", () => {
  const doubled = Array.from(
    { length: 40 },
    (_, i) => `fragment F${i} on Person { ...F${i + 1} a${i}: identity { name } ...F${i + 1} }`,
  ).join(" ");
  const text = `${entityText("...F0")} ${doubled} fragment F40 on Person { identity { source } }`;
  const before = performance.now();
  expect(compileRead(text, schema, config).coordinates.size).toBe(3);
  expect(performance.now() - before).toBeLessThan(1000);
});

const refused = [
  ["no GraphQL", "{"],
  ["a field that is not there", entityText("nothing")],
  ["a mutation", "mutation { x }"],
  ["two operations", "query A { __typename } query B { __typename }"],
  ["introspection", "{ __schema { types { name } } }"],
  [
    "introspection beside entities",
    entityText("ref").replace("{ _entities", '{ __type(name: "Person") { name } _entities'),
  ],
  ["the service's own schema", "{ _service { sdl } }"],
  [
    "representations in the text",
    '{ _entities(representations: [{__typename: "Person", ref: "x"}]) { ... on Person { ref } } }',
  ],
  [
    "representations under another name",
    "query($r: [_Any!]!) { _entities(representations: $r) { ... on Person { ref } } }",
  ],
  [
    "entities and lists together",
    "query($representations: [_Any!]!) { roster(first: 1) { status } _entities(representations: $representations) { __typename } }",
  ],
  ["nothing", "{ __typename }"],
  ["a text without end", `{ ${"roster(first: 1) { status } ".repeat(1500)} }`],
] as const;

test.each(refused)("refused: %s", (_what, text) => {
  expect(() => compileRead(text, schema, config)).toThrow(
    expect.objectContaining({ code: "OPERATION_INVALID" }) as Error,
  );
});

test("a question knows entries, the arguments in use, and default thresholds; and refuses what does not fit", () => {
  const list = compileRead(
    'query($n: Int!, $s: Status) { roster(district: "x", status: $s, first: $n) { status } other(first: 2) { card } }',
    schema,
    config,
  );
  expect(list.kind).toBe("lists");
  expect(list.entries).toEqual(["Query.roster", "Query.other"]);
  expect(list.question({ n: 3, s: "EXITED" })).toEqual({
    arguments: [
      { argument: "Query.roster(district:)", values: null },
      { argument: "Query.roster(status:)", values: ["EXITED"] },
      { argument: "Query.roster(first:)", values: null },
      { argument: "Query.other(first:)", values: null },
    ],
    entries: [
      { entry: "Query.roster", first: 3 },
      { entry: "Query.other", first: 2 },
    ],
  });
  expect([...list.touched].filter((each) => !list.coordinates.has(each))).toEqual(["Identity.name"]);
  const entities = compileRead(entityText("a: atLeast b: atLeast(years: Y60)"), schema, config);
  expect(entities.question({}).arguments.map(({ values }) => values)).toEqual([["Y18"], ["Y60"]]);
  for (const variables of [{}, { n: "3" }, { n: 0 }, { n: -1 }, { n: 3, s: "LEFT" }, { n: 2 ** 40 }]) {
    expect(() => list.question(variables)).toThrow(expect.objectContaining({ code: "VARIABLES_INVALID" }) as Error);
  }
});

test("a text with a NUL is refused before a system is asked: some take it for a broken question", () => {
  const list = compileRead("query($d: String) { roster(district: $d, first: 1) { amount } }", schema, config);
  expect(() => list.question({ d: "no\0rth" })).toThrow(
    expect.objectContaining({ code: "VARIABLES_INVALID" }) as Error,
  );
  const literal = compileRead('{ roster(district: "no\\u0000rth", first: 1) { amount } }', schema, config);
  expect(() => literal.question({})).toThrow(expect.objectContaining({ code: "VARIABLES_INVALID" }) as Error);
});
