import { decide } from "#libs/policy";
import { type AgreementId, type CaseId, type Coordinate, digestOf, type OrgId, type PurposeCode } from "#libs/terms";
import { beforeAll, expect, test } from "vitest";
import type { Contracts } from "./contracts.js";
import { loadContracts } from "./load.js";
import { originalFolder, trusting } from "./orvanda.fixture.js";
import { type AgreementSuspension, withSuspensions } from "./suspended.js";

const now = new Date("2026-11-22T09:00:00Z");
let contracts: Contracts;
let stop: AgreementSuspension;
beforeAll(async () => {
  contracts = await loadContracts(originalFolder(), { ...trusting, compose: false });
  const signed = contracts.agreements.find(({ agreement }) => agreement.agreement === "dsa-civil-welfare-2026")!;
  const { provider, agreement, version } = signed.agreement;
  stop = { provider, agreement, version, digest: signed.digest };
});

const finding = "VitalStatus.finding" as Coordinate;
const status = "FoodSupportEnrolment.status" as Coordinate;

function verdictsOf({ policy }: Contracts) {
  const question = {
    consumer: "org:welfare" as OrgId,
    purpose: "eligibility-assessment" as PurposeCode,
    caseId: "c-1" as CaseId,
    operation: digestOf("o"),
    coordinates: new Set([finding, status]),
    arguments: [],
    entries: [],
    persons: 1,
  };
  const { verdicts } = decide(question, policy, now);
  return [finding, status].map((coordinate) => verdicts.get(coordinate));
}

test("what a provider suspends at once is refused as what both sides suspended; other ministries' fields are not touched", () => {
  const [open, other] = verdictsOf(contracts);
  expect(open?.effect).toBe("permit");
  const after = withSuspensions(contracts, [stop]);
  expect(verdictsOf(after)).toEqual([expect.objectContaining({ code: "AGREEMENT_INACTIVE" }), other]);
  expect(after.policyDigest).not.toBe(contracts.policyDigest);
  expect(after.digest).toBe(contracts.digest);
});

test("the other side cannot suspend, and what both sides sign anew is not covered", () => {
  const none: AgreementSuspension[] = [
    { ...stop, provider: "org:welfare" as OrgId },
    { ...stop, agreement: "dsa-civil-cash-2026" as AgreementId },
    { ...stop, version: stop.version + 1 },
    { ...stop, digest: digestOf("another text") },
  ];
  for (const it of none) expect(withSuspensions(contracts, [it])).toBe(contracts);
});
