import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PersonaName } from "../../apps/sandbox/src/personas.js";
import { questionsOf } from "../../apps/sandbox/src/questions.js";
import { type Orvanda, startOrvanda } from "../journeys/orvanda.js";
import { about, bodies, type Case, http, nested, operations, query, who } from "./bad-questions.js";
import { authorised, badTokens } from "./bad-tokens.js";
import { send, type Sent } from "./caller.js";
import { expectShort, insides, schemaWords } from "./short-refusal.js";

/**
 * To every ministry: whatever is sent to the gateway, it answers with a short error and a code. It tells no word of the schema that was
 * not in the query, nothing of its insides, and goes on answering the others.
 */
let orvanda: Orvanda;
let gateway: string;
let words: ReadonlySet<string>;
let pid: number | undefined;

beforeAll(async () => {
  orvanda = await startOrvanda();
  gateway = orvanda.urls.gateway;
  words = schemaWords(await (await fetch(`${gateway}/schema.graphql`)).text());
  pid = orvanda.pidOf("gateway");
});
afterAll(() => orvanda?.stop());

const variables: readonly Case[] = [
  {
    what: "forty thousand lists in each other for a person",
    status: 400,
    code: "VARIABLES_INVALID",
    sent: () => {
      const { body } = about("here");
      return { body: String(body).replace('"here"', nested(40_000)) };
    },
  },
  ...(
    [
      ["no key", undefined],
      ["null", null],
      ["a list", [who]],
      ["a number", 7],
      ["lists in lists", [[[[[[who]]]]]]],
      ["an unknown scheme", { scheme: "SOCIAL_SECURITY", value: "1" }],
      ["a scheme of the prototype", { scheme: "__proto__", value: "1" }],
      ["a member too many", { ...who, admin: true }],
      ["a value that is a number", { scheme: "NATIONAL_ID", value: 1_234_567_890 }],
    ] as const
  ).map(([what, value]) => ({
    what: `${what} for a person`,
    status: 400,
    code: "VARIABLES_INVALID",
    sent: () => about(value),
  })),
  ...(
    [
      ["", "NATIONAL_ID"],
      ["123", "NATIONAL_ID"],
      ["12345678901", "NATIONAL_ID"],
      ["1".repeat(50_000), "NATIONAL_ID"],
      ["12345\u00006789", "NATIONAL_ID"],
      ["' or 1=1 --", "NATIONAL_ID"],
      ["١٢٣٤٥٦٧٨٩٠", "NATIONAL_ID"],
      ["1234567890", "CASH_TRANSFER_NO"],
      ["", "WEFT_ID"],
      ["p1.AAAA", "WEFT_ID"],
      [`p1.${"A".repeat(64)}`, "WEFT_ID"],
      [`p9.${"A".repeat(64)}`, "WEFT_ID"],
    ] as const
  ).map(([value, scheme]) => ({
    what: `${JSON.stringify(value.slice(0, 20))} as ${scheme}`,
    status: 400,
    code: "PERSON_KEY_INVALID",
    sent: () => about({ scheme, value }),
  })),
  {
    what: "a WEFT_ID that another consumer was given",
    status: 400,
    code: "PERSON_KEY_INVALID",
    sent: async () => about({ scheme: "WEFT_ID", value: await idFor("programme") }),
  },
  {
    what: "a thousand and one persons",
    status: 403,
    code: "LIMIT_EXCEEDED",
    sent: () =>
      query("query Q($who: [PersonKey!]!) { persons(keys: $who) { id } }", {
        variables: {
          who: Array.from({ length: 1001 }, (_, n) => ({ scheme: "NATIONAL_ID", value: String(7_000_000_000 + n) })),
        },
      }),
  },
];

describe.each([
  ["a body", bodies],
  ["a request", http],
  ["an operation", operations],
  ["variables", variables],
] as const)("%s that cannot be used:", (_kind, cases) => {
  test.each(cases)("$what", async ({ status, code, sent }) => {
    const given = await sent();
    const got = await send(gateway, "caseworker", given);
    expectShort(got, { status, code, sent: String(given.body), words });
  });
});

test.each(badTokens)("%s is refused, and nobody is told why", async (_what, code, change) => {
  const headers = typeof change === "function" ? change(gateway) : authorised(gateway, change);
  const got = await send(gateway, "caseworker", { ...query("{ __typename }"), headers });
  expectShort(got, { status: 401, code, sent: "", words });
  expect(got.headers["www-authenticate"]).toMatch(/^DPoP /);
  expect(got.headers["weft-record"]).toBeUndefined();
});

test("a proof is used once, also by those who come at the same time", async () => {
  const sent = { ...query("{ __typename }"), headers: authorised(gateway, {}) };
  const statuses = await Promise.all(
    Array.from({ length: 5 }, async () => (await send(gateway, "caseworker", sent)).status),
  );
  expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 401, 401, 401, 401]);
});

const rows = (first: unknown, after: unknown = null): Sent =>
  query(
    `query R($n: Int!, $after: String) { cashTransferEnrolments(district: "QV-3-07", first: $n, after: $after) { nodes { monthlyAmount } } }`,
    { variables: { n: first, after } },
  );
const paid = (from: string, first: number): Sent =>
  query(
    `query P($who: PersonKey!, $from: Date!, $n: Int!) { person(key: $who) { payments(from: $from, first: $n) { nodes { state } } } }`,
    { variables: { who: orvanda.who("Amara Tessel"), from, n: first } },
  );

const unreadable: readonly (readonly [what: string, code: string, sent: () => Sent])[] = [
  ["no rows", "VARIABLES_INVALID", () => rows(0)],
  ["fewer than no rows", "VARIABLES_INVALID", () => rows(-1)],
  ["half a row", "VARIABLES_INVALID", () => rows(0.5)],
  ["more rows than there are numbers", "LIMIT_EXCEEDED", () => rows(2_147_483_647)],
  ["a place in the list that nobody was given", "VARIABLES_INVALID", () => rows(3, "QVBQ")],
  ["a place in the list with a quote", "VARIABLES_INVALID", () => rows(3, "' or 1=1 --")],
  ["payments from a day that is not", "VARIABLES_INVALID", () => paid("2026-02-31", 1)],
  ["payments from no day", "VARIABLES_INVALID", () => paid("'; drop table payment; --", 1)],
  ["fewer than no payments", "VARIABLES_INVALID", () => paid("2026-10-01", -1)],
  ["more payments than there are numbers", "VARIABLES_INVALID", () => paid("2026-10-01", 2_147_483_647)],
];

test.each(unreadable)("%s: the caller's own mistake, and no values", async (_what, code, sent) => {
  const got = await send(gateway, "programme", sent());
  const { data, errors = [] } = JSON.parse(got.text) as { data?: unknown; errors?: { extensions: object }[] };
  expect(errors.map(({ extensions }) => extensions)).toMatchObject([{ code, origin: "consumer" }]);
  expect([200, 400]).toContain(got.status);
  expect(JSON.stringify(data ?? null)).not.toMatch(/"monthlyAmount":"|"state":"/);
  expect(got.text).not.toMatch(insides);
});

test.each([
  ["no HTTP", "GARBAGE\r\n\r\n"],
  ["two lengths", "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}x"],
  [
    "a length and pieces",
    "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
  ],
  ["a NUL in a header", "POST /graphql HTTP/1.1\r\nhost: x\r\nx-a: \0\r\n\r\n"],
  ["too many headers", `POST /graphql HTTP/1.1\r\nhost: x\r\nx-a: ${"a".repeat(20_000)}\r\n\r\n`],
])("%s is no request: a short error and the end of the connection", async (_what, bytes) => {
  const { hostname, port } = new URL(gateway);
  const socket = connect(Number(port), hostname);
  let heard = "";
  socket.on("data", (part) => (heard += part.toString("latin1"))).on("error", () => {});
  socket.write(bytes, "latin1");
  await new Promise((resolve) => socket.once("close", resolve));
  expect(heard).toMatch(/^HTTP\/1\.1 4\d\d /);
  expect(heard.length).toBeLessThan(400);
  expect(heard).not.toMatch(insides);
});

test("after all this it is the same process, it has failed nobody, and it answers", async () => {
  expect(orvanda.pidOf("gateway")).toBe(pid);
  process.kill(pid!, 0);
  expect(await orvanda.metric("gateway", "weft_answers_total", { code: "INTERNAL" })).toBe(0);
  const answers = await Promise.all(Object.values(questionsOf(orvanda.country)).map((one) => orvanda.ask(one)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect((await fetch(`${gateway}/health/ready`)).status).toBe(200);
});

async function idFor(persona: PersonaName): Promise<string> {
  const answer = await orvanda.ask({
    persona,
    query: "query Q($who: PersonKey!) { person(key: $who) { id } }",
    variables: { who },
  });
  return (answer.data as { person: { id: string } }).person.id;
}
