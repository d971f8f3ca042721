import { createHash, createPublicKey, sign } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import exceljs from "exceljs";
import { createClientAsync, WSSecurity } from "soap";
import { afterAll, beforeAll, expect, test } from "vitest";
import { jcs } from "#libs/terms";
import { canaryValues, orvanda } from "../country/country.js";
import { sandboxKey } from "../keys.js";
import { countryFiles, generateFiles, keptEdition } from "../generate.js";
import { disabilityService } from "./disability.js";
import type { CaseRecord } from "./disability-cases.js";
import type { JobseekerRecord } from "./jobseekers.js";
import { readLines } from "./lines.js";
import { employmentService } from "./employment.js";
import { serveInsurance } from "./insurance.js";
import type { AccountRecord, InsuredRecord } from "./insurance-accounts.js";
import { paymentService } from "./pay.js";
import type { PayeeRecord, PaymentRecord } from "./payees.js";
import { serveRest } from "./rest-service.js";

const country = orvanda(1200);
const dataDir = mkdtempSync(path.join(tmpdir(), "weft mis "));
const files = countryFiles(dataDir);
const amara = country.person(1);

beforeAll(() => generateFiles(country, dataDir));
afterAll(() => rmSync(dataDir, { recursive: true }));

async function withService<T>(service: Parameters<typeof serveRest>[0], use: (url: string) => Promise<T>): Promise<T> {
  const { port, close } = await serveRest(service, 0);
  try {
    return await use(`http://127.0.0.1:${port}`);
  } finally {
    close();
  }
}

async function json(response: Promise<Response>): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await response;
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

test("a second run writes the same lines, and says which country they are", async () => {
  expect(keptEdition(dataDir)).toContain("people 1200");
  const lines = [files.disabilityCases, files.payees, files.payments, files.foodRegister, files.truth];
  const before = lines.map((file) => readFileSync(file, "latin1"));
  await generateFiles(country, dataDir);
  expect(lines.map((file) => readFileSync(file, "latin1"))).toEqual(before);
});

test("the truth is next to the systems, never inside one", () => {
  expect(files.truth.startsWith(path.join(dataDir, "mis"))).toBe(false);
  expect(statSync(files.truth).size).toBeGreaterThan(1000);
});

test("disability answers a batch by either number, in pages, and only the fields asked", async () => {
  const cases = readLines<CaseRecord>(files.disabilityCases);
  const keyed = { "x-api-key": "secret", "content-type": "application/json" };
  await withService(disabilityService(cases, "secret"), async (url) => {
    const search = (body: object, headers: Record<string, string> = keyed) =>
      json(fetch(`${url}/v2/cases/search`, { method: "POST", headers, body: JSON.stringify(body) }));
    const one = await search({ nationalNumbers: [amara.nid], caseNumbers: ["D9999999"], fields: ["assessment"] });
    expect(one.body["cases"]).toEqual([
      { caseNo: "D0100001", holder: { nin: amara.nid }, assessment: { level: "L3", assessedOn: "12/09/2019" } },
    ]);
    const many = await search({ caseNumbers: cases.map(({ caseNo }) => caseNo), fields: [], page: "2" });
    expect((many.body["cases"] as unknown[]).length).toBe(25);
    expect(many.body["paging"]).toMatchObject({ number: 2, next: "3" });
    expect((await search({ caseNumbers: [] }, { "x-api-key": "guess" })).status).toBe(401);
    expect((await search({ caseNumbers: "D0100001" })).status).toBe(400);
    const calls = await json(fetch(`${url}/__calls`));
    expect(calls.body).toEqual({ "POST /v2/cases/search": { calls: 3, rows: 26 } });
  });
});

test("payments come newest first, by cursor, to who holds the bearer token", async () => {
  const payees = readLines<PayeeRecord>(files.payees);
  const payments = readLines<PaymentRecord>(files.payments);
  await withService(paymentService(payees, payments, "secret"), async (url) => {
    const get = (pathAndQuery: string) =>
      json(fetch(url + pathAndQuery, { headers: { authorization: "Bearer secret" } }));
    const [found] = (await get(`/payees?national_ids=${amara.nid}&view=keys`)).body["data"] as PayeeRecord[];
    expect(found).toEqual({ payee_no: "B01000001", national_id: amara.nid, beneficiary_ref: "C01000001" });
    const paid = (await get("/payments?payee_nos=B01000001&due_from=2026-10-01")).body["data"] as PaymentRecord[];
    expect(paid.map(({ due_at, state, amount_minor }) => [due_at.slice(0, 10), state, amount_minor])).toEqual([
      ["2026-11-05", "settled", 41_250],
      ["2026-10-05", "settled", 41_250],
    ]);
    const all = payees.map(({ payee_no }) => payee_no).join(",");
    const first = await get(`/payments?payee_nos=${all}`);
    expect((first.body["data"] as unknown[]).length).toBe(100);
    const second = await get(`/payments?payee_nos=${all}&cursor=${String(first.body["next_cursor"])}`);
    expect((second.body["data"] as unknown[])[0]).not.toEqual((first.body["data"] as unknown[])[0]);
    expect((await get("/payees?national_ids=1&cursor=!")).status).toBe(400);
    await fetch(`${url}/__behaviour?is=busy`, { method: "POST" });
    expect((await get("/payees?national_ids=1")).status).toBe(503);
    expect((await json(fetch(`${url}/payees`))).status).toBe(401);
  });
});

test("the food register is a semicolon file in windows-1252 with its header in the third row", () => {
  const lines = readFileSync(files.foodRegister, "latin1").split("\r\n");
  expect(lines[2]).toMatch(/^Numerus Cartae;Numerus Civis;Nomen Plenum;Dies Natalis;/);
  expect(lines.find((line) => line.startsWith("F0100001"))).toContain(`;${amara.nid};Tessel, Amara;14.03.1959;`);
  expect(
    lines
      .slice(3)
      .filter(Boolean)
      .every((line) => line.split(";").length === 11),
  ).toBe(true);
});

test("the farm register is a workbook with its header in the fourth row and real dates", async () => {
  const workbook = new exceljs.Workbook();
  await workbook.xlsx.readFile(files.farmRegister);
  const sheet = workbook.getWorksheet("Register 2026");
  expect(sheet?.getRow(4).getCell(1).value).toBe("Reg. No");
  expect(sheet?.getRow(5).getCell(8).value).toBeInstanceOf(Date);
  expect(sheet?.rowCount).toBeGreaterThan(60);
});

test("the social insurance speaks SOAP: the council knows numbers, each fund its own accounts, and nobody without the password is heard", async () => {
  const canary = country.person(60);
  const insured = readLines<InsuredRecord>(files.insured);
  const number = insured.find(({ nationalId }) => nationalId === canary.nid)!.insuranceNo;
  const service = await serveInsurance(insured, readLines<AccountRecord>(files.insuranceAccounts), "secret", 0);
  const house = `http://127.0.0.1:${service.port}`;
  const ask = async (at: string, operation: string, input: object, password = "secret") => {
    const client = await createClientAsync(`${house}/council?wsdl`, {}, `${house}/${at}`);
    client.setSecurity(new WSSecurity("weft", password, { passwordType: "PasswordDigest" }));
    return ((await client[`${operation}Async`](input)) as [unknown])[0];
  };
  try {
    const numbers = { insuranceNo: number, nationalId: canary.nid };
    expect(await ask("council", "findInsured", { nationalId: [canary.nid] })).toEqual({ insured: [numbers] });
    const account = [{ insuranceNo: number, state: "P", months: 130 }];
    const shown = { insuranceNo: [number], show: ["state", "months"] };
    expect(await ask("trade", "getAccounts", shown)).toEqual({ account });
    expect(await ask("public", "getAccounts", shown)).toBeNull();
    await expect(ask("trade", "findInsured", {})).rejects.toThrow("no such operation");
    await expect(ask("trade", "getAccounts", shown, "guess")).rejects.toThrow();
    const calls = await json(fetch(`${house}/__calls`));
    expect(calls.body).toMatchObject({ "trade getAccounts": { calls: 1, rows: 1 }, "public getAccounts": { rows: 0 } });
  } finally {
    service.close();
  }
});

test("the jobseeker register answers signed searches, signs its answers, and takes no message that is another's or was changed", async () => {
  const own = sandboxKey("employment-registry-1");
  const asker = sandboxKey("employment-dci-1");
  const records = readLines<JobseekerRecord>(files.jobseekers);
  const service = employmentService(records, "secret", {
    own: own.privateKey,
    asker: createPublicKey(asker.privateKey),
  });
  const query = { type: "UIN", value: amara.nid };
  const header = { action: "search", sender_id: "weft.orvanda.example" };
  const search = (value: object) => ({
    header,
    message: { transaction_id: "t", search_request: [{ reference_id: "1", search_criteria: { query: value } }] },
  });
  const signed = (contents: object, key = asker) => {
    const created = Math.floor(Date.now() / 1000);
    const digest = createHash("sha256").update(jcs(contents)).digest("base64");
    const text = `(created): ${created}\n(expires): ${created + 60}\ndigest: ${digest}`;
    const signature = sign(null, Buffer.from(text), key.privateKey).toString("base64");
    return `created="${created}", expires="${created + 60}", signature="${signature}"`;
  };
  await withService(service, async (url) => {
    const ask = (body: object) =>
      json(
        fetch(`${url}/registry/sync/search`, {
          method: "POST",
          headers: { authorization: "Bearer secret", "content-type": "application/json" },
          body: JSON.stringify(body),
        }),
      );
    const good = await ask({ ...search(query), signature: signed(search(query)) });
    expect(good.body).toMatchObject({
      signature: expect.stringContaining('kidId="jobs.orvanda.example|r1|ed25519"') as string,
      message: { search_response: [{ status: "succ", data: { reg_records: [{ registration: { measure: "PWK" } }] } }] },
    });
    const changed = search({ ...query, value: country.person(60).nid });
    expect((await ask({ ...changed, signature: signed(search(query)) })).status).toBe(400);
    expect((await ask({ ...search(query), signature: signed(search(query), own) })).status).toBe(400);
    expect((await ask(search(query))).status).toBe(400);
  });
});

test("the school register is one SQLite file: a row for each year, and the one that holds has no end", () => {
  const register = new DatabaseSync(files.schoolRegister, { readOnly: true });
  const years = register.prepare(
    "select YearFrom, ValidTo, Stage from SchoolYear join Pupil using (PupilNo) where CivilNo = ? order by YearFrom",
  );
  const spelt = (amara.nid ?? "").replace(/^(.{3})(.{3})/, "$1-$2-");
  expect(years.all(spelt).map((row) => ({ ...row }))).toEqual([
    { YearFrom: "2025-09-08", ValidTo: "2026-07-09", Stage: "AE" },
    { YearFrom: "2026-09-07", ValidTo: null, Stage: "AE" },
  ]);
  const counted = register.prepare("select count(*) as n from Pupil where Remarks like 'CANARYREMARK%'").get();
  expect(counted?.["n"]).toBe(50);
  register.close();
});

test("each text of a canary is in some system", () => {
  const held = [files.disabilityCases, files.payees, files.foodRegister]
    .map((file) => readFileSync(file, "latin1"))
    .join("\n");
  const { texts, nationalIds } = canaryValues(country);
  for (const value of [...texts.filter((text) => !text.startsWith("+")), ...nationalIds]) expect(held).toContain(value);
});
