import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { draftAdapter } from "../../../apps/cli/src/draft.js";
import { benefitsDocument } from "../../../libs/drafting/src/service/benefits.fixture.js";
import { startDci } from "../../../libs/subgraph/src/read/dci/dci.fixture.js";
import { startFhir } from "../../../libs/subgraph/src/read/fhir/fhir.fixture.js";
import { bodyOf, sendJson, startService } from "../../../libs/subgraph/src/read/rest/insurance.fixture.js";
import { startSoap, wsdlText } from "../../../libs/subgraph/src/read/soap/soap.fixture.js";
import { join, tryPerson } from "./joined.js";

/** A ministry whose system is behind a service joins by that service's own document, without a line of code. */
const folder = mkdtempSync(path.join(tmpdir(), "weft-services-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());

function emptyCountry(name: string): string {
  const contracts = path.join(folder, name);
  cpSync("contracts", contracts, { recursive: true });
  return contracts;
}

/** Where whoever is insured has a number of that alone: what the sandbox has for food cards. */
function countryWithInsuranceNumbers(): string {
  const contracts = emptyCountry("soap");
  for (const file of ["registry.yaml", "subgraphs/food/adapter.yaml"]) {
    const text = readFileSync(path.join(contracts, file), "utf8").replaceAll("food-no", "ssn");
    const numbered = text.replace("^F[0-9]{7}$", "^S[0-9]{7}$").replaceAll(/F(\d{7})-F(\d{7})/g, "S$1-S$2");
    writeFileSync(path.join(contracts, file), numbered);
  }
  return contracts;
}

async function draft(contracts: string, from: string): Promise<string> {
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  const errors = vi.spyOn(console, "error").mockImplementation(() => undefined);
  await draftAdapter({ from, name: "fund", into: contracts, yes: true });
  return [...log.mock.calls, ...errors.mock.calls].flat().join("\n");
}

const beneficiaries = [1, 2, 3].map((n) => ({
  nationalId: String(4_000_000_000 + n),
  givenName: `Given${n}`,
  familyName: `Family${n}`,
  birthDate: `198${n}-07-1${n}`,
  sex: n % 2 === 1 ? "female" : "male",
  disabled: n === 1,
  monthlyAmount: 120.5 + n,
  home: { district: "north" },
  remarks: "a remark about somebody",
  lastModified: "2026-09-17T08:00:00Z",
}));
const payments = [1, 2].map((n) => ({ paymentNo: `P${n}`, paidOn: `2026-0${n}-28`, amount: 100 + n, channel: "cash" }));
const asked: string[] = [];

const serveBenefits: () => RequestListener = () => (request, response) => {
  void bodyOf(request).then((text) => {
    const { url = "" } = request;
    if (url === "/openapi.yaml") return response.end(benefitsDocument);
    asked.push(`${request.method} ${url} ${text}`);
    if (request.headers["x-api-key"] !== "chosen") return sendJson(response, {}, 401);
    if (url === "/v1/beneficiaries/search") {
      const { nationalIds, fields } = JSON.parse(text) as { nationalIds: string[]; fields: string[] };
      const found = beneficiaries.filter((one) => nationalIds.includes(one.nationalId));
      const items = found.map((one) =>
        Object.fromEntries(Object.entries(one).filter(([name]) => fields.includes(name))),
      );
      return sendJson(response, { items, nextCursor: null });
    }
    const known = beneficiaries.some(({ nationalId }) => url === `/v1/beneficiaries/${nationalId}/payments`);
    return known ? sendJson(response, payments) : sendJson(response, { message: "nobody" }, 404);
  });
};

test("from the address of its OpenAPI document to what a consumer would get", async () => {
  const service = await startService(serveBenefits, (url) => ({ FUND_API_URL: url, FUND_API_KEY: "chosen" }));
  try {
    const contracts = emptyCountry("rest");
    const said = await draft(contracts, `${service.url}/openapi.yaml`);
    expect(said).toContain("passes `weft contract check --unsigned`");
    expect(said).toContain("One row a person: Beneficiary, found by nationalId (nid).");
    expect(said).toContain("Payment: no batch look-up: N persons are N calls, at most 2 at once");
    expect(asked).toEqual([]);
    await join(contracts, "{ Beneficiary: [birthDate, sex, homeDistrict], Payment2: [paidOn, amount] }");
    const { raw, released } = await tryPerson(contracts, service.env, "4000000002");
    expect(raw.map(({ table }) => table)).toEqual(["Beneficiary", "Payment", "Payment"]);
    expect(raw[0]?.row).toMatchObject({ birthDate: "1982-07-12", sex: "male", home: '{"district":"north"}' });
    expect(released).toMatchObject([{ purpose: "eligibility-assessment", inForce: true, errors: [] }]);
    expect(released[0]?.data).toMatchObject({
      _entities: [{ beneficiary: { birthDate: "1982-07-12", sex: "MALE", homeDistrict: "north", asOf: "2026-09-17" } }],
    });
    expect(JSON.stringify(released)).not.toMatch(/Given2|remark/);
    const again = await draft(contracts, `${service.url}/openapi.yaml`);
    expect(again).toContain("nothing new, nothing gone");
  } finally {
    service.stop();
  }
});

let bySoap: string;

test("from its WSDL to what a consumer would get", async () => {
  const service = await startSoap();
  const wsdl = path.join(folder, "insurance.wsdl");
  writeFileSync(wsdl, wsdlText);
  try {
    bySoap = countryWithInsuranceNumbers();
    const said = await draft(bySoap, wsdl);
    expect(said).toContain("passes `weft contract check --unsigned`");
    expect(said).toContain("contribution: no batch look-up: N persons are N calls, at most 2 at once");
    rewrite(bySoap, (text) =>
      text
        .replace(
          / {2}# ask: how does it know.*\n/,
          "  auth: { usernameToken: { user: env:API_USER, password: env:API_PASSWORD } }\n",
        )
        .replace(/ {6}# ask: which fault says.*\n/, "")
        .replace("asked: { ssn: $ssn } }", "asked: { ssn: $ssn }, none: [NoSuchMember] }"),
    );
    await join(bySoap, "{ Member: [status, wage] }");
    const env = { ...service.env, FUND_API_URL: service.url, FUND_API_WSDL: wsdl };
    const { raw, released } = await tryPerson(bySoap, env, "1000000002");
    expect(raw).toMatchObject([{ table: "member", row: { nid: "1000000002", status: "X", wage: "1202.50" } }]);
    expect(released[0]?.data).toMatchObject({ _entities: [{ member: { status: "X", wage: "1202.50" } }] });
  } finally {
    service.stop();
  }
});

function rewrite(contracts: string, change: (text: string) => string): void {
  const file = path.join(contracts, "subgraphs", "fund", "adapter.yaml");
  const before = readFileSync(file, "utf8");
  expect(change(before)).not.toBe(before);
  writeFileSync(file, change(before));
}

/** The same ministry, had it bought another system: what is mapped stays, and is found elsewhere. */
const registrySource = `source:
  kind: dci
  url: env:API
  sender: weft.example
  receiver: registry.example
  sign: { key: env:KEY, id: key1 }
  verify: env:REGISTRY_KEY
  resources:
    member: { idTypes: { nid: UIN, ssn: SSN }, criteria: { reg_record_type: Member } }
    contribution: { idTypes: { ssn: SSN }, criteria: { reg_record_type: Contribution }, asked: { ssn: $ssn } }
`;
const patientSource = `source:
  kind: fhir
  url: env:API
  systems: { nid: "urn:orvanda:nid", ssn: "https://insurance.example/id/ssn" }
  resources:
    patient: { type: Patient }
    member: { type: Coverage, reference: beneficiary }
    contribution: { type: Observation, reference: subject }
`;

test.each([
  [
    "DCI",
    startDci,
    (text: string) => text.replace(/^source:\n( .*\n)+/m, () => registrySource),
    { wage: "1202.50", status: "X" },
    "X",
  ],
  [
    "FHIR",
    startFhir,
    (text: string) =>
      text
        .replace(/^source:\n( .*\n)+/m, () => patientSource)
        .replace("from: member\n", "from: patient\n")
        .replace(/^ {2}Member:\n/m, "  Member:\n    from: member\n    on: { ssn: patient.ssn }\n")
        .replace("ssn: member.ssn", "ssn: patient.ssn")
        .replace("wage: { column: wage }", `wage: { column: "$.class[?@.type.text=='wage'].value" }`),
    { status: "cancelled" },
    "cancelled",
  ],
])(
  "what stands in a system behind %s is shown beside what a consumer would get of it",
  async (kind, start, change, row, status) => {
    const service = await start();
    const contracts = path.join(folder, kind);
    cpSync(bySoap, contracts, { recursive: true });
    rewrite(contracts, change);
    await join(contracts, "{ Member: [status, wage] }");
    try {
      const { raw, released } = await tryPerson(contracts, service.env, "1000000002");
      expect(raw.find(({ table }) => table === "member")).toMatchObject({ row });
      expect(JSON.stringify(raw)).toContain("1202.50");
      expect(released).toMatchObject([{ inForce: true, errors: [] }]);
      expect(released[0]?.data).toMatchObject({ _entities: [{ member: { status, wage: "1202.50" } }] });
    } finally {
      service.stop();
    }
  },
);
