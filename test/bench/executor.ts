/**
 * The executor alone: microseconds of CPU a request for six fetches in three waves, with stub subgraphs.
 *
 *     node test/bench/executor.ts [requests]
 */
import { parse } from "graphql";
import { composeServices } from "@apollo/composition";
import { planFor, resolveOperation, Supergraph } from "../../dist/libs/supergraph/src/index.js";

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@inaccessible"]) scalar Ref\n`;
const person = (fields: string): string => `type Person @key(fields: "ref") { ref: Ref! @inaccessible ${fields} }`;
const subgraphs: Record<string, string> = {
  weft: `type Query { person(key: ID!): Person! } ${person("id: ID!")}`,
  civil: `${person("identity: Identity")} type Identity { fullName: String residenceDistrict: String asOf: String home: Home } type Home @key(fields: "id") { id: ID! }`,
  cash: `${person("cash: Enrolment")} type Enrolment { status: String since: String amount: Float asOf: String }`,
  food: `${person("food: Ration")} type Ration { status: String since: String asOf: String }`,
  pay: `${person("payments(first: Int!): Page")} type Page { nodes: [Payment!]! } type Payment { state: String dueOn: String }`,
  land: `type Home @key(fields: "id") { id: ID! roof: String water: String }`,
};

const answers: Record<string, unknown> = {
  weft: { person: { __typename: "Person", ref: "r1", id: "i1" } },
  civil: {
    _entities: [
      {
        identity: {
          fullName: "Ana Example",
          residenceDistrict: "QV-3-07",
          asOf: "2026-11-21",
          home: { __typename: "Home", id: "h1" },
        },
      },
    ],
  },
  cash: { _entities: [{ cash: { status: "ACTIVE", since: "2025-01-01", amount: 12.5, asOf: "2026-11-21" } }] },
  food: { _entities: [{ food: { status: "EXITED", since: "2024-01-01", asOf: "2026-11-20" } }] },
  pay: { _entities: [{ payments: { nodes: [1, 2, 3].map((n) => ({ state: "CONFIRMED", dueOn: `2026-1${n}-01` })) } }] },
  land: { _entities: [{ roof: "IRON", water: "WELL" }] },
};

const query = `query ($who: ID!) { person(key: $who) { id identity { fullName residenceDistrict asOf home { roof water } }
  cash { status since amount asOf } food { status since asOf } payments(first: 3) { nodes { state dueOn } } } }`;

export function createBenchSupergraph(): Supergraph {
  const services = Object.entries(subgraphs).map(([name, sdl]) => ({
    name,
    url: `http://${name}.example`,
    typeDefs: parse(link + sdl),
  }));
  const { supergraphSdl, errors } = composeServices(services);
  if (!supergraphSdl) throw new Error(errors?.join("\n"));
  const same = { receive: (value: unknown) => value, send: (value: unknown) => value };
  return new Supergraph(supergraphSdl, { scalars: { Ref: same } });
}

async function measure(requests: number): Promise<void> {
  const supergraph = createBenchSupergraph();
  const body = {
    query: query.replace("first: 3", "first: $n").replace("$who: ID!", "$who: ID!, $n: Int!"),
    variables: { who: "x", n: 3 },
  };
  const dispatch = (fetch: { subgraph: string }): Promise<{ data: unknown }> =>
    Promise.resolve({ data: answers[fetch.subgraph] });
  const none = new Set<never>();
  const parts = { resolve: 0, plan: 0, execute: 0 };
  for (let i = -2000; i < requests; i++) {
    if (i === 0) parts.resolve = parts.plan = parts.execute = 0;
    const t0 = process.hrtime.bigint();
    const operation = resolveOperation(supergraph, body);
    const t1 = process.hrtime.bigint();
    const plan = planFor(supergraph, operation, none);
    const t2 = process.hrtime.bigint();
    await plan.execute(dispatch, operation.variables);
    const t3 = process.hrtime.bigint();
    parts.resolve += Number(t1 - t0);
    parts.plan += Number(t2 - t1);
    parts.execute += Number(t3 - t2);
  }
  const plan = planFor(supergraph, resolveOperation(supergraph, body), none);
  const waves = Math.max(...plan.fetches.map(({ wave }) => wave)) + 1;
  process.stdout.write(`${plan.fetches.length} fetches in ${waves} waves, ${requests} requests\n`);
  for (const [part, nanoseconds] of Object.entries(parts)) {
    process.stdout.write(`${part.padEnd(8)} ${(nanoseconds / requests / 1000).toFixed(1)} µs a request\n`);
  }
}

await measure(Number(process.argv[2] ?? 20_000));
