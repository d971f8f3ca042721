import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { draftAdapter } from "../../../apps/cli/src/draft.js";
import { benefitsDocument } from "../../../libs/drafting/src/service/benefits.fixture.js";
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

async function draft(contracts: string, from: string): Promise<string> {
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  const errors = vi.spyOn(console, "error").mockImplementation(() => undefined);
  await draftAdapter({ from, name: "insurance", into: contracts, yes: true });
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
  const service = await startService(serveBenefits, (url) => ({ INSURANCE_API_URL: url, INSURANCE_API_KEY: "chosen" }));
  try {
    const contracts = emptyCountry("rest");
    const said = await draft(contracts, `${service.url}/openapi.yaml`);
    expect(said).toContain("passes `weft contract check --unsigned`");
    expect(said).toContain("One row a person: Beneficiary, found by nationalId (nid).");
    expect(said).toContain("Payment: no batch look-up: N persons are N calls, at most 2 at once");
    expect(asked).toEqual([]);
    await join(contracts, "{ Beneficiary: [birthDate, sex, homeDistrict], Payment2: [paidOn, amount] }");
    const { raw, released } = await tryPerson(contracts, service.env, "4000000002");
    expect(raw).toMatchObject([{ table: "Beneficiary", row: { nationalId: "4000000002", birthDate: "1982-07-12" } }]);
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

test("from its WSDL to what a consumer would get", async () => {
  const service = await startSoap();
  const wsdl = path.join(folder, "insurance.wsdl");
  writeFileSync(wsdl, wsdlText);
  try {
    const contracts = emptyCountry("soap");
    const said = await draft(contracts, wsdl);
    expect(said).toContain("passes `weft contract check --unsigned`");
    expect(said).toContain("contribution: no batch look-up: N persons are N calls, at most 2 at once");
    const file = path.join(contracts, "subgraphs", "insurance", "adapter.yaml");
    const edited = readFileSync(file, "utf8").replace(
      / {2}# ask: how does it know who asks\?.*\n/,
      "  auth: { usernameToken: { user: env:API_USER, password: env:API_PASSWORD } }\n",
    );
    writeFileSync(file, edited);
    await join(contracts, "{ Member: [status, wage] }");
    const env = { ...service.env, INSURANCE_API_URL: service.url, INSURANCE_API_WSDL: wsdl };
    const { raw, released } = await tryPerson(contracts, env, "1000000002");
    expect(raw).toMatchObject([{ table: "member", row: { nid: "1000000002", status: "X", wage: "1202.50" } }]);
    expect(released[0]?.data).toMatchObject({ _entities: [{ member: { status: "X", wage: "1202.50" } }] });
  } finally {
    service.stop();
  }
});
