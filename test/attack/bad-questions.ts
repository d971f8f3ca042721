import type { Sent } from "./caller.js";

/** What is sent to the gateway by somebody with a right to ask, and cannot be used. */
export interface Case {
  readonly what: string;
  readonly status: number;
  readonly code: string;
  readonly sent: () => Sent | Promise<Sent>;
}

const json = (value: unknown): Sent => ({ body: JSON.stringify(value) });
export const query = (text: string, more: object = {}): Sent => json({ query: text, ...more });
export const who = { scheme: "NATIONAL_ID", value: "1234567890" };
export const about = (value: unknown): Sent =>
  query("query Q($who: PersonKey!) { person(key: $who) { id } }", { variables: { who: value } });
export const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
const spread = (levels: number) =>
  Array.from({ length: levels }, (_, n) => `fragment F${n} on Person { ...F${n + 1} ...F${n + 1} }`).join(" ");

export const bodies: readonly Case[] = [
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

export const http: readonly Case[] = [
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

export const operations: readonly Case[] = [
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
