import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeEach, expect, test } from "vitest";
import type { CanonicalPerson } from "#libs/terms";
import { checkSource } from "../check-source.js";
import { compileRead } from "../compile.js";
import { openMinistry } from "../ministry.js";
import { configOf, nid, request, schema, schemes, sealKey, sendJson } from "../rest/insurance.fixture.js";
import { fhirYaml, newManner, patientOf, startFhir } from "./fhir.fixture.js";

const manner = newManner();
const service = await startFhir(manner);
const config = configOf(fhirYaml);
const ministry = await openMinistry({ config, schema, schemes, env: service.env, sealKey });
afterAll(async () => {
  await ministry.close();
  service.stop();
});
beforeEach(() => {
  service.asked.splice(0);
  service.trouble = undefined;
  service.pageSize = 100;
  Object.assign(manner, newManner(), { received: manner.received });
  manner.received.splice(0);
});

const wages = compileRead(
  "query($representations: [_Any!]!) { _entities(representations: $representations) { ... on Person { member { status wage } } } }",
  schema,
  config,
);
const read = async (persons: readonly CanonicalPerson[], more = {}) => {
  const { data } = await ministry.read(wages, request(persons, more));
  return (JSON.parse(JSON.stringify(data)) as { _entities: unknown[] })._entities;
};
const caught = (failing: Promise<unknown>) =>
  failing.then(
    () => undefined,
    (error: unknown) => error,
  );
const first = { member: { status: "ACTIVE", wage: "1201.50" } };

test("N persons are one search by POST: no number stands in an address, and only elements that are needed are asked", async () => {
  expect(await read([nid(1), nid(9)])).toEqual([first, { member: null }]);
  expect(manner.received.map(({ url }) => url)).toEqual(["/Patient/_search", "/Patient/_search"]);
  const [numbers, values] = manner.received.map(({ query }) => query);
  expect(numbers?.get("identifier")).toMatch(
    /^urn:orvanda:nid\|1000000001,urn:orvanda:nid\|1000000009,https:\/\/insurance\.example\/id\/ssn\|S999\d{4},https:\/\/insurance\.example\/id\/ssn\|S999\d{4}$/,
  );
  expect(numbers?.get("_elements")).toBe("identifier");
  expect(values?.get("_revinclude")).toBe("Coverage:patient");
  expect(values?.get("_elements")).toBe("identifier,beneficiary,status,meta,class");
});

test("what means something in a search is no number, and is not sent: as many decoys are", async () => {
  const evil = ["1000000001,urn:orvanda:nid|1000000002", "\\,1000000001", "urn|$everything", "|1000000001"];
  const persons = evil.map((one) => `nid:${one}` as CanonicalPerson);
  expect(await read(persons)).toEqual(persons.map(() => ({ member: null })));
  expect(service.asked[0]?.keys).toHaveLength(2 * evil.length);
  expect(service.asked[0]?.keys.filter((key) => evil.includes(key))).toEqual([]);
});

test("a patient with two numbers of one system is held twice, and a coverage of nobody in the answer is no answer", async () => {
  const extra = { system: "urn:orvanda:nid", value: "1000000008" };
  manner.patient = (one) => {
    const patient = patientOf(one);
    return { ...patient, identifier: [...(patient["identifier"] as object[]), extra] };
  };
  expect(await read([nid(1)])).toEqual([{ member: null }]);
  manner.patient = (one) => ({ ...patientOf(one), id: "another" });
  expect(await caught(read([nid(1)]))).toMatchObject({ code: "SOURCE_INVALID" });
});

test("a next page on another server is not asked for", async () => {
  const asked: unknown[] = [];
  const other = createServer((incoming, response) => {
    asked.push(incoming.url);
    sendJson(response, {});
  });
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}/Patient?page=2`;
  manner.bundle = (bundle) => ({ ...bundle, link: [{ relation: "next", url }] });
  expect(await caught(read([nid(1)]))).toMatchObject({
    code: "SOURCE_INVALID",
    detail: "a next page on another server",
  });
  expect(asked).toEqual([]);
  other.close();
  manner.bundle = (bundle) => ({ ...bundle, link: [{ relation: "next", url: "javascript:0" }] });
  expect(await caught(read([nid(1)]))).toMatchObject({ code: "SOURCE_INVALID" });
});

const outcome = (code: string, severity = "error") => ({
  resourceType: "OperationOutcome",
  issue: [
    { severity: "information", code: "informational" },
    { severity, code, diagnostics: "1000000001 is nobody", expression: ["1000000001"] },
  ],
});
test.each([
  ["throttled", 400, "SOURCE_UNAVAILABLE", "outcome throttled"],
  ["exception", 500, "SOURCE_UNAVAILABLE", "outcome exception"],
  ["forbidden", 403, "SOURCE_REFUSED", "outcome forbidden"],
  ["not-supported", 500, "SOURCE_REFUSED", "outcome not-supported"],
  ["too-costly", 200, "SOURCE_REFUSED", "outcome too-costly"],
  ["1000000001", 400, "SOURCE_REFUSED", "an outcome of another code"],
])("an outcome %s with status %i is %s, and not a word of it leaves", async (code, status, want, detail) => {
  service.trouble = (response) => sendJson(response, outcome(code), status, "application/fhir+json");
  const error = await caught(read([nid(1)]));
  expect(error).toMatchObject({ code: want, detail });
  expect(JSON.stringify([error, String(error)])).not.toContain("1000000001");
});

test("an outcome among the entries is an error if it says so, and a remark else", async () => {
  const withOutcome = (severity: string) => (bundle: { readonly entry: readonly object[] }) => ({
    ...bundle,
    entry: [...bundle.entry, { resource: outcome("too-costly", severity), search: { mode: "outcome" } }],
  });
  manner.bundle = withOutcome("warning");
  expect(await read([nid(1)])).toEqual([first]);
  manner.bundle = withOutcome("fatal");
  expect(await caught(read([nid(1)]))).toMatchObject({ code: "SOURCE_REFUSED" });
});

const roster = compileRead(
  "query($district: String!) { roster(district: $district, first: 5) { nodes { wage } } }",
  schema,
  config,
);
test("a list is one search by its filters alone, and no value of one is anything else in it", async () => {
  await ministry.read(roster, request([], { variables: { district: "07|x,08$" } }));
  const [query] = manner.received.map((one) => one.query);
  expect(Object.fromEntries(query!)).toEqual({
    _count: "100",
    "address-district:exact": String.raw`07\|x\,08\$`,
    _elements: "identifier",
  });
});

test("where nobody consented a list is asked for nobody, and not for everybody", async () => {
  await ministry.read(roster, request([], { variables: { district: "07" }, consenting: [] }));
  const [query] = manner.received.map((one) => one.query);
  expect(query?.get("identifier")).toMatch(
    /^urn:orvanda:nid\|0000\d{6},https:\/\/insurance\.example\/id\/ssn\|S999\d{4}$/,
  );
});

test("what a FHIR server cannot be asked is said before it is asked", () => {
  const problems = (yaml: string) => checkSource(configOf(yaml)).map(({ at, wrong }) => `${at.join(".")}: ${wrong}`);
  expect(problems(fhirYaml)).toEqual([]);
  expect(problems(fhirYaml.replace(/, page: .*} }/, " }"))).toEqual([
    "source.resources.members: `lists` and no `page`",
  ]);
  expect(problems(fhirYaml.replace("scheme: nid, column: nid", "scheme: nid, column: identifier"))).toEqual([
    "types.Person.identifiers.0.column: identifier on FHIR",
  ]);
  expect(problems(fhirYaml.replace("from: members", "from: coverages"))).toContain(
    "types.Person.from: no resource of type Patient",
  );
});
