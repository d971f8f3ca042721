import {
  buildSchema,
  type GraphQLArgument,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from "graphql";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PersonaName } from "../../apps/sandbox/src/personas.js";
import { questionsOf } from "../../apps/sandbox/src/questions.js";
import { type Orvanda, startOrvanda } from "../journeys/orvanda.js";
import { type Got, proofOf, seconds, send, type Sent, strangerKey, tokenOf, type TokenChange } from "./caller.js";

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

interface Case {
  readonly what: string;
  readonly status: number;
  readonly code: string;
  readonly sent: () => Sent | Promise<Sent>;
  readonly as?: PersonaName;
}

const insides =
  /node_modules|\bat \S+:\d+|\.[jt]s\b|graphql-js|fastify|nest|apollo|undici|zod|jose|opossum|Error:|SyntaxError|TypeError|RangeError|ENOENT|ECONN|127\.0\.0\.1|stack/i;
/** Words of the schema that are also words of our sentences. */
const plain = new Set(["person", "source", "query", "state", "first", "to", "from", "value", "key", "keys"]);

function expectShort(
  got: Got,
  { status, code }: { readonly status: number; readonly code: string },
  sent: string,
): void {
  const body = JSON.parse(got.text) as { errors: { message: string; extensions: { code: string } }[] };
  expect({ status: got.status, code: body.errors[0]?.extensions.code }).toEqual({ status, code });
  expect(body.errors).toHaveLength(1);
  expect(Object.keys(body).filter((member) => member !== "errors" && member !== "extensions")).toEqual([]);
  expect(got.text.length).toBeLessThan(500);
  expect(got.text).not.toMatch(insides);
  expect(Object.keys(got.headers)).not.toContain("x-powered-by");
  expect(got.headers.server).toBeUndefined();
  const known = new Set(sent.match(/\w+/g));
  const said = body.errors[0]!.message.match(/\w+/g) ?? [];
  expect(said.filter((word) => words.has(word) && !known.has(word) && !plain.has(word))).toEqual([]);
}

function schemaWords(sdl: string): ReadonlySet<string> {
  const types = Object.values(buildSchema(sdl).getTypeMap()).filter(({ name }) => !name.startsWith("__"));
  return new Set(
    types.flatMap((type) => {
      if (isEnumType(type)) return [type.name, ...type.getValues().map(({ name }) => name)];
      if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) return [type.name];
      const fields = Object.values(type.getFields());
      return [
        type.name,
        ...fields.flatMap((field) => [
          field.name,
          ...("args" in field ? field.args.map((argument: GraphQLArgument) => argument.name) : []),
        ]),
      ];
    }),
  );
}

const json = (value: unknown): Sent => ({ body: JSON.stringify(value) });
const query = (text: string, more: object = {}): Sent => json({ query: text, ...more });
const who = { scheme: "NATIONAL_ID", value: "1234567890" };
const about = (value: unknown): Sent =>
  query("query Q($who: PersonKey!) { person(key: $who) { id } }", { variables: { who: value } });
const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
const spread = (levels: number) =>
  Array.from({ length: levels }, (_, n) => `fragment F${n} on Person { ...F${n + 1} ...F${n + 1} }`).join(" ");

const bodies: readonly Case[] = [
  ...[
    ["nothing", ""],
    ["half an object", '{"query":"{ person'],
    ["text", "query { person }"],
    ["a batch", '[{"query":"{ __typename }"},{"query":"{ __typename }"}]'],
    ["null", "null"],
    ["a number", "1e400"],
    ["an object in an object", '{"query":{"query":"{ __typename }"}}'],
    ["a member twice", '{"query":"{ __typename }","query":"{ person }"}'],
    ["a member twice, once escaped", String.raw`{"query":"{ __typename }","\u0071uery":"{ person }"}`],
    ["a variable twice", '{"query":"{ __typename }","variables":{"a":1,"a":2}}'],
    ["an unknown member", '{"query":"{ __typename }","persisted":"x"}'],
    ["a byte order mark", "\uFEFF{}"],
    ["ninety thousand brackets", nested(45_000)],
    ["a name that is a number", '{"query":"{ __typename }","operationName":7}'],
    ["extensions that are a list", '{"query":"{ __typename }","extensions":[]}'],
    ["a prototype", '{"query":"{ __typename }","__proto__":{"admin":true}}'],
  ].map(([what, body]) => ({
    what: `${what} as body`,
    status: 400,
    code: "REQUEST_MALFORMED",
    sent: () => ({ body: body! }),
  })),
  {
    what: "bytes that are no UTF-8",
    status: 400,
    code: "REQUEST_MALFORMED",
    sent: () => ({ body: Buffer.from('{"query":"{ __typename } #\xff\xfe"}', "latin1") }),
  },
  {
    what: "variables that are a list",
    status: 400,
    code: "VARIABLES_INVALID",
    sent: () => query("{ __typename }", { variables: [] }),
  },
  { what: "10 MB", status: 413, code: "REQUEST_TOO_LARGE", sent: () => query("x".repeat(10_000_000)) },
  {
    what: "10 MB in pieces of unknown number",
    status: 413,
    code: "REQUEST_TOO_LARGE",
    sent: () => ({ ...query("x".repeat(10_000_000)), headers: { "transfer-encoding": "chunked" } }),
  },
];

const http: readonly Case[] = [
  ...[
    "text/plain",
    "application/graphql",
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded",
    undefined,
  ].map((type) => ({
    what: `content type ${type}`,
    status: 415,
    code: "MEDIA_TYPE_NOT_SUPPORTED",
    sent: () => ({ ...query("{ __typename }"), headers: { "content-type": type } }),
  })),
  { what: "accept text/html", status: 406, code: "NOT_ACCEPTABLE", sent: () => ({ headers: { accept: "text/html" } }) },
  ...["GET", "PUT", "PATCH", "DELETE"].map((method) => ({
    what: `method ${method}`,
    status: 405,
    code: "METHOD_NOT_ALLOWED",
    sent: () => ({ method, path: "/graphql?query={__typename}", body: "" }),
  })),
  { what: "another path", status: 404, code: "NOT_FOUND", sent: () => ({ path: "/graphql/../../etc/passwd" }) },
  {
    what: "a path that cannot be decoded",
    status: 400,
    code: "REQUEST_MALFORMED",
    sent: () => ({ method: "GET", path: "/log/proof/%E0%A4%A", body: "" }),
  },
  {
    what: "a proof of no number",
    status: 404,
    code: "NOT_FOUND",
    sent: () => ({ method: "GET", path: "/log/proof/-1", body: "" }),
  },
];

const operations: readonly Case[] = [
  ...(
    [
      ["no GraphQL", "person"],
      ["a NUL byte", "{ __typename \u0000 }"],
      ["a field that is not there", "{ persn { id } }"],
      ["a field that is nearly there", "query Q($who: PersonKey!) { person(key: $who) { identty { fullNam } } }"],
      ["a type that is not there", "query Q($who: PersonKy!) { person(key: $who) { id } }"],
      ["an argument that is not there", '{ person(ky: "x") { id } }'],
      ["no argument where one is needed", "{ person { id } }"],
      ["a value of an enum that is not there", '{ person(key: { scheme: NATIONAL, value: "1" }) { id } }'],
      ["a literal of the wrong form", "{ person(key: 7) { id } }"],
      ["no selection where one is needed", "query Q($who: PersonKey!) { person(key: $who) }"],
      ["a selection where none may be", "query Q($who: PersonKey!) { person(key: $who) { id { x } } }"],
      ["an unknown directive", "{ __typename @cached }"],
      ["@defer", "query Q($who: PersonKey!) { person(key: $who) { ... @defer { id } } }"],
      ["@stream", "query Q($who: [PersonKey!]!) { persons(keys: $who) @stream { id } }"],
      ["a mutation", "mutation { grantConsent }"],
      ["a subscription", "subscription { person }"],
      ["a definition of a type", "type Query { all: String } { __typename }"],
      ["two operations", "query A { __typename } query B { __typename }"],
      ["no operation", "fragment F on Person { id }"],
      ["a fragment that contains itself", "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }"],
      ["a fragment that is not there", "{ ...A }"],
      ["the schema beside data", "{ __schema { types { name } } person { id } }"],
      ["an entity by its door", '{ _entities(representations: [{ __typename: "Person", ref: "x" }]) { __typename } }'],
      ["a subgraph's schema", "{ _service { sdl } }"],
      ["the inner reference of a person", "query Q($who: PersonKey!) { person(key: $who) { ref } }"],
      ["deep lists", `{ person(key: ${nested(900)}) { id } }`],
      ["deep objects", `{ person(key: ${"{key:".repeat(400)}1${"}".repeat(400)}) { id } }`],
      ["an identifier as an alias", "query Q($who: PersonKey!) { n1234567890: person(key: $who) { id } }"],
      ["a reserved name", "query Q($who: PersonKey!) { __proto__: person(key: $who) { id } }"],
    ] as const
  ).map(([what, text]) => ({
    what,
    status: 400,
    code: "OPERATION_INVALID",
    sent: () => query(text, { variables: { who } }),
  })),
  {
    what: "an unknown operation name",
    status: 400,
    code: "OPERATION_INVALID",
    sent: () => query("query A { __typename }", { operationName: "B" }),
  },
  ...(
    [
      ["a depth bomb", `{ ${"person { ".repeat(500)} id ${"}".repeat(501)}`],
      ["an alias bomb", `{ ${Array.from({ length: 200 }, (_, n) => `a${n}: __typename`).join(" ")} }`],
      ["many root fields", `{ ${Array.from({ length: 9 }, (_, n) => `a${n}: __typename`).join(" ")} }`],
      ["many tokens", `{ ${"__typename ".repeat(3000)} }`],
      ["fragments that double", `{ ...F0 } ${spread(30)} fragment F30 on Person { id }`],
      ["a long operation", `{ __typename } #${"x".repeat(40_000)}`],
    ] as const
  ).map(([what, text]) => ({ what, status: 400, code: "OPERATION_TOO_COMPLEX", sent: () => query(text) })),
];

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
  test.each(cases)("$what", async ({ status, code, sent, as = "caseworker" }) => {
    const given = await sent();
    expectShort(await send(gateway, as, given), { status, code }, String(given.body));
  });
});

/** Each as the caseworker sends it, but for one thing. */
const tokens: readonly (readonly [
  what: string,
  code: string,
  change: TokenChange | ((gateway: string) => Sent["headers"]),
])[] = [
  ["no token", "TOKEN_MISSING", () => ({ authorization: undefined })],
  ["two tokens", "TOKEN_MISSING", (it) => ({ authorization: [`DPoP ${tokenOf("caseworker", it)}`, "DPoP x"] })],
  ["a password", "TOKEN_MALFORMED", () => ({ authorization: "Basic YWRtaW46YWRtaW4=" })],
  ["something else", "TOKEN_MALFORMED", () => ({ authorization: "DPoP ../../../etc/passwd" })],
  ["100 kB", "TOKEN_MALFORMED", () => ({ authorization: `DPoP ${"x".repeat(12_000)}` })],
  ["a token of no algorithm", "TOKEN_REJECTED", { header: { alg: "none" } }],
  ["a token of another algorithm", "TOKEN_REJECTED", { header: { alg: "HS256" } }],
  ["a token of another type", "TOKEN_MALFORMED", { header: { typ: "JWT" } }],
  ["a token that brings its key", "TOKEN_MALFORMED", { header: { jwk: {} } }],
  ["a token with an unknown key", "TOKEN_REJECTED", { header: { kid: "welfare-issuer-9" } }],
  ["a token that a stranger signed", "TOKEN_REJECTED", { key: strangerKey }],
  ["a token by an unknown issuer", "TOKEN_REJECTED", { claims: { iss: "https://issuer.evil.example" } }],
  ["a token by another issuer's name", "TOKEN_REJECTED", { claims: { iss: "https://issuer.bank.orvanda.example" } }],
  ["a token that names another organisation", "TOKEN_REJECTED", { claims: { org: "org:cash" } }],
  ["a token for another gateway", "TOKEN_REJECTED", { claims: { aud: "https://gateway.elsewhere.example" } }],
  ["a token that has expired", "TOKEN_EXPIRED", { claims: { iat: seconds() - 300, exp: seconds() - 30 } }],
  ["a token of tomorrow", "TOKEN_EXPIRED", { claims: { iat: seconds() + 86_400, exp: seconds() + 86_500 } }],
  ["a token for a day", "TOKEN_REJECTED", { claims: { exp: seconds() + 86_400 } }],
  ["a token without an officer", "TOKEN_REJECTED", { claims: { sub: undefined } }],
  ["a token with a scope", "TOKEN_MALFORMED", { claims: { scope: "everything" } }],
  ["a token without a purpose", "TOKEN_MALFORMED", detailed([{ type: "registry_access" }])],
  [
    "a token of two purposes",
    "TOKEN_MALFORMED",
    detailed(["referral", "enrolment"].map((purpose) => ({ type: "registry_access", purpose }))),
  ],
  ["a token for payments", "TOKEN_MALFORMED", detailed([{ type: "payment_initiation", purpose: "referral" }])],
  [
    "a token that grants fields",
    "TOKEN_MALFORMED",
    detailed([{ type: "registry_access", purpose: "referral", fields: ["*"] }]),
  ],
  ["a token that nobody must hold", "TOKEN_MALFORMED", { claims: { cnf: {} } }],
  ["a token that another caller holds", "POSSESSION_NOT_PROVEN", { boundTo: { key: strangerKey } }],
  ["the token alone", "POSSESSION_NOT_PROVEN", () => ({ dpop: undefined })],
  [
    "the token as if it were a bearer's",
    "POSSESSION_NOT_PROVEN",
    (it) => ({ authorization: `Bearer ${tokenOf("caseworker", it)}` }),
  ],
  proof("a proof by another key", { key: strangerKey }),
  proof("a proof for another method", { claims: { htm: "GET" } }),
  proof("a proof for another address", { claims: { htu: "https://gateway.elsewhere.example/graphql" } }),
  proof("a proof for another path", { claims: { htu: "http://127.0.0.1/other" } }),
  proof("a proof for another token", { claims: { ath: "A".repeat(43) } }),
  proof("a proof without its token", { claims: { ath: undefined } }),
  proof("an old proof", { claims: { iat: seconds() - 600 } }),
  proof("a proof of tomorrow", { claims: { iat: seconds() + 86_400 } }),
  proof("a proof without a name", { claims: { jti: undefined } }),
  proof("a proof of another type", { header: { typ: "JWT" } }),
  proof("a proof without a key", { header: { jwk: undefined } }),
  [
    "two proofs",
    "POSSESSION_NOT_PROVEN",
    (it) => {
      const token = tokenOf("caseworker", it);
      const one = () => proofOf(token, `${it}/graphql`);
      return { authorization: `DPoP ${token}`, dpop: [one(), one()] };
    },
  ],
];

function detailed(details: readonly object[]): TokenChange {
  return { claims: { authorization_details: details } };
}

function proof(what: string, change: Parameters<typeof proofOf>[2]): (typeof tokens)[number] {
  return [
    what,
    "POSSESSION_NOT_PROVEN",
    (it) => {
      const token = tokenOf("caseworker", it);
      return { authorization: `DPoP ${token}`, dpop: proofOf(token, `${it}/graphql`, change) };
    },
  ];
}

test.each(tokens)("%s is refused, and nobody is told why", async (_what, code, change) => {
  const headers = typeof change === "function" ? change(gateway) : authorised(change);
  const got = await send(gateway, "caseworker", { ...query("{ __typename }"), headers: headers! });
  expectShort(got, { status: 401, code }, "");
  expect(got.headers["www-authenticate"]).toMatch(/^DPoP /);
  expect(got.headers["weft-record"]).toBeUndefined();
});

function authorised(change: TokenChange): Sent["headers"] {
  const token = tokenOf("caseworker", gateway, change);
  return { authorization: `DPoP ${token}`, dpop: proofOf(token, `${gateway}/graphql`) };
}

test("a proof is used once, also by those who come at the same time", async () => {
  const headers = authorised({});
  const sent = { ...query("{ __typename }"), headers: headers! };
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
