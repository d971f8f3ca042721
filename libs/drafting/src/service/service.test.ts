import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { adapterConfigSchema, checkAdapterConfig, subgraphSchema } from "#libs/subgraph";
import { parseStrictYaml, type Scheme, WeftError } from "#libs/terms";
import { stringify } from "yaml";
import { firstDraft } from "../draft.js";
import { mergeDraft } from "../merge.js";
import { takesGuesses } from "../survey.js";
import { takenBy } from "../taken.js";
import { benefitsDocument } from "./benefits.fixture.js";
import { readOpenApi } from "./openapi.js";
import type { Service } from "./service.js";
import { resourceText, serviceSource } from "./source-text.js";
import { surveyService } from "./survey-service.js";
import { readWsdl } from "./wsdl.js";

const prelude = readFileSync("contracts/prelude.graphql", "utf8");
const schemeOf = (name: string, pattern: RegExp, from: string, to: string): readonly [string, Scheme] => [
  name,
  { name, pattern, normalise: ["trim"], decoys: { from, to } },
];
const schemes = new Map([
  schemeOf("nid", /^[0-9]{10}$/, "0000000000", "0000999999"),
  schemeOf("ssn", /^S[0-9]{7}$/, "S9990000", "S9999999"),
]);
const insurance = "libs/subgraph/src/read/soap/insurance.wsdl";

async function surveyed(service: Service, wishes: readonly (readonly [string, string])[] = []) {
  const ground = { schemes, taken: takenBy([prelude]) };
  const question = await surveyService(service, ground, { identifiers: new Map(wishes) }, takesGuesses);
  const about = {
    title: "Benefits",
    register: "Benefits",
    provider: "org:benefits",
    languages: ["en"],
    source: serviceSource(question, "BENEFITS_API"),
    resource: (table: string) => resourceText(question, table),
  };
  return { question, about };
}

async function drafted(service: Service, wishes: readonly (readonly [string, string])[] = []) {
  const { question, about } = await surveyed(service, wishes);
  return firstDraft(question, about).files;
}

function problemsOf(files: ReadonlyMap<string, string>) {
  const schema = subgraphSchema(`${prelude}\n${files.get("schema.graphql")}`);
  return checkAdapterConfig(parseStrictYaml(files.get("adapter.yaml") ?? ""), schema, schemes).problems;
}

test("an OpenAPI document becomes a ministry's files that fit one another, every field closed", async () => {
  const files = await drafted(await readOpenApi(benefitsDocument));
  expect(problemsOf(files)).toEqual([]);
  const adapter = files.get("adapter.yaml")!;
  expect(adapter).toContain("auth: { header: X-Api-Key, value: env:BENEFITS_API_KEY }");
  expect(adapter).toContain(
    'values: { method: POST, path: "/v1/beneficiaries/search", body: { nationalIds: $nid, fields: $columns }, rows: "$.items[*]", next: "$.nextCursor", nextAs: cursor }',
  );
  expect(adapter).toContain("- { scheme: nid, column: nationalId }");
  expect(adapter).toContain('homeDistrict: { column: "$.home.district" }');
  expect(adapter).toContain("asOf: { column: lastModified, date: iso }");
  expect(adapter).toMatch(/not mapped \(free text[^)]*\): remarks/);
  expect(adapter).toMatch(/not mapped \(a picture[^)]*\): photo/);
  const schema = files.get("schema.graphql")!;
  expect(schema).toContain('disabled: Answer @personal(class: P4, category: "health") # guess');
  const rules = [...schema.matchAll(/@release\(([^)]*)\)/g)].map(([, rule]) => rule);
  expect(new Set(rules)).toEqual(new Set(["purposes: [], bases: []"]));
});

test("what is asked one person at a time says so, and that the number stands in the address", async () => {
  const adapter = (await drafted(await readOpenApi(benefitsDocument))).get("adapter.yaml");
  expect(adapter).toMatch(
    /Payment:\n {6}# guess: GET [^\n]*\n {6}# no batch look-up: N persons are N calls, at most 2 at once[^\n]*\n {6}# ask: the number stands in the address[^\n]*\n {6}values: { method: GET, path: "\/v1\/beneficiaries\/\$nid\/payments", rows: "\$\[\*\]", perCall: 1, asked: { nationalId: \$nid }, none: \[404\] }/,
  );
});

test("somebody else's members within a row are not the person's", async () => {
  const adapter = (await drafted(await readOpenApi(benefitsDocument))).get("adapter.yaml");
  expect(adapter).not.toContain("$.head");
  expect(adapter).toMatch(/not mapped \(of a type that is not read\): [^\n]*head/);
});

test("a reference out of the document is not followed, and is told", async () => {
  const service = await readOpenApi(benefitsDocument);
  expect(service.notes).toEqual([
    "not followed, as it leads out of the document: https://elsewhere.example/office.json",
  ]);
});

test("a WSDL becomes the same, in its own words", async () => {
  const files = await drafted(await readWsdl(insurance));
  expect(problemsOf(files)).toEqual([]);
  const adapter = files.get("adapter.yaml")!;
  expect(adapter).toContain("kind: soap");
  expect(adapter).toContain(
    'identify: { operation: findMembers, body: { nid: $nid, ssn: $ssn, column: $columns, after: $next }, rows: "$.member", next: "$.next" }',
  );
  expect(adapter).toContain("- { scheme: ssn, column: ssn }");
  expect(adapter).toContain("since: { column: since");
  expect(adapter).toMatch(/contribution:\n {6}# guess: getContributions\n {6}# no batch look-up/);
  expect(adapter).toContain(
    `contributions: { list: { of: Contribution, newest: month, keyset: ["no"], maxRows: 50 } }`,
  );
});

test("a second draft puts in what is new, with how it is asked for, and leaves every line as it stands", async () => {
  const before = benefitsDocument
    .replace(/ {2}\/v1\/beneficiaries\/{nationalId}\/payments:\n(?: {4}.*\n)+/, "")
    .replace(/ {12}disabled.*\n/, "");
  expect(before).not.toMatch(/payments:|disabled/);
  const files = new Map(await drafted(await readOpenApi(before)));
  files.set(
    "adapter.yaml",
    files.get("adapter.yaml")!.replace("personsPerMinute: 600 }", "personsPerMinute: 60 } # ours"),
  );
  const { question, about } = await surveyed(await readOpenApi(benefitsDocument));
  const merged = mergeDraft(files, question, about);
  expect(problemsOf(merged.files)).toEqual([]);
  expect(merged.added).toEqual(["Beneficiary.disabled as Beneficiary.disabled", "Payment as Payment: 3 fields"]);
  const lines = merged.files.get("adapter.yaml")!.split("\n");
  expect(
    files
      .get("adapter.yaml")!
      .split("\n")
      .filter((line) => !lines.includes(line)),
  ).toEqual([]);
  const again = mergeDraft(merged.files, question, about);
  expect([...again.files]).toEqual([...merged.files]);
});

test.each([
  ["no document", "[]", "no OpenAPI 3 document: convert an older one first"],
  ["an older document", '{"swagger":"2.0","paths":{}}', "no OpenAPI 3 document: convert an older one first"],
  ["neither JSON nor YAML", '{"openapi":', "not an OpenAPI document that can be read"],
  [
    "a document that is deep without end",
    `{"openapi":"3.0.0","paths":${"[".repeat(200_000)}`,
    "not an OpenAPI document that can be read",
  ],
  [
    "one with aliases that unfold",
    `openapi: "3.0.0"\npaths: &a [x, x]\nb: [*a, *a]`,
    "not an OpenAPI document that can be read",
  ],
])("%s is refused without a word of its own", async (_what, text, detail) => {
  await expect(readOpenApi(text)).rejects.toMatchObject({ code: "SOURCE_INVALID", detail });
});

test("a document whose parts name one another in a circle comes to an end", async () => {
  const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
  const wide = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`m${n}`, ref("A")]));
  const schemas = {
    A: { type: "object", properties: wide },
    B: ref("C"),
    C: ref("B"),
    D: { allOf: [ref("D"), ref("A")] },
  };
  const get = { responses: { 200: { content: { "application/json": { schema: ref("D") } } } } };
  const paths = { "/a/{nid}": { get: { ...get, parameters: [{ name: "nid", in: "path", schema: ref("B") }] } } };
  const started = performance.now();
  await readOpenApi(JSON.stringify({ openapi: "3.1.0", paths, components: { schemas } })).catch((error: unknown) =>
    expect(error).toMatchObject({ code: "SOURCE_INVALID" }),
  );
  expect(performance.now() - started).toBeLessThan(10_000);
});

/** A document of the right form that holds anything. */
const name = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.constantFrom(
    "__proto__",
    "constructor",
    "$ref",
    "a.b",
    "nid",
    "true",
    "# ask",
    '"',
    "}",
    "null",
    "NATIONAL-ID",
    "type: x",
    "name\n- a",
  ),
);
const schemaOf: fc.Arbitrary<object> = fc.letrec<{ schema: object; object: object }>((tie) => ({
  object: fc.record({ type: fc.constant("object"), properties: fc.dictionary(name, tie("schema"), { maxKeys: 5 }) }),
  schema: fc.oneof(
    { depthSize: "small" },
    fc.record({
      type: fc.constantFrom("string", "integer", "number", "boolean", "null"),
      format: fc.constantFrom("date", "date-time", "uuid", "byte", "x"),
      enum: fc.option(fc.array(fc.oneof(name, fc.integer()), { maxLength: 4 }), { nil: undefined }),
      description: fc.string({ unit: "binary" }),
      example: fc.jsonValue() as fc.Arbitrary<unknown>,
    }),
    tie("object"),
    fc.record({ type: fc.constant("array"), items: tie("schema") }),
    fc.record({ $ref: fc.constantFrom("#/components/schemas/Row", "#/x", "https://x.example/#/y", "/etc/passwd") }),
    fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<object>,
  ),
})).object;

test("whatever its members are called and say, a draft is files that fit one another", async () => {
  await fc.assert(
    fc.asyncProperty(schemaOf, name, fc.string({ unit: "binary" }), async (row, entity, summary) => {
      const properties = {
        ...(row as { properties: object }).properties,
        nid: { type: "string" },
        birthDate: { type: "string", format: "date" },
        fullName: { type: "string" },
      };
      const schema = { type: "array", items: { ...row, properties } };
      const get = {
        summary,
        parameters: [
          { name: "nid", in: "query" },
          { name: entity, in: "query", required: false, schema: row },
        ],
        responses: { 200: { content: { "application/json": { schema } } } },
      };
      const document = { openapi: "3.1.0", paths: { [`/${entity}`]: { get } }, components: { schemas: { Row: row } } };
      const files = await drafted(await readOpenApi(JSON.stringify(document)));
      expect(problemsOf(files)).toEqual([]);
      const source = adapterConfigSchema.parse(parseStrictYaml(files.get("adapter.yaml")!)).source;
      expect(source.kind).toBe("rest");
      expect(
        files
          .get("schema.graphql")!
          .match(/@release\([^)]*\)/g)!
          .every((rule) => rule === "@release(purposes: [], bases: [])"),
      ).toBe(true);
    }),
    { numRuns: 150 },
  );
}, 60_000);

test("any text at all is read or refused, and nothing else", async () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.json(),
    fc.jsonValue().map((value) => stringify({ openapi: "3.0.0", paths: value, components: value })),
  );
  await fc.assert(
    fc.asyncProperty(text, async (some) => {
      const read = await readOpenApi(some).catch((error: unknown) => error);
      if (read instanceof Error) expect(read instanceof WeftError && read.code).toBe("SOURCE_INVALID");
    }),
    { numRuns: 200 },
  );
}, 60_000);

const wsdlText = readFileSync(insurance, "utf8");
const place = "https://insurance.example/service?wsdl";

test.each([
  [
    "names entities",
    wsdlText.replace("<definitions", '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><definitions'),
  ],
  [
    "imports from elsewhere",
    wsdlText.replace("<types>", '<import namespace="urn:x" location="https://elsewhere.example/x.wsdl"/><types>'),
  ],
  [
    "has names that mean something to a program",
    wsdlText.replace('<xsd:element name="status"', '<xsd:element id="__proto__" name="status"'),
  ],
  ["is none", "<html><body>not here</body></html>"],
])("a WSDL that %s is refused, and nothing but itself is fetched", async (_how, text) => {
  const fetched: string[] = [];
  const reading = readWsdl(place, (url) => {
    fetched.push(url);
    return Promise.resolve(url === place ? text : "<definitions/>");
  });
  await expect(reading).rejects.toMatchObject({ code: "SOURCE_INVALID" });
  expect(fetched).toEqual([place]);
});

test("a WSDL of which something is missing or twice is read or refused, and nothing else", async () => {
  const at = fc.nat(wsdlText.length);
  const spoilt = fc.oneof(
    fc.tuple(at, fc.nat(200)).map(([from, length]) => wsdlText.slice(0, from) + wsdlText.slice(from + length)),
    fc
      .tuple(at, fc.constantFrom("<", "&", "]]>", "<x>", "</x>", ' name="__proto__"', "<xsd:any/>"))
      .map(([from, more]) => wsdlText.slice(0, from) + more + wsdlText.slice(from)),
    fc
      .constantFrom("Member", "findMembersIn", "tns:Contribution", "xsd:string", "soap:body")
      .chain((word) =>
        fc.constantFrom("", "tns:Member", "toString", "x y").map((other) => wsdlText.replaceAll(word, other)),
      ),
  );
  await fc.assert(
    fc.asyncProperty(spoilt, async (text) => {
      const read = await readWsdl(place, () => Promise.resolve(text)).catch((error: unknown) => error);
      if (read instanceof Error)
        expect([text, String(read), read instanceof WeftError && read.code]).toEqual([
          text,
          String(read),
          "SOURCE_INVALID",
        ]);
    }),
    { numRuns: 100 },
  );
}, 60_000);
