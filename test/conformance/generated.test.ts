import fc from "fast-check";
import {
  getNamedType,
  type GraphQLField,
  type GraphQLNamedType,
  isAbstractType,
  isCompositeType,
  isObjectType,
} from "graphql";
import { expect, test } from "vitest";
import { WeftError } from "#libs/terms";
import { coordinatesOf, createWorld, type Thing } from "./world.js";

/** Generated operations over one richer federation: equal to graphql-js, and within what is permitted whatever is denied. */
const districts: Thing[] = ["d1", "d2"].map((id, i) => ({
  __typename: "District",
  id,
  name: i ? null : "North",
  size: i,
}));
const persons: Record<string, unknown>[] = [1, 2, 3, 4].map((n) => ({
  id: `p${n}`,
  name: n === 2 ? null : `N${n}`,
  age: n * 20,
}));
const visits: Thing[] = persons.map((person, i) => ({
  __typename: i % 2 ? "Call" : "Visit",
  id: `v${i}`,
  minutes: i,
  person,
  place: districts[i % 2],
  outcome: i === 0 ? null : "GOOD",
}));
for (const [i, person] of persons.entries()) {
  Object.assign(person, {
    household: { members: persons.filter((_, at) => at % 2 === i % 2), head: persons[i % 2], size: 2 },
    district: i === 3 ? null : districts[i % 2],
    score: ({ scale }: { scale: number }) => scale * i,
    work: i === 1 ? null : { hours: i * 8, pay: i === 2 ? null : i * 100, strict: i },
    tax: i === 1 ? null : i * 10,
    grid: [[persons[0], null], [], [persons[i]]],
    history: visits.slice(i),
    last: visits[i],
    related: [districts[0], visits[i], null],
  });
}

const world = createWorld({
  subgraphs: {
    registry: `
      type Query { person(id: ID!): Person  persons(first: Int = 9): [Person!]!  districts: [District] }
      type Person @key(fields: "id") { id: ID!  name: String  age: Int  district: District  grid: [[Person]!] }
      type District @key(fields: "id") { id: ID!  name: String }`,
    homes: `
      type Person @key(fields: "id") { id: ID!  household: Household }
      type Household { members: [Person!]  head: Person!  size: Int }
      type District @key(fields: "id") { id: ID!  size: Int }`,
    work: `
      type Person @key(fields: "id") { id: ID!  age: Int @external  work: Work  score(scale: Int! = 2): Int  tax: Int @requires(fields: "age") }
      type Work { hours: Int  pay: Int  strict: Int! }`,
    visits: `
      type Query { visits: [Contact!]  related: [Thing] }
      interface Contact { id: ID!  person: Person  minutes: Int }
      type Visit implements Contact @key(fields: "id") { id: ID!  person: Person  minutes: Int  place: District }
      type Call implements Contact @key(fields: "id") { id: ID!  person: Person  minutes: Int  outcome: Outcome! }
      enum Outcome { GOOD BAD }
      union Thing = District | Visit | Call
      type District @key(fields: "id") { id: ID! }
      type Person @key(fields: "id") { id: ID!  history: [Contact]  last: Contact  related: [Thing!] }`,
  },
  query: {
    person: ({ id }: { id: string }) => persons.find((one) => one["id"] === id) ?? null,
    persons: ({ first }: { first: number }) => persons.slice(0, first),
    districts,
    visits,
    related: [districts[1], visits[1], visits[2]],
  },
  entities: { Person: persons, District: districts, Visit: visits, Call: visits },
  resolvers: {
    work: {
      Person: { tax: ({ age }: { age: number }) => (age === 40 ? null : (age / 20 - 1) * 10) },
    },
  },
});
const { schema } = world.supergraph;

type Draw = (max: number) => number;

/** A valid operation, from a stream of numbers. Fields under fragments of several types get names of their own. */
function writeOperation(draw: Draw): string {
  let names = 0;
  const fragments: string[] = [];

  function selections(type: GraphQLNamedType, depth: number, own: boolean): string {
    const parts: string[] = [];
    for (let n = 1 + draw(3); n > 0; n--) parts.push(selection(type, depth, own));
    return `{ ${parts.join(" ")} }`;
  }

  function selection(type: GraphQLNamedType, depth: number, own: boolean): string {
    if (isAbstractType(type) || (depth > 0 && draw(6) === 0)) return fragment(type, depth, own);
    if (!isObjectType(type)) throw new TypeError("not composite");
    const all = Object.values(type.getFields());
    const open = depth > 0 ? all : all.filter((field) => !isCompositeType(getNamedType(field.type)));
    const field = open[draw(open.length)];
    if (!field || draw(12) === 0) return own ? `t${names++}: __typename` : "__typename";
    return written(field, depth, own);
  }

  function written(field: GraphQLField<unknown, unknown>, depth: number, own: boolean): string {
    const named = getNamedType(field.type);
    const given =
      field.args.length > 0 && draw(2) === 0 ? `(${field.args[0]!.name}: ${argument(field.args[0]!.name, draw)})` : "";
    const must = field.name === "person" && field.args.length > 0 && given === "" ? `(id: "p1")` : given;
    const alias = own || must !== "" || draw(4) === 0 ? `f${names++}: ` : "";
    const below = isCompositeType(named) ? ` ${selections(named, depth - 1, false)}` : "";
    return `${alias}${field.name}${must}${condition(draw)}${below}`;
  }

  function fragment(type: GraphQLNamedType, depth: number, own: boolean): string {
    const possible = isAbstractType(type) ? schema.getPossibleTypes(type) : [];
    const chosen = isAbstractType(type) ? possible[draw(possible.length)]! : type;
    const inner = selections(chosen, depth - 1, own || isAbstractType(type));
    if (draw(3) > 0) return `... on ${chosen.name}${condition(draw)} ${inner}`;
    const name = `F${fragments.length}`;
    fragments.push(`fragment ${name} on ${chosen.name} ${inner}`);
    return `...${name}${condition(draw)}`;
  }

  const operation = selections(schema.getQueryType()!, 5, false);
  return `query ($yes: Boolean! = true, $no: Boolean! = false) { k: __typename @include(if: $yes) @skip(if: $no) ...R } fragment R on Query ${operation} ${fragments.join(" ")}`;
}

function argument(name: string, draw: Draw): string {
  return name === "id" ? `"p${draw(6)}"` : String(draw(4));
}

function condition(draw: Draw): string {
  return ["", "", "", "", "", " @include(if: $yes)", " @skip(if: $no)", " @include(if: $no)", " @skip(if: true)"][
    draw(9)
  ]!;
}

const operations = fc.array(fc.nat(1_000_000), { minLength: 150, maxLength: 150 }).map((numbers) => {
  let at = 0;
  return writeOperation((max) => numbers[at++ % numbers.length]! % max);
});

/** Too much for a limit, or two names that do not go together: not what is looked at here. */
function isValid(query: string): boolean {
  try {
    world.resolve(query);
    return true;
  } catch (error) {
    if (error instanceof WeftError && /COMPLEX/.test(error.code)) return false;
    if (error instanceof WeftError && /differ/.test(error.message)) return false;
    throw error;
  }
}

test("answers are those of graphql-js", async () => {
  await fc.assert(
    fc.asyncProperty(operations, async (query) => {
      fc.pre(isValid(query));
      const { data, errors } = await world.ask(query);
      expect(JSON.stringify(data)).toBe(JSON.stringify(world.expected(query)));
      // The world breaks one promise of its schema, for nulls that go up.
      if (!query.includes("related")) expect(errors).toEqual([]);
    }),
    { numRuns: 250 },
  );
});

const all = coordinatesOf(schema).filter((at) => !at.endsWith(".id"));
const deniedSets = fc.subarray([...all], { maxLength: 8 });

test("whatever is denied, nothing of it is fetched, sent on or answered", async () => {
  await fc.assert(
    fc.asyncProperty(operations, deniedSets, async (query, denied) => {
      fc.pre(isValid(query));
      world.calls.length = 0;
      const { data, errors } = await world.ask(query, { denied });
      const { denials } = world.plan(query, denied);
      const touched = world.resolve(query).touched;
      for (const { fetch, representations } of world.calls) {
        for (const at of [...fetch.coordinates, ...fetch.inputs]) {
          expect(denied).not.toContain(at);
          expect(touched.has(at)).toBe(true);
        }
        const sent = JSON.stringify(representations ?? "");
        if (denied.includes("Person.age")) expect(sent).not.toContain("age");
      }
      for (const { coordinate, dependsOn } of denials) expect(denied).toContain(dependsOn ?? coordinate);
      if (!query.includes("related")) expect(errors).toEqual([]);
      expectWithin(data, world.expected(query));
    }),
    { numRuns: 250 },
  );
});

/** Every value is the right one, or null: a denial takes away and never changes. */
function expectWithin(answer: unknown, right: unknown): void {
  if (answer === null) return;
  if (Array.isArray(answer) && Array.isArray(right)) {
    expect(answer.length).toBe(right.length);
    answer.forEach((item, i) => expectWithin(item, right[i]));
  } else if (typeof answer === "object" && right !== null) {
    expect(Object.keys(answer)).toEqual(Object.keys(right as object));
    for (const [name, value] of Object.entries(answer)) expectWithin(value, (right as Thing)[name]);
  } else expect(answer).toBe(right);
}

test("two callers in either order get what each may see", async () => {
  await fc.assert(
    fc.asyncProperty(operations, deniedSets, fc.boolean(), async (query, denied, first) => {
      fc.pre(isValid(query));
      world.supergraph.plans.clear();
      const alone = await world.ask(query, { denied });
      world.supergraph.plans.clear();
      const order = first ? [denied, []] : [[], denied];
      const answers = [];
      for (const set of [...order, ...order]) answers.push((await world.ask(query, { denied: set })).data);
      const right = order.map((set) => (set === denied ? alone.data : world.expected(query)));
      expect(answers).toEqual([...right, ...right]);
    }),
    { numRuns: 60 },
  );
});
