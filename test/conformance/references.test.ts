import { expect, test } from "vitest";
import { createWorld, type Thing } from "./world.js";

/** References that each subgraph knows by another name: translated on the way in and out, never seen by a caller. */
const seal = (subgraph: string, person: unknown): string => `${subgraph}:${String(person)}`;
const open = (subgraph: string, ref: unknown): string => {
  if (typeof ref !== "string" || !ref.startsWith(`${subgraph}:`)) throw new TypeError("not this subgraph's");
  return ref.slice(subgraph.length + 1);
};

const person = (fields: string): string =>
  `scalar Ref type Person @key(fields: "ref") { ref: Ref! @inaccessible ${fields} }`;
const byRef = (subgraph: string, make: (person: string) => Thing) => ({
  Person: { __resolveReference: ({ ref }: { ref: string }) => ({ ref, ...make(open(subgraph, ref)) }) },
});
const world = createWorld({
  subgraphs: {
    weft: `type Query { person(key: String!): Person!  persons(keys: [String!]!): [Person!]! } ${person("id: ID!")}`,
    civil: person("name: String  spouse: Person"),
    cash: `type Query { roster: [Enrolment] } ${person("amount: Int")} type Enrolment { person: Person }`,
  },
  query: {
    person: ({ key }: { key: string }) => ({ ref: seal("weft", key), id: key }),
    persons: ({ keys }: { keys: string[] }) => keys.map((key) => ({ ref: seal("weft", key), id: key })),
    roster: [{ person: { ref: "cash:ana" } }, { person: null }, { person: { ref: "cash:ben" } }],
  },
  resolvers: {
    weft: byRef("weft", (id) => ({ id })),
    civil: byRef("civil", (name) => ({
      name: name.toUpperCase(),
      spouse: name === "ana" ? { ref: "civil:ben", name: "BEN" } : null,
    })),
    cash: byRef("cash", (name) => ({ amount: name.length })),
  },
  options: {
    scalars: {
      Ref: {
        receive: (ref, { subgraph }) => open(subgraph, ref),
        send: (ref, { subgraph }) => seal(subgraph, ref),
      },
    },
  },
});

test("each subgraph is handed its own reference", async () => {
  const { data, errors } = await world.ask(`{ person(key: "ana") { id name amount spouse { name amount } } }`);
  expect(errors).toEqual([]);
  expect(data).toEqual({ person: { id: "ana", name: "ANA", amount: 3, spouse: { name: "BEN", amount: 3 } } });
  for (const { fetch, representations } of world.calls) {
    for (const { ref } of representations ?? []) expect(String(ref)).toMatch(new RegExp(`^${fetch.subgraph}:`));
  }
});

test("persons that a list finds are translated too, and asked for once", async () => {
  const { data } = await world.ask(`{ roster { person { id name } } persons(keys: ["ana", "ana", "cy"]) { name } }`);
  expect(data).toEqual({
    roster: [{ person: { id: "ana", name: "ANA" } }, { person: null }, { person: { id: "ben", name: "BEN" } }],
    persons: [{ name: "ANA" }, { name: "ANA" }, { name: "CY" }],
  });
  const sent = world.calls.map(({ representations }) => representations?.map(({ ref }) => ref));
  expect(sent).toContainEqual(["civil:ana", "civil:cy"]);
});

test("a reference of another subgraph's is not taken", async () => {
  const { data, errors } = await world.ask(`{ roster { person { id } } }`, {
    dispatch: async () => ({ data: { roster: [{ person: { __typename: "Person", ref: "civil:ana" } }] } }),
  });
  expect(data).toEqual({ roster: null });
  expect(errors).toMatchObject([{ coordinate: "Query.roster", code: "SOURCE_INVALID" }]);
});

test("references are not judged, and no caller sees them", () => {
  expect([...world.resolve(`{ person(key: "a") { id name } }`).touched]).toEqual([
    "Query.person",
    "Person.id",
    "Person.name",
  ]);
  expect(() => world.resolve(`{ person(key: "a") { ref } }`)).toThrow("A field is not known");
  const civil = world.plan(`{ person(key: "a") { name } }`).fetches[1];
  expect(civil).toMatchObject({ subgraph: "civil", coordinates: ["Person.name"], inputs: [] });
});
