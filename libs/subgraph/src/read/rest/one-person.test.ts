import fc from "fast-check";
import { afterAll, beforeEach, expect, test } from "vitest";
import type { CanonicalPerson } from "#libs/terms";
import { compileRead } from "../compile.js";
import { adapterConfigSchema } from "../config.js";
import { openMinistry } from "../ministry.js";
import {
  configOf,
  head,
  members,
  memberTypes,
  nid,
  request,
  schema,
  schemes,
  sealKey,
  sendJson,
  startService,
} from "./insurance.fixture.js";
import { filledPath } from "./template.js";

/** A service that knows one person at a time, by a number in the address, and says 404 where nobody has it. */
const yaml = `${head(`
  kind: rest
  url: env:API
  resources:
    members:
      identify: { method: GET, path: /members/$nid/card, rows: "$", perCall: 1, none: [404] }
      values: { method: GET, path: /members/$nid/card, rows: "$", perCall: 1, none: [404] }
    contributions: { values: { path: /contributions, body: { ssn: $ssn }, rows: "$.rows[*]" } }
`)}${memberTypes}`;

const paths: string[] = [];
const service = await startService(
  () => (asked, response) => {
    paths.push(asked.url ?? "");
    const found = members.filter((one) => asked.url === `/members/${one.nid}/card`);
    return found[0] ? sendJson(response, found[0]) : sendJson(response, { error: "nobody" }, 404);
  },
  (url) => ({ API: url }),
);
const config = configOf(yaml);
const ministry = await openMinistry({ config, schema, schemes, env: service.env, sealKey });
beforeEach(() => paths.splice(0));
afterAll(async () => {
  await ministry.close();
  service.stop();
});

const wages = compileRead(
  "query($representations: [_Any!]!) { _entities(representations: $representations) { ... on Person { member { wage } } } }",
  schema,
  config,
);
const read = async (...persons: readonly CanonicalPerson[]) => {
  const { data } = await ministry.read(wages, request(persons));
  return (JSON.parse(JSON.stringify(data)) as { _entities: unknown[] })._entities;
};

test("N persons are N calls, each with one number; whom the service does not know is not there", async () => {
  expect(await read(nid(1), nid(9), nid(2))).toEqual([
    { member: { wage: "1201.50" } },
    { member: null },
    { member: { wage: "1202.50" } },
  ]);
  expect(paths).toHaveLength(6);
  expect(new Set(paths.slice(0, 3))).toEqual(new Set([1, 9, 2].map((n) => `/members/${1_000_000_000 + n}/card`)));
});

test("another status than those that say so is an error, and not nobody", async () => {
  service.trouble = (response) => response.writeHead(410).end();
  await expect(read(nid(1))).rejects.toMatchObject({ code: "SOURCE_REFUSED", detail: "HTTP 410" });
  service.trouble = undefined;
});

test("a key in an address is one segment of it, whatever the key is", () => {
  const evil = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("", ".", "..", "a/../b", "%2e%2e", "?x", "#", "\\"),
  );
  fc.assert(
    fc.property(evil, (key) => {
      const { pathname, search, hash } = new URL(filledPath("/members/$nid/card", { $nid: key }), "http://mis.example");
      expect(pathname).toMatch(/^\/members\/[^/]+\/card$/);
      expect(search + hash).toBe("");
    }),
  );
});

test("a number in an address is of one person: without `perCall: 1` the mapping is refused", () => {
  const of = (text: string) =>
    adapterConfigSchema.safeParse({ ...config, source: { ...config.source, resources: JSON.parse(text) as object } });
  const call = '{ "values": { "method": "GET", "path": "/members/$nid", "rows": "$", "perCall": 1 } }';
  expect(of(`{ "members": ${call} }`).success).toBe(true);
  expect(of(`{ "members": ${call.replace(', "perCall": 1', "")} }`).success).toBe(false);
});
