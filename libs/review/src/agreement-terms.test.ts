import { beforeAll, expect, test } from "vitest";
import { fileURLToPath } from "node:url";
import type { Suspension } from "#libs/access-log";
import { type Contracts, loadContracts } from "#libs/contracts";
import type { OrgId } from "#libs/terms";
import { sandboxKey } from "../../../apps/sandbox/src/keys.js";
import { type Circumstances, standingOf, summaryOf, termsOf, useOf } from "./agreement-terms.js";

const dir = fileURLToPath(new URL("../../../contracts", import.meta.url));
const now = new Date("2026-11-22T09:00:00Z");
let contracts: Contracts;
let signed: Contracts["agreements"][number];
beforeAll(async () => {
  contracts = await loadContracts(dir, { authorityKey: sandboxKey("authority-1").publicJwk, compose: false });
  signed = contracts.agreements.find(({ agreement }) => agreement.agreement === "dsa-civil-welfare-2026")!;
});

function around(change: Partial<Circumstances> = {}): Circumstances {
  const reviewer = { organisation: "org:civil" as OrgId, roles: ["dpo" as const] };
  return { contracts, suspensions: [], reviewer, language: "en", now, ...change };
}

test("an agreement stands as both signed it, by the day, unless its provider stopped it", () => {
  const at = (day: string, stopped = false) => standingOf(signed.agreement, stopped, new Date(day));
  expect(["2025-12-31", "2026-06-01", "2027-12-01", "2028-01-01"].map((day) => at(day))).toEqual([
    "later",
    "active",
    "soon",
    "over",
  ]);
  expect(at("2026-06-01", true)).toBe("suspended");
  expect(standingOf({ ...signed.agreement, state: "terminated" }, true, now)).toBe("terminated");
});

test("what a lawyer reads names each field, ground and key; who signed is in it", () => {
  const terms = termsOf(signed, around());
  expect(terms.signatures).toMatchObject([
    { organisation: "org:civil", key: "civil-agreement-1", signedAt: expect.stringMatching(/^2026-/) },
    { organisation: "org:welfare", key: "welfare-agreement-1", signedAt: expect.stringMatching(/^2026-/) },
  ]);
  expect(terms.grants.map(({ purpose }) => purpose)).toEqual(["eligibility-assessment", "enrolment"]);
  expect(terms.grants[0]?.fields).toContainEqual({ coordinate: "Identity.fullName", label: "Identity: Full name" });
});

test("only the provider's data-protection officer may stop it, and only once", () => {
  const may = (organisation: string, role: "dpo" | "second-reviewer" | "authority", suspensions: Suspension[] = []) =>
    summaryOf(signed, around({ reviewer: { organisation: organisation as OrgId, roles: [role] }, suspensions }))
      .mayStop;
  const { provider, agreement, version } = signed.agreement;
  const stop: Suspension = {
    provider,
    agreement,
    version,
    digest: signed.digest,
    reason: "breach",
    record: 7,
    at: now,
  };
  expect(may("org:civil", "dpo")).toBe(true);
  expect([may("org:civil", "second-reviewer"), may("org:welfare", "dpo"), may("org:dpa", "authority")]).toEqual([
    false,
    false,
    false,
  ]);
  expect(may("org:civil", "dpo", [stop])).toBe(false);
  expect(summaryOf(signed, around({ suspensions: [stop] })).suspended).toMatchObject({ record: 7, reason: "breach" });
});

test("a granted field that nobody asked for is in the list, with none", () => {
  const counted = [
    { value: "Identity.fullName", count: 4 },
    { value: "FoodSupportEnrolment.status", count: 9 },
  ];
  const fields = useOf(signed, counted, (coordinate) => coordinate);
  expect(fields[0]).toMatchObject({ coordinate: "Identity.fullName", accesses: 4 });
  expect(fields.filter(({ accesses }) => accesses === 0).length).toBe(fields.length - 1);
  expect(fields.map(({ coordinate }) => coordinate)).not.toContain("FoodSupportEnrolment.status");
});
