import { decide } from "#libs/policy";
import { type AgreementId, type Coordinate, type Digest, digestOf, type OrgId, type PurposeCode } from "#libs/terms";
import { cp, readFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { problemsOf } from "./broken.fixture.js";
import { checkContracts } from "./check.js";
import type { Contracts } from "./contracts.js";
import { printJsonSchemas } from "./json-schemas.js";
import { loadContracts } from "./load.js";
import { type ContractsCopy, copyOrvanda, originalFolder, orvandaKey, publicJwk, trusting } from "./orvanda.fixture.js";
import { signAgreement, signRegistry } from "./sign.js";

const now = new Date("2026-11-22T09:00:00Z");
const civilHome = "agreements/dsa-civil-welfare-2026/";

let folder: ContractsCopy;
beforeEach(async () => {
  folder = await copyOrvanda();
});
afterEach(() => folder.close());

test("the committed folder serves, and names what it is", async () => {
  const contracts = await loadContracts(folder.dir, trusting);
  expect(contracts.agreements.length).toBeGreaterThanOrEqual(12);
  const purposes = contracts.agreements.flatMap(({ agreement }) => agreement.grants.map((grant) => grant.purpose));
  expect(new Set(purposes).size).toBeGreaterThanOrEqual(5);
  expect([...contracts.subgraphs.values()].map(({ name }) => name)).toEqual([
    "cash",
    "civil",
    "disability",
    "education",
    "employment",
    "farm",
    "food",
    "health",
    "insurance",
    "pay",
    "weft",
  ]);
  expect(contracts.supergraphDigest).toBe(digestOf(await folder.read("supergraph.graphql")));
  expect(contracts.schemes.get("nid")).toMatchObject({
    enum: "NATIONAL_ID",
    decoys: { from: "0000000000", to: "0000999999" },
  });
  expect(contracts.subgraphs.get("org:civil" as OrgId)?.labels["fr"]?.["Identity.asOf"]).toBe("À la date du");
});

test("signing the folder again changes nothing: what is committed is what the sources give", async () => {
  const before = await loadContracts(folder.dir, trusting);
  await folder.sign();
  const after = await loadContracts(folder.dir, trusting);
  expect([after.digest, after.policyDigest, after.supergraphDigest]).toEqual([
    before.digest,
    before.policyDigest,
    before.supergraphDigest,
  ]);
});

test("the committed JSON Schemas are those of the code", async () => {
  for (const [file, text] of printJsonSchemas()) {
    expect(await readFile(path.join(originalFolder(), "schemas", file), "utf8"), file).toBe(text);
  }
});

test("an adapter loads the same rules without composing", async () => {
  const composed = await loadContracts(folder.dir, trusting);
  const plain = await loadContracts(folder.dir, { ...trusting, compose: false });
  expect([...plain.rules]).toEqual([...composed.rules]);
  expect([plain.digest, plain.policyDigest, plain.supergraphDigest]).toEqual([
    composed.digest,
    composed.policyDigest,
    composed.supergraphDigest,
  ]);
});

test("consumers see who may ask for a field, and neither keys nor directives", async () => {
  const { publicSdl } = await loadContracts(folder.dir, trusting);
  expect(publicSdl).toContain("Class P4, health. Released for referral (CONSENT)");
  expect(publicSdl).not.toMatch(/PersonRef|@personal|@release|@join|_entities|\bref:/);
});

test("every coordinate has one rule, of the kind that its place in the schema gives it", async () => {
  const { rules } = await loadContracts(folder.dir, trusting);
  const kind = (it: string): string | undefined => rules.get(it as Coordinate)?.kind;
  expect(kind("Identity.fullName")).toBe("value");
  expect(kind("CashTransferEnrolment.person")).toBe("value");
  expect(kind("Person.disability")).toBe("reaching");
  expect(kind("Person.accountMatch")).toBe("value");
  expect(kind("Identity.asOf")).toBe("companion");
  expect(kind("FoodSupportEnrolment.programme")).toBe("companion");
  expect(kind("PaymentPage.nodes")).toBe("structural");
  expect(kind("PageInfo.endCursor")).toBe("structural");
  expect(kind("Query.cashTransferEnrolments")).toBe("entry");
  expect(kind("Person.id")).toBe("reference");
  expect(rules.get("Query.cashTransferEnrolments" as Coordinate)).toMatchObject({
    class: "P3",
    arguments: [
      { name: "district", kind: "filter" },
      { name: "status", kind: "filter", touches: "CashTransferEnrolment.status" },
      { name: "first", kind: "paging" },
      { name: "after", kind: "paging" },
    ],
  });
});

function ask(contracts: Contracts, consumer: string, purpose: string, it: string): unknown {
  const question = {
    consumer: consumer as OrgId,
    purpose: purpose as PurposeCode,
    caseId: "c-1" as never,
    operation: "sha-256:" as Digest,
    coordinates: new Set([it as Coordinate]),
    arguments: [],
    persons: 1,
    entries: [],
  };
  const verdict = decide(question, contracts.policy, now).verdicts.get(it as Coordinate)!;
  return verdict.effect === "deny" ? [verdict.code, verdict.remedy] : verdict.effect;
}

test("the questions that the sandbox asks are decided as the domain tells", async () => {
  const contracts = await loadContracts(folder.dir, trusting);
  const welfare = (it: string): unknown => ask(contracts, "org:welfare", "eligibility-assessment", it);
  for (const it of [
    "Identity.fullName",
    "Identity.ageAtLeast",
    "Identity.residenceDistrict",
    "VitalStatus.finding",
    "CashTransferEnrolment.householdSize",
    "CashTransferEnrolment.povertyScoreBelow",
    "FoodSupportEnrolment.programme",
    "FarmInputEnrolment.since",
    "DisabilityEnrolment.meetsStatutoryLevel",
    "DisabilityEnrolment.asOf",
    "Person.disability",
  ]) {
    expect(welfare(it), it).toBe("permit");
  }
  expect(welfare("DisabilityEnrolment.assessedLevel")).toEqual([
    "PURPOSE_NOT_ALLOWED",
    { say: "Ask with purpose referral; the person's consent is needed.", purpose: "referral", consent: true },
  ]);
  expect(welfare("Person.payments")).toEqual([
    "PURPOSE_NOT_ALLOWED",
    { say: "Ask with purpose benefit-payment.", purpose: "benefit-payment" },
  ]);
  expect(ask(contracts, "org:cash", "benefit-payment", "VitalStatus.finding")).toBe("permit");
  expect(ask(contracts, "org:cash", "benefit-payment", "Payment.state")).toBe("permit");
  expect(ask(contracts, "org:cash", "benefit-payment", "CashTransferEnrolment.person")).toBe("permit");
  expect(ask(contracts, "org:clinic", "referral", "DisabilityEnrolment.assessedLevel")).toBe("permitIfConsent");
  expect(ask(contracts, "org:bank", "identity-verification", "IdentityMatch.fullName")).toBe("permit");
  expect(ask(contracts, "org:bank", "identity-verification", "Person.accountMatch")).toBe("permit");
  expect(ask(contracts, "org:bank", "identity-verification", "CashTransferEnrolment.status")).toMatchObject([
    "PURPOSE_NOT_ALLOWED",
    {},
  ]);
});

test("a suspended agreement loads, and its fields are refused", async () => {
  await folder.edit(`${civilHome}agreement.yaml`, "state: active", "state: suspended");
  await folder.sign(2);
  const contracts = await loadContracts(folder.dir, trusting);
  expect(ask(contracts, "org:welfare", "eligibility-assessment", "Identity.fullName")).toMatchObject([
    "AGREEMENT_INACTIVE",
    {},
  ]);
  const { notices } = await checkContracts(folder.dir, { ...trusting, now });
  expect(notices).toMatchObject([
    { file: `${civilHome}agreement.yaml`, line: 3, wrong: "is suspended: its fields are refused" },
  ]);
});

test("an ended agreement does not stop the country; checking says so", async () => {
  const { contracts, notices } = await checkContracts(folder.dir, {
    ...trusting,
    now: new Date("2028-01-01T00:00:00Z"),
  });
  expect(contracts).not.toBeNull();
  expect(notices.map(({ wrong }) => wrong)).toEqual(
    Array(contracts?.agreements.length).fill("ended 2027-12-31T23:59:59Z"),
  );
});

test("a changed meaning ends the grant until both sides sign again", async () => {
  await folder.edit("subgraphs/civil/schema.graphql", "The full name, spelt as on the ID card.", "Any name.");
  const problems = await problemsOf(folder.dir);
  expect(problems.map(({ file, wrong }) => [file, wrong])).toEqual(
    ["dsa-civil-cash-2026", "dsa-civil-welfare-2026"].map((id) => [
      `agreements/${id}/agreement.yaml`,
      "the definition of a granted field has changed since both sides signed",
    ]),
  );
  expect(problems[1]!.line).toBe(await folder.lineOf(`${civilHome}agreement.yaml`, "meaning:"));
  const sign = signAgreement(
    folder.dir,
    "dsa-civil-welfare-2026",
    "org:civil" as OrgId,
    orvandaKey("civil-agreement-1"),
  );
  await expect(sign).rejects.toThrow(/Not signed: meaning would be "sha-256:.{43}"/);
});

test("two active agreements for one purpose between the same two are refused", async () => {
  const second = path.join(folder.dir, "agreements/dsa-civil-welfare-2027");
  await cp(path.join(folder.dir, civilHome), second, { recursive: true });
  await folder.edit(
    "agreements/dsa-civil-welfare-2027/agreement.yaml",
    "dsa-civil-welfare-2026",
    "dsa-civil-welfare-2027",
  );
  expect(await problemsOf(folder.dir)).toEqual([
    {
      file: "agreements/dsa-civil-welfare-2027/agreement.yaml",
      line: await folder.lineOf(`${civilHome}agreement.yaml`, "grants:"),
      wrong: "grants a purpose that dsa-civil-welfare-2026 grants too, between the same organisations at the same time",
      right: "one grant for one purpose: end the other agreement first",
    },
  ]);
});

test("signing takes an organisation's own key, for its own agreement", async () => {
  const id = "dsa-civil-welfare-2026";
  const civil = "org:civil" as OrgId;
  await folder.edit(`${civilHome}agreement.yaml`, "personsPerOfficerDay: 60", "personsPerOfficerDay: 50");
  await expect(signAgreement(folder.dir, id, civil, orvandaKey("cash-agreement-1"))).rejects.toThrow("Not signed");
  await expect(signAgreement(folder.dir, id, "org:bank" as OrgId, orvandaKey("bank-agreement-1"))).rejects.toThrow(
    "org:bank is not a side of dsa-civil-welfare-2026",
  );
  await expect(
    signAgreement(folder.dir, "dsa-none" as AgreementId, civil, orvandaKey("civil-agreement-1")),
  ).rejects.toThrow("there is no agreement dsa-none");
  await signAgreement(folder.dir, id, civil, orvandaKey("civil-agreement-1"));
  expect((await problemsOf(folder.dir)).map(({ file }) => file)).toEqual([`${civilHome}signatures/welfare.jws`]);
  await signAgreement(folder.dir, id, "org:welfare" as OrgId, orvandaKey("welfare-agreement-1"));
  await signRegistry(folder.dir, { kid: "authority-1", key: orvandaKey("authority-1") }, 2);
  expect(await problemsOf(folder.dir)).toEqual([]);
});

test("a key that ended before the agreement begins does not sign it", async () => {
  const registry = await folder.read("registry.yaml");
  const [before, after] = registry.split("kid: civil-agreement-1") as [string, string];
  await folder.write("registry.yaml", `${before}kid: civil-agreement-1${after.replace("2028-12-31", "2025-12-31")}`);
  const problems = await problemsOf(folder.dir);
  expect(new Set(problems.map(({ file }) => path.basename(file)))).toEqual(new Set(["civil.jws"]));
  expect(problems[0]!.wrong).toBe("is made with a key that is not org:civil's on the day that the agreement begins");
});

test("a folder signed by anyone but the pinned authority is refused", async () => {
  expect(
    await problemsOf(folder.dir, { authorityKey: { ...publicJwk("bank-agreement-1"), kid: "authority-1" } }),
  ).toEqual([
    {
      file: "signatures/authority.jws",
      line: 1,
      wrong: "does not fit registry.yaml and the pinned authority key (invalid)",
      right: "a signature by the registry authority",
    },
  ]);
});

test("an older version than was seen is refused", async () => {
  expect(await problemsOf(folder.dir, { ...trusting, minimumVersion: 7 })).toEqual([
    {
      file: "registry.yaml",
      line: await folder.lineOf("registry.yaml", "version:"),
      wrong: "version 1 is older than 7, which was served before",
      right: "version 7 or higher",
    },
  ]);
});

test("a supergraph that is not what the schemas compose to is refused, even where the authority signed it", async () => {
  await folder.edit("supergraph.graphql", "fullName: String", "fullName: String!");
  await signRegistry(folder.dir, { kid: "authority-1", key: orvandaKey("authority-1") });
  expect(await problemsOf(folder.dir)).toMatchObject([
    { file: "supergraph.graphql", wrong: "is not what the schemas compose to" },
  ]);
});
