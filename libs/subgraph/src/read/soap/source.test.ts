import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { compileRead } from "../compile.js";
import type { AdapterConfig } from "../config.js";
import { openMinistry } from "../ministry.js";
import { bodyOf, configOf, nid, request, schema, schemes, sealKey } from "../rest/insurance.fixture.js";
import { soapYaml, startSoap, wsdlText } from "./soap.fixture.js";
import { decodedXml } from "./xml-text.js";

const config = configOf(soapYaml);
const service = await startSoap();
const dir = mkdtempSync(join(tmpdir(), "weft-soap-"));
const ministry = await openMinistry({ config, schema, schemes, env: service.env, sealKey });
afterAll(async () => {
  await ministry.close();
  service.stop();
  rmSync(dir, { recursive: true });
});
beforeEach(() => {
  service.asked.splice(0);
  service.trouble = undefined;
});

const plan = (selection: string, under: AdapterConfig = config) =>
  compileRead(
    `query($representations: [_Any!]!) { _entities(representations: $representations) { ... on Person { ${selection} } } }`,
    schema,
    under,
  );
const wages = plan("member { wage }");
const reading = (persons = [nid(1)]) => ministry.read(wages, request(persons));
const caught = (failing: Promise<unknown>) =>
  failing.then(
    () => undefined,
    (error: unknown) => error,
  );

const envelope = (body: string, prologue = "") =>
  `<?xml version="1.0"?>${prologue}<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>${body}</e:Body></e:Envelope>`;
const found = (inside: string) =>
  envelope(`<findMembersResponse xmlns="urn:orvanda:insurance">${inside}</findMembersResponse>`);
const answering =
  (xml: string, status = 200, type = "text/xml") =>
  (response: ServerResponse) =>
    void response.writeHead(status, { "content-type": type }).end(xml);

test("where a service takes one person at a time, it is asked once for each, and at most so often at once as it allows", async () => {
  const persons = Array.from({ length: 9 }, (_, n) => nid(n + 1));
  const lists = plan("contributions(first: 2) { nodes { month } }");
  const calls = () => service.asked.filter(({ what }) => what === "contributions").length;
  await ministry.read(lists, request(persons));
  expect(calls()).toBe(9);
  service.asked.splice(0);
  const withheld = await ministry.read(lists, request(persons, { withhold: (rows) => rows.map(() => "everything") }));
  expect(calls()).toBe(9);
  expect(withheld.withheld).toBe(9);
  let now = 0;
  let most = 0;
  service.trouble = (response) => {
    most = Math.max(most, ++now);
    setTimeout(() => {
      now--;
      answering(envelope('<getContributionsResponse xmlns="urn:orvanda:insurance"/>'))(response);
    }, 20);
  };
  const one = {
    ...config,
    types: {
      ...config.types,
      Person: { ...config.types["Person"]!, identifiers: config.types["Person"]!.identifiers!.slice(1) },
    },
  };
  const alone = await openMinistry({ config: configWithout(one), schema, schemes, env: service.env, sealKey });
  await alone.read(plan("contributions(first: 2) { nodes { month } }", one), request(persons));
  expect(most).toBe(config.protect.connections);
  await alone.close();
});

/** With one identifier there is nothing to identify. */
function configWithout(under: AdapterConfig): AdapterConfig {
  if (under.source.kind !== "soap") throw new TypeError("another source");
  const { identify: _none, ...members } = under.source.resources["members"]!;
  const values = {
    ...members.values,
    operation: "getContributions",
    body: { ssn: "$keys" },
    rows: "$.contribution",
    perCall: 1,
    asked: { ssn: "$keys" },
  };
  return { ...under, source: { ...under.source, resources: { ...under.source.resources, members: { values } } } };
}

const faults: readonly (readonly [string, number, object])[] = [
  [
    "<faultcode>e:Client</faultcode><faultstring>1000000001</faultstring>",
    500,
    { code: "SOURCE_REFUSED", detail: "fault Client" },
  ],
  [
    "<faultcode>e:Server</faultcode><faultstring>1000000001</faultstring>",
    500,
    { code: "SOURCE_UNAVAILABLE", detail: "fault Server" },
  ],
  ["<faultcode>e:Server.Busy</faultcode><faultstring/>", 500, { code: "SOURCE_UNAVAILABLE", detail: "fault Server" }],
  [
    "<faultcode>e:VersionMismatch</faultcode><faultstring/>",
    500,
    { code: "SOURCE_INVALID", detail: "fault VersionMismatch" },
  ],
  [
    '<faultcode xmlns:w="http://docs.oasis-open.org/wss">w:FailedAuthentication</faultcode><faultstring/>',
    500,
    { code: "SOURCE_REFUSED", detail: "fault FailedAuthentication" },
  ],
  [
    "<faultcode>N-1000000001</faultcode>",
    200,
    { code: "SOURCE_REFUSED", detail: "a fault with a code of the service's own" },
  ],
  [
    "<e:Code><e:Value>e:Sender</e:Value><e:Subcode><e:Value>w:FailedCheck</e:Value></e:Subcode></e:Code><e:Reason><e:Text>1000000001</e:Text></e:Reason>",
    400,
    { code: "SOURCE_REFUSED", detail: "fault FailedCheck" },
  ],
  [
    "<e:Code><e:Value>e:Receiver</e:Value></e:Code><e:Reason><e:Text>no</e:Text></e:Reason>",
    500,
    { code: "SOURCE_UNAVAILABLE", detail: "fault Receiver" },
  ],
];
test.each(faults)("a fault is what its code says, and not a word of it leaves: %s", async (fault, status, want) => {
  service.trouble = answering(envelope(`<e:Fault>${fault}</e:Fault>`), status);
  const error = await caught(reading());
  expect(error).toMatchObject(want);
  expect(JSON.stringify([error, String(error)])).not.toContain("1000000001");
});

const hostile: readonly (readonly [string, string])[] = [
  ["an entity bomb", envelope("&c;", '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;"><!ENTITY c "&b;&b;">]>')],
  ["an entity from elsewhere", envelope("&a;", '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>')],
  ["an unknown entity", found("<next>&whatever;</next>")],
  ["an id that is a prototype", found('<member id="__proto__"><nid>1000000001</nid></member>')],
  ["an id spelt by entities", found('<member id="&#95;_proto__"><nid>1000000001</nid></member>')],
  ["an element that is a prototype", found("<__proto__><polluted>yes</polluted></__proto__>")],
  ["an element that is a constructor", found("<constructor><prototype>yes</prototype></constructor>")],
  ["elements that refer to each other", found('<member id="a"><next href="#a"/></member>')],
  [
    "a document within CDATA",
    found('<next><![CDATA[<?xml version="1.0"?><a id="__proto__"><obj>1</obj></a>]]></next>'),
  ],
  ["depth without end", found("<member>".repeat(100_000))],
  ["elements without end", found("<a/>".repeat(300_000))],
  ["what is cut off", found("<member>").slice(0, -30)],
  ["no envelope", "<member/>"],
  ["an envelope without a body", '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"/>'],
  ["an empty body", envelope("")],
  ["the answer of another operation", envelope('<listMembersResponse xmlns="urn:orvanda:insurance"/>')],
];
test.each(hostile)("%s is no answer", async (_what, xml) => {
  service.trouble = answering(xml);
  expect(await caught(reading())).toMatchObject({ code: "SOURCE_INVALID" });
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(({} as { obj?: unknown }).obj).toBeUndefined();
});

test("numbers, days and Latin-1 are texts as they stand, attributes stand beside elements, one row is a list of one", async () => {
  const xml = found(
    '<member kind="full"><nid> 1000000001 </nid><ssn>S0000001</ssn><wage currency="XTS">0120.500</wage><changed>2026-09-17</changed></member>',
  );
  // Whom it is about; what hangs on them is answered as ever.
  service.trouble = (response) => {
    service.trouble = undefined;
    answering(xml, 200, "text/xml; charset=iso-8859-1")(response);
  };
  const raw = await ministry.raw(nid(1), AbortSignal.timeout(5000));
  expect(raw.filter(({ table }) => table === "members")).toEqual([
    {
      table: "members",
      row: { "@kind": "full", nid: "1000000001", ssn: "S0000001", wage: "0120.500", changed: "2026-09-17" },
    },
  ]);
  expect(
    decodedXml(Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a>Jos\xe9</a>', "latin1"), "text/xml"),
  ).toContain("José");
});

test("an account that the service does not know is refused", async () => {
  const other = await openMinistry({
    config,
    schema,
    schemes,
    env: { ...service.env, API_PASSWORD: "another" },
    sealKey,
  });
  expect(await caught(other.read(wages, request([nid(1)])))).toMatchObject({ code: "SOURCE_REFUSED" });
  expect(service.asked).toEqual([]);
  await other.close();
});

/** A server that holds WSDLs, and what it was asked for. */
async function library(files: (url: string) => Readonly<Record<string, string>>) {
  const asked: IncomingMessage[] = [];
  const server = createServer((incoming, response) => {
    asked.push(incoming);
    const text = files(url)[incoming.url ?? ""];
    void bodyOf(incoming).then(() => response.writeHead(text === undefined ? 404 : 200).end(text));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    asked,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

const [before, types, after] = wsdlText
  .split(/<xsd:schema[\s\S]*<\/xsd:schema>/)
  .flatMap((part, i) => (i === 0 ? [part, /<xsd:schema[\s\S]*<\/xsd:schema>/.exec(wsdlText)![0]] : [part])) as [
  string,
  string,
  string,
];
const importing = (place: string) =>
  `${before}<xsd:schema><xsd:import namespace="urn:orvanda:insurance" schemaLocation="${place}"/></xsd:schema>${after}`;
const schemaFile = types.replace(
  "<xsd:schema",
  '<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:tns="urn:orvanda:insurance"',
);

const withWsdl = (wsdl: string) =>
  openMinistry({ config, schema, schemes, env: { ...service.env, WSDL: wsdl }, sealKey });

test("a WSDL is fetched once, with what it imports, and the account is not shown to another host", async () => {
  const shelf = await library(() => ({ "/a.wsdl": importing("types.xsd"), "/types.xsd": schemaFile }));
  const basic = {
    ...config,
    source: { ...config.source, auth: { basic: { user: "env:API_USER", password: "env:API_PASSWORD" } } },
  } as AdapterConfig;
  const env = { ...service.env, WSDL: `${shelf.url}/a.wsdl` };
  const other = await openMinistry({ config: basic, schema, schemes, env, sealKey });
  service.trouble = answering(found(""));
  const authorization: unknown[] = [];
  service.trouble = (response, incoming) => {
    authorization.push(incoming.headers.authorization);
    answering(found(""))(response);
  };
  await Promise.all([other.read(wages, request([nid(1)])), other.read(wages, request([nid(2)]))]);
  await other.read(wages, request([nid(3)]));
  expect(shelf.asked.map((one) => [one.url, one.headers.authorization])).toEqual([
    ["/a.wsdl", undefined],
    ["/types.xsd", undefined],
  ]);
  const basicWord = `Basic ${Buffer.from("weft:word & <sign>").toString("base64")}`;
  expect(new Set(authorization)).toEqual(new Set([basicWord]));
  await other.close();
  shelf.stop();
});

test("a WSDL that imports from elsewhere is not read, and nobody else is asked", async () => {
  const foreign = await library(() => ({ "/types.xsd": schemaFile }));
  const shelf = await library(() => ({
    "/host.wsdl": importing(`${foreign.url}/types.xsd`),
    "/file.wsdl": importing("file:///etc/passwd"),
    "/bomb.wsdl": `<!DOCTYPE x [<!ENTITY a "b">]>${wsdlText.slice(wsdlText.indexOf("<definitions"))}`,
    "/none.wsdl": "<html/>",
  }));
  writeFileSync(join(dir, "host.wsdl"), importing(`${foreign.url}/types.xsd`));
  writeFileSync(join(dir, "up.wsdl"), importing("../../etc/types.xsd"));
  writeFileSync(join(dir, "other.wsdl"), wsdlText.replaceAll("listMembers", "enumerate"));
  const places = ["host", "file", "bomb", "none"].map((name) => `${shelf.url}/${name}.wsdl`);
  for (const place of [...places, ...["host", "up", "other"].map((name) => join(dir, `${name}.wsdl`))]) {
    const other = await withWsdl(place);
    expect(await caught(other.read(wages, request([nid(1)])))).toMatchObject({ code: "SOURCE_INVALID" });
    await other.close();
  }
  const gone = await withWsdl(join(dir, "gone.wsdl"));
  expect(await caught(gone.read(wages, request([nid(1)])))).toMatchObject({ code: "SOURCE_UNAVAILABLE" });
  expect((await gone.health(AbortSignal.timeout(1000))).ok).toBe(false);
  await gone.close();
  expect([foreign.asked, service.asked]).toEqual([[], []]);
  foreign.stop();
  shelf.stop();
});

test("a file's WSDL may import what lies beside it", async () => {
  writeFileSync(join(dir, "a.wsdl"), importing("types.xsd"));
  writeFileSync(join(dir, "types.xsd"), schemaFile);
  const other = await withWsdl(join(dir, "a.wsdl"));
  const { data } = await other.read(wages, request([nid(1)]));
  expect(JSON.parse(JSON.stringify(data))).toEqual({ _entities: [{ member: { wage: "1201.50" } }] });
  await other.close();
});
