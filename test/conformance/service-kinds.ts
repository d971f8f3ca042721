import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { json, text } from "node:stream/consumers";
import { listen } from "soap";
import { isSignedBy, kidOf, signatureOf, type Signed } from "../../libs/subgraph/src/read/dci/signature.js";
import { identifiersOf } from "../../libs/subgraph/src/read/fhir/fhir.fixture.js";
import type { People, RunningSource, SourceKind } from "./source-kinds.js";

/** The register of the trial country behind services: each a server that speaks its kind, over the same rows. */
type PersonRow = Readonly<Record<string, string>>;

function rowsOf({ columns, rows }: People): readonly PersonRow[] {
  return rows.map((row) => Object.fromEntries(columns.map((name, at) => [name, row[at]!])));
}

type Opened = Omit<RunningSource, "snapshot" | "stop">;

async function serving(
  people: People,
  listener: RequestListener,
  open: (url: string) => Opened,
): Promise<RunningSource> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    ...open(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    snapshot: () => Promise.resolve(JSON.stringify(people.rows)),
    stop: () => closed(server),
  };
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

function answering(
  answer: (url: string, body: string) => { readonly type: string; readonly body: object },
): RequestListener {
  return (request, reply) => {
    void text(request).then((body) => {
      // Nothing but whether it is there: what a health check asks.
      const nothing = { type: "application/json", body: {} };
      const said = request.method === "GET" ? nothing : answer(request.url ?? "", body);
      reply.setHeader("content-type", said.type).end(JSON.stringify(said.body));
    });
  };
}

interface Asked {
  readonly nids?: readonly string[];
  readonly numbers?: readonly string[];
  readonly only?: readonly string[];
  readonly district?: string;
  readonly limit?: number;
  readonly after?: string | readonly string[] | null;
}

/** Whoever has one of the numbers, with the columns that were asked. */
function held(rows: readonly PersonRow[], { nids = [], numbers = [], only = [] }: Asked): readonly PersonRow[] {
  const found = rows.filter((row) => nids.includes(row["NID"]!) || numbers.includes(row["NUMBER"]!));
  const shown = new Set(["NID", "NUMBER", ...only]);
  return found.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => shown.has(name))));
}

function pageOf(rows: readonly PersonRow[], asked: Asked): readonly PersonRow[] {
  const after = [asked.after ?? ""].flat()[0] ?? "";
  const inDistrict = rows.filter(({ DISTRICT }) => DISTRICT === asked.district);
  const ordered = inDistrict.toSorted((a, b) => (a["NUMBER"]! < b["NUMBER"]! ? -1 : 1));
  return ordered.filter((row) => row["NUMBER"]! > after).slice(0, asked.limit);
}

/** A service with a look-up for many keys, a search that selects columns, and pages of a district. */
const rest: SourceKind = {
  name: "REST",
  start(people) {
    const rows = rowsOf(people);
    const server: RequestListener = (request, reply) => {
      void json(request)
        .catch(() => ({}))
        .then((body) => {
          const found = request.url === "/page" ? pageOf(rows, body as Asked) : held(rows, body as Asked);
          reply.setHeader("content-type", "application/json").end(JSON.stringify({ rows: found }));
        });
    };
    const keys = "nids: $nid, numbers: $trial-no";
    return serving(people, server, (url) => ({
      source: `{ kind: rest, url: env:PEOPLE_API, resources: { PEOPLE: {
        identify: { path: /lookup, body: { ${keys} }, rows: "$.rows[*]" },
        values: { path: /search, body: { ${keys}, only: $columns }, rows: "$.rows[*]" },
        page: { path: /page, body: { district: $district, limit: $limit, after: $after }, rows: "$.rows[*]" } } } }`,
      env: { PEOPLE_API: url },
    }));
  },
};

const element = (name: string, more = "") => `<xsd:element name="${name}" type="xsd:string" minOccurs="0" ${more}/>`;
const many = 'maxOccurs="unbounded"';
const wrapped = (name: string, inner: string) =>
  `<xsd:element name="${name}"><xsd:complexType><xsd:sequence>${inner}</xsd:sequence></xsd:complexType></xsd:element>`;
const answerOf = (name: string) =>
  wrapped(`${name}Response`, `<xsd:element name="person" type="tns:Person" minOccurs="0" ${many}/>`);
const operations = ["find", "list"] as const;

function wsdlOf({ columns }: People): string {
  const each = (make: (name: string) => string) => operations.map(make).join("");
  return `<?xml version="1.0" encoding="utf-8"?>
<definitions name="Trial" targetNamespace="urn:trial" xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:tns="urn:trial"
  xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
  <types><xsd:schema targetNamespace="urn:trial" elementFormDefault="qualified">
    <xsd:complexType name="Person"><xsd:sequence>${columns.map((name) => element(name)).join("")}</xsd:sequence></xsd:complexType>
    ${wrapped("find", ["nids", "numbers", "only"].map((name) => element(name, many)).join(""))}
    ${wrapped("list", ["district", "limit", "after"].map((name) => element(name)).join(""))}
    ${each(answerOf)}
  </xsd:schema></types>
  ${each((name) => `<message name="${name}In"><part name="p" element="tns:${name}"/></message><message name="${name}Out"><part name="p" element="tns:${name}Response"/></message>`)}
  <portType name="Trial">${each((name) => `<operation name="${name}"><input message="tns:${name}In"/><output message="tns:${name}Out"/></operation>`)}</portType>
  <binding name="Trial" type="tns:Trial"><soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
    ${each((name) => `<operation name="${name}"><soap:operation soapAction="urn:trial#${name}"/><input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation>`)}
  </binding>
  <service name="Trial"><port name="Trial" binding="tns:Trial"><soap:address location="http://trial.example/"/></port></service>
</definitions>`;
}

/** By the server of the library `soap`. */
const soap: SourceKind = {
  name: "SOAP",
  start(people, dir) {
    const [rows, xml, file] = [rowsOf(people), wsdlOf(people), path.join(dir, "trial.wsdl")];
    writeFileSync(file, xml);
    const inner = createServer();
    const Trial = {
      find: ({ nids = [], numbers = [], only = [] }: Asked) => ({
        person: held(rows, { nids: [nids].flat(), numbers: [numbers].flat(), only: [only].flat() }),
      }),
      list: (asked: Asked) => ({ person: pageOf(rows, { ...asked, limit: Number(asked.limit) }) }),
    };
    const server: object = listen(inner, { path: "/", services: { Trial: { Trial } }, xml, suppressStack: true });
    // It takes this of a client alone. Else every text is trimmed, and some are somebody's after all.
    (server as { wsdl: { options: { preserveWhitespace: boolean } } }).wsdl.options.preserveWhitespace = true;
    const keys = "nids: $nid, numbers: $trial-no";
    return serving(
      people,
      (request, reply) => void inner.emit("request", request, reply),
      (url) => ({
        source: `{ kind: soap, url: env:PEOPLE_API, wsdl: env:PEOPLE_WSDL, resources: { PEOPLE: {
        identify: { operation: find, body: { ${keys} }, rows: "$.person" },
        values: { operation: find, body: { ${keys}, only: $columns }, rows: "$.person" },
        page: { operation: list, body: { district: $district, limit: $limit, after: $after }, rows: "$.person" } } } }`,
        env: { PEOPLE_API: url, PEOPLE_WSDL: file },
      }),
    );
  },
};

interface Search {
  readonly reference_id: string;
  readonly search_criteria: {
    readonly query_type: string;
    readonly query:
      | { readonly type: string; readonly value: string }
      | readonly { readonly expression1: { readonly attribute_value: string } }[];
    readonly pagination: { readonly page_size: number; readonly page_number: number };
  };
}
interface Message extends Signed {
  readonly signature: string;
  readonly message: { readonly transaction_id: string; readonly search_request: readonly Search[] };
}

function searched(rows: readonly PersonRow[], { reference_id, search_criteria: criteria }: Search): object {
  const { query, pagination } = criteria;
  const found =
    "type" in query
      ? rows.filter((row) => row[query.type] === query.value)
      : rows.filter(({ DISTRICT }) => DISTRICT === query[0]?.expression1.attribute_value);
  const from = (pagination.page_number - 1) * pagination.page_size;
  const records = found.slice(from, from + pagination.page_size);
  return {
    reference_id,
    status: "succ",
    data: { reg_records: records },
    pagination: { ...pagination, total_count: found.length },
  };
}

/** Signed both ways: a message of somebody else is refused. */
const dci: SourceKind = {
  name: "DCI",
  start(people) {
    const rows = rowsOf(people);
    const [own, registry] = [generateKeyPairSync("ed25519"), generateKeyPairSync("ed25519")];
    const signer = { kidId: kidOf("registry.example", "r1"), namespace: "dci", key: registry.privateKey };
    const server = answering((_url, body) => {
      const asking = JSON.parse(body) as Message;
      const { header, message, signature } = asking;
      const type = "application/json";
      if (!isSignedBy({ header, message }, signature, "weft.example", own.publicKey, new Date()))
        return { type, body: {} };
      const found = message.search_request.map((one) => searched(rows, one));
      const said = {
        header: { version: "1.0.0", action: "on-search", status: "succ" },
        message: { transaction_id: message.transaction_id, search_response: found },
      };
      return { type, body: { signature: signatureOf(said, signer, new Date()), ...said } };
    });
    return serving(people, server, (url) => ({
      source: `{ kind: dci, url: env:PEOPLE_API, sender: weft.example, receiver: registry.example,
        sign: { key: env:PEOPLE_KEY, id: key1 }, verify: env:PEOPLE_REGISTRY_KEY, resources: { PEOPLE: {
        idTypes: { nid: NID, trial-no: NUMBER }, page: { filters: { district: DISTRICT }, sort: NUMBER } } } }`,
      env: {
        PEOPLE_API: url,
        PEOPLE_KEY: own.privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
        PEOPLE_REGISTRY_KEY: JSON.stringify(registry.publicKey.export({ format: "jwk" })),
      },
    }));
  },
};

const systems = { NID: "urn:trial:nid", NUMBER: "urn:trial:number" } as const;
const extensions = ["STATUS", "SINCE", "AMOUNT", "LEVEL", "SCORE", "ACCOUNT", "UPDATED"];

function patientOf(row: PersonRow): object {
  return {
    resourceType: "Patient",
    id: row["NUMBER"],
    identifier: (["NID", "NUMBER"] as const).map((name) => ({ system: systems[name], value: row[name] })),
    name: [{ text: row["FULL_NAME"] }],
    address: [{ district: row["DISTRICT"] }],
    extension: extensions
      .filter((name) => row[name] !== "")
      .map((name) => ({ url: `urn:trial:${name}`, valueString: row[name] })),
  };
}

/** Patients by their numbers or by their district; what FHIR has no element for stands in extensions. */
const fhir: SourceKind = {
  name: "FHIR",
  columns: {
    NID: "nid",
    NUMBER: "trial-no",
    FULL_NAME: "$.name[0].text",
    DISTRICT: "$.address[0].district",
    ...Object.fromEntries(
      extensions.map((name) => [name, `$.extension[?@.url=='urn:trial:${name}'].valueString`] as const),
    ),
  },
  start(people) {
    const rows = rowsOf(people);
    const server = answering((_url, body) => {
      const query = new URLSearchParams(body);
      const [asked, district] = [identifiersOf(query), query.get("address-district:exact")];
      const isAsked = (row: PersonRow) =>
        asked.some(([system, value]) => row[system === systems.NID ? "NID" : "NUMBER"] === value);
      const found = rows.filter((row) =>
        district === null ? isAsked(row) : row["DISTRICT"] === district && (asked.length === 0 || isAsked(row)),
      );
      const elements = new Set(["resourceType", "id", ...(query.get("_elements") ?? "").split(",")]);
      const shown = (one: object) => Object.fromEntries(Object.entries(one).filter(([name]) => elements.has(name)));
      const entry = found.map((row) => ({ resource: shown(patientOf(row)) }));
      return { type: "application/fhir+json", body: { resourceType: "Bundle", type: "searchset", entry } };
    });
    return serving(people, server, (url) => ({
      source: `{ kind: fhir, url: env:PEOPLE_API, systems: { nid: "${systems.NID}", trial-no: "${systems.NUMBER}" },
        resources: { PEOPLE: { type: Patient, page: { query: { "address-district:exact": $district } } } } }`,
      env: { PEOPLE_API: url },
    }));
  },
};

export const serviceKinds: readonly SourceKind[] = [rest, soap, dci, fhir];
