import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeEach, expect, test } from "vitest";
import { checkSource } from "../check-source.js";
import { compileRead } from "../compile.js";
import { openMinistry } from "../ministry.js";
import { configOf, nid, request, schema, schemes, sealKey, ssn } from "../rest/insurance.fixture.js";
import { type Asking, dciYaml, newManner, startDci } from "./dci.fixture.js";
import { ed25519Key, isSignedBy, kidOf, signatureOf } from "./signature.js";

const manner = newManner();
const service = await startDci(manner);
const config = configOf(dciYaml);
const ministry = await openMinistry({ config, schema, schemes, env: service.env, sealKey });
afterAll(async () => {
  await ministry.close();
  service.stop();
});
beforeEach(() => {
  service.asked.splice(0);
  Object.assign(manner, newManner(), { received: manner.received });
  manner.received.splice(0);
});

const plan = (selection: string) =>
  compileRead(
    `query($representations: [_Any!]!) { _entities(representations: $representations) { ... on Person { ${selection} } } }`,
    schema,
    config,
  );
const wages = plan("member { wage }");
const caught = (failing: Promise<unknown>) =>
  failing.then(
    () => undefined,
    (error: unknown) => error,
  );
const reading = (at = ministry) => caught(at.read(wages, request([nid(1), nid(2)])));
const entities = async (at = ministry, persons = [nid(1), nid(2), nid(9)]) => {
  const { data } = await at.read(wages, request(persons));
  return (JSON.parse(JSON.stringify(data)) as { _entities: unknown[] })._entities;
};

test("one signed message is as many searches as there are identifiers, each under a reference of its own", async () => {
  await entities();
  const [asking] = manner.received as [Asking];
  expect(asking.header).toMatchObject({ action: "search", total_count: 6, is_msg_encrypted: false });
  expect(asking.signature).toMatch(
    /^namespace="dci", kidId="weft\.example\|key1\|ed25519", algorithm="ed25519", created="\d+", expires="\d+", headers="\(created\) \(expires\) digest", signature="[\w+/]+=*"$/,
  );
  const searches = asking.message.search_request!;
  expect(new Set(searches.map((one) => one.reference_id)).size).toBe(6);
  expect(searches[0]!.search_criteria).toEqual({
    version: "1.0.0",
    reg_type: "ns:org:RegistryType:Social",
    reg_record_type: "Member",
    query_type: "idtype-value",
    query: { type: "UIN", value: "1000000001" },
    pagination: { page_size: 100, page_number: 1 },
  });
  const ids = manner.received.map((one) => one.header.message_id);
  expect(new Set(ids).size).toBe(ids.length);
});

test("a registry that takes few persons in one message is asked as often as it takes", async () => {
  if (config.source.kind !== "dci") throw new TypeError("another source");
  const members = { ...config.source.resources["members"]!, perCall: 2 };
  const few = { ...config, source: { ...config.source, resources: { ...config.source.resources, members } } };
  const at = await openMinistry({ config: few, schema, schemes, env: service.env, sealKey });
  expect(await entities(at)).toEqual([
    { member: { wage: "1201.50" } },
    { member: { wage: "1202.50" } },
    { member: null },
  ]);
  expect(service.asked.map(({ keys }) => keys.length).toSorted((a, b) => a - b)).toEqual([2, 2, 4, 4]);
  await at.close();
});

test("an asynchronous search is asked for until the registry knows, and given up in time", async () => {
  const later = { ...config, source: { ...config.source, search: "async" as const } } as typeof config;
  const at = await openMinistry({ config: later, schema, schemes, env: service.env, sealKey });
  expect(await entities(at)).toEqual([
    { member: { wage: "1201.50" } },
    { member: { wage: "1202.50" } },
    { member: null },
  ]);
  expect(manner.received.map(({ header }) => header.action)).toEqual([
    "search",
    "txn-status",
    "txn-status",
    "txn-status",
    "search",
    "txn-status",
    "txn-status",
    "txn-status",
  ]);
  manner.polls = Infinity;
  const protect = { ...config.protect, statementTimeout: "PT0.3S" };
  const hasty = await openMinistry({ config: { ...later, protect }, schema, schemes, env: service.env, sealKey });
  expect(await reading(hasty)).toMatchObject({ code: "SOURCE_UNAVAILABLE" });
  service.trouble = (response) =>
    response.end('{"message":{"ack_status":"ERR","error":{"code":"rjct.version.invalid"}}}');
  service.trouble = (response) =>
    response
      .setHeader("content-type", "application/json")
      .end('{"message":{"ack_status":"ERR","error":{"code":"rjct.version.invalid"}}}');
  expect(await reading(at)).toMatchObject({ code: "SOURCE_INVALID", detail: "rjct.version.invalid" });
  service.trouble = undefined;
  await at.close();
  await hasty.close();
});

const rejecting = (code: string | undefined) => (_search: unknown, answer: object) => ({
  ...answer,
  data: undefined,
  status: "rjct",
  status_reason_code: code,
  status_reason_message: "1000000001 is nobody",
});
test.each([
  ["rjct.search_criteria.invalid", "SOURCE_REFUSED"],
  ["rjct.filter.not_supported", "SOURCE_REFUSED"],
  ["rjct.reference_id.invalid", "SOURCE_REFUSED"],
  ["rjct.errors.too_many", "SOURCE_UNAVAILABLE"],
  ["rjct.action.not_supported", "SOURCE_INVALID"],
])("%s is %s, of one search or of the message, without a word of the registry's own", async (reason, code) => {
  manner.entry = rejecting(reason);
  expect(await reading()).toMatchObject({ code, detail: reason });
  manner.entry = undefined;
  manner.header = { status: "rjct", status_reason_code: reason, status_reason_message: "1000000001" };
  expect(await reading()).toMatchObject({ code, detail: reason });
});

test("a reason that no standard knows is not repeated, and one that says nobody is nobody", async () => {
  manner.entry = rejecting("rjct.nobody.1000000001");
  const error = await reading();
  expect(error).toMatchObject({ code: "SOURCE_REFUSED" });
  expect(JSON.stringify([error, String(error)])).not.toContain("1000000001");
  const { source } = config;
  if (source.kind !== "dci") throw new TypeError("another source");
  const members = { ...source.resources["members"]!, none: ["rjct.nobody.1000000001"] };
  const lenient = { ...config, source: { ...source, resources: { ...source.resources, members } } };
  const at = await openMinistry({ config: lenient, schema, schemes, env: service.env, sealKey });
  expect(await entities(at, [nid(1)])).toEqual([{ member: null }]);
  await at.close();
});

test.each([
  ["a search that is not answered", () => undefined],
  ["an answer to another search", (_: unknown, answer: object) => ({ ...answer, reference_id: "another" })],
  ["records that are none", (_: unknown, answer: object) => ({ ...answer, data: { reg_records: ["1000000001"] } })],
])("%s is no absent person", async (_what, entry) => {
  manner.entry = entry;
  expect(await reading()).toMatchObject({ code: "SOURCE_INVALID" });
});

test("a record that is an object of its own counts as one; what is not done yet is no answer", async () => {
  manner.entry = (_search, answer) => {
    const { data } = answer as { readonly data: { readonly reg_records: readonly object[] } };
    return { ...answer, data: { reg_records: data.reg_records[0] } };
  };
  expect(await entities(ministry, [nid(1)])).toEqual([{ member: { wage: "1201.50" } }]);
  manner.entry = (_search, answer) => ({ ...answer, status: "pdng" });
  expect(await reading()).toMatchObject({ code: "SOURCE_UNAVAILABLE" });
});

test("an answer that the registry did not sign, or signed for something else, is refused", async () => {
  const stranger = generateKeyPairSync("ed25519").privateKey;
  const signer = { kidId: kidOf("registry.example", "r1"), namespace: "dci", key: stranger };
  manner.sign = (signed) => signatureOf(signed, signer, new Date());
  expect(await reading()).toMatchObject({ code: "SOURCE_INVALID", detail: "not signed by the registry" });
  manner.sign = () => "";
  expect(await reading()).toMatchObject({ code: "SOURCE_INVALID" });
  const { sign } = newManner();
  manner.sign = ({ header }) => sign({ header, message: {} });
  expect(await reading()).toMatchObject({ code: "SOURCE_INVALID" });
  manner.header = { is_msg_encrypted: true };
  manner.sign = sign;
  expect(await reading()).toMatchObject({ code: "SOURCE_INVALID", detail: "an encrypted message" });
});

test("a person's own rows come from every page, and are whose search found them", async () => {
  const { source } = config;
  if (source.kind !== "dci") throw new TypeError("another source");
  const one = { ...source.resources["contributions"]!, pageSize: 2 };
  const paged = { ...config, source: { ...source, resources: { ...source.resources, contributions: one } } };
  const at = await openMinistry({ config: paged, schema, schemes, env: service.env, sealKey });
  const { data } = await at.read(plan("contributions(first: 9) { nodes { month } }"), request([ssn(1), nid(2)]));
  const months = [5, 4, 3, 2, 1].map((month) => ({ month: `2026-0${month}-01` }));
  expect(JSON.parse(JSON.stringify(data))).toEqual({
    _entities: [{ contributions: { nodes: months } }, { contributions: { nodes: [] } }],
  });
  const asked = service.asked.filter(({ what }) => what === "contributions").map(({ keys }) => keys.length);
  expect(asked).toEqual([2, 2, 2]);
  await at.close();
});

test("a list is one predicate over its filters, read to its end whatever page is wanted", async () => {
  const source = configOf(dciYaml.replace("sort: ssn } }", "sort: ssn }, pageSize: 2 }"));
  const at = await openMinistry({ config: source, schema, schemes, env: service.env, sealKey });
  const roster = compileRead(
    'query { roster(district: "07", status: ACTIVE, first: 2) { nodes { wage } } }',
    schema,
    source,
  );
  const { data } = await at.read(roster, request([]));
  expect(JSON.parse(JSON.stringify(data))).toEqual({ roster: { nodes: [{ wage: "1201.50" }, { wage: "1203.50" }] } });
  const asked = manner.received.flatMap(({ message }) => message.search_request ?? []);
  const [first, second] = asked.map((one) => one.search_criteria).filter((one) => one.query_type === "predicate");
  expect(first).toEqual({
    version: "1.0.0",
    reg_type: "ns:org:RegistryType:Social",
    reg_record_type: "Member",
    query_type: "predicate",
    query: [
      {
        seq_num: 1,
        expression1: { attribute_name: "district_code", operator: "eq", attribute_value: "07" },
        condition: "and",
        expression2: { attribute_name: "status", operator: "eq", attribute_value: "A" },
      },
    ],
    sort: [{ attribute_name: "ssn", sort_order: "asc" }],
    pagination: { page_size: 2, page_number: 1 },
  });
  expect(second?.pagination.page_number).toBe(2);
  await at.close();
});

test("what a registry cannot be asked is said before it is asked", () => {
  const problems = (yaml: string) => checkSource(configOf(yaml)).map(({ at, wrong }) => `${at.join(".")}: ${wrong}`);
  expect(problems(dciYaml)).toEqual([]);
  expect(problems(dciYaml.replace(/page: .*sort: ssn }/, ""))).toEqual([
    "source.resources.members: `lists` and no `page`",
    "lists.roster: a list on DCI without a filter that `page` asks for",
  ]);
  expect(problems(dciYaml.replace("nid: UIN", "card: UIN"))).toEqual([
    "source.resources.members.idTypes: card, of which Person has no identifier",
  ]);
});

test("a signature holds for its contents, its party and its time, and for nothing else", () => {
  const { privateKey: key, publicKey } = generateKeyPairSync("ed25519");
  const signer = { kidId: kidOf("a", "k"), namespace: "dci", key };
  const now = new Date("2026-11-21T12:00:00Z");
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.integer({ min: -1000, max: 1000 }),
      (header, seconds) => {
        const signed = { header, message: { n: 1 } };
        const signature = signatureOf(signed, signer, now);
        const at = new Date(now.getTime() + seconds * 1000);
        expect(isSignedBy(signed, signature, "a", publicKey, at)).toBe(seconds >= -60 && seconds <= 360);
        expect(isSignedBy(signed, signature, "b", publicKey, now)).toBe(false);
        expect(isSignedBy({ ...signed, message: { n: 2 } }, signature, "a", publicKey, now)).toBe(false);
        expect(
          isSignedBy(signed, signature.replace(/expires="\d+"/, 'expires="9999999999"'), "a", publicKey, now),
        ).toBe(false);
      },
    ),
    { numRuns: 50 },
  );
  expect(() => ed25519Key("secret words", "private")).toThrow(expect.not.stringContaining("secret") as Error);
});
