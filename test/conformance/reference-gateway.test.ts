import { readFileSync } from "node:fs";
import { Socket } from "node:net";
import { ApolloGateway, type GraphQLDataSource } from "@apollo/gateway";
import type { PlanNode, QueryPlan } from "@apollo/query-planner";
import { parse } from "graphql";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { planFor, resolveOperation, Supergraph } from "#libs/supergraph";

/**
 * The reference gateway, as its makers ship it, beside ours over the sandbox country's own supergraph: for whoever may see all of an
 * operation, both must ask the ministries for the same.
 */
const supergraphSdl = readFileSync(new URL("../../contracts/supergraph.graphql", import.meta.url), "utf8");
const ours = new Supergraph(supergraphSdl, { scalars: { PersonRef: { receive: (it) => it, send: (it) => it } } });
const connect = vi.spyOn(Socket.prototype, "connect");

let reference: ApolloGateway;
const seen: { plan: QueryPlan | undefined } = { plan: undefined };

beforeAll(async () => {
  process.env["APOLLO_TELEMETRY_DISABLED"] = "1";
  const silent: GraphQLDataSource = { process: () => Promise.resolve({ data: {} }) };
  reference = new ApolloGateway({
    supergraphSdl,
    buildService: () => silent,
    experimental_didResolveQueryPlan: ({ queryPlan }) => void (seen.plan = queryPlan),
  });
  await reference.load();
});

afterAll(() => reference.stop());

const questions = {
  eligibility: `query Q($who: PersonKey!, $from: Date!) { person(key: $who) { id identity { fullName ageAtLeast(years: Y60) asOf }
    vitalStatus { finding } cashTransfer { ...E povertyScoreBelow(threshold: ELIGIBLE_2026) } foodSupport { ...E } farmInputs { ...E } schooling { attending stage } socialInsurance { contributing fundsAsked } health { feeExempt } employment { jobSeeking measure }
    disability { meetsStatutoryLevel } payments(from: $from, first: 3) { nodes { state } } } }
    fragment E on Enrolment { programme status since source }`,
  roster: `query Q($district: String!, $after: String, $from: Date!) { cashTransferEnrolments(district: $district, first: 50, after: $after) {
    nodes { monthlyAmount person { id vitalStatus { finding } payments(from: $from, first: 1) { nodes { state } } } } pageInfo { endCursor } } }`,
  referral: `query Q($who: [PersonKey!]!) { persons(keys: $who) { id disability { assessedLevel since asOf } } }`,
};
const variables = {
  who: { scheme: "NATIONAL_ID", value: "1" },
  from: "2026-10-01",
  district: "QV-3-07",
  after: null,
};

test.each(Object.entries(questions))("%s: both ask the same ministries for the same", async (name, source) => {
  const given = name === "referral" ? { who: [variables.who] } : variables;
  const operation = resolveOperation(ours, { query: source, variables: given });
  const plan = planFor(ours, operation, new Set());
  seen.plan = undefined;
  await reference.executor({
    document: parse(operation.text),
    queryHash: operation.digest,
    request: { variables: { ...operation.variables } },
    context: {},
    cache: undefined,
    schema: reference.schema,
    logger: console,
    metrics: {},
    source: operation.text,
    operationName: "Q",
    operation: operation.definition,
    overallCachePolicy: undefined,
    requestIsBatched: false,
  } as never);
  const theirs = fetchesOf(lastPlan()?.node as PlanNode | undefined);
  expect(theirs.length).toBeGreaterThan(1);
  expect(plan.fetches.map(({ subgraph, text }) => `${subgraph}: ${shape(text)}`).sort()).toEqual(theirs.sort());
});

test("with telemetry off before it is constructed, the reference gateway connects to nobody", () => {
  expect(connect).not.toHaveBeenCalled();
});

function lastPlan(): QueryPlan | undefined {
  return seen.plan;
}

function fetchesOf(node: PlanNode | undefined): string[] {
  if (!node) return [];
  if (node.kind === "Fetch") return [`${node.serviceName}: ${shape(node.operation)}`];
  if (node.kind === "Flatten") return fetchesOf(node.node);
  if (node.kind === "Sequence" || node.kind === "Parallel") return node.nodes.flatMap(fetchesOf);
  throw new Error(`a plan node of kind ${node.kind}`);
}

/** Both name their fetches after the operation and a running number. */
function shape(text: string): string {
  return text.replaceAll(/Q__\w+__\d+/g, "Q");
}
