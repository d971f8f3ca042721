import { readFileSync } from "node:fs";
import { type Coordinate, type OrgId, parseStrictYaml, type PurposeCode } from "#libs/terms";
import fc from "fast-check";
import { expect, test } from "vitest";
import { consentGround, withCarriers } from "./consent-ground.js";
import { decide } from "./decide.js";
import { compilePolicy } from "./policy.js";
import { type AgreementInShort, question, rulesOf, signed, type TypeInShort } from "./short.fixture.js";

/** For which fields an organisation may ask a person at all, and what comes along with those that the person gives. */
const fieldsFile = new URL("../../../contracts/vectors/decisions/given/fields.yaml", import.meta.url);
const rules = rulesOf(parseStrictYaml(readFileSync(fieldsFile, "utf8")) as TypeInShort[]);
const now = new Date("2026-11-22T09:00:00Z");
const referral = { purpose: "referral", basis: "consent" };

const policyOf = (...agreements: readonly AgreementInShort[]) =>
  compilePolicy(
    rules,
    agreements.map((short, n) => signed(`dsa-${n}`, { consumer: "org:clinic", provider: "org:disability", ...short })),
  );
const asks = (purpose = "referral", consumer = "org:clinic") => ({
  consumer: consumer as OrgId,
  purpose: purpose as PurposeCode,
});
const levels = { DisabilityEnrolment: ["assessedLevel"] };
const onConsent = policyOf({ grants: [{ ...referral, fields: levels }] });
const level = "DisabilityEnrolment.assessedLevel" as Coordinate;

test.each([
  ["a field that an agreement gives on consent", level, { controller: "org:disability", kind: "field" }],
  ["what leads to it", "Person.disability", { controller: "org:disability", kind: "carrier" }],
  ["what says how old it is", "DisabilityEnrolment.asOf", { controller: "org:disability", kind: "carrier" }],
  ["a field of that ministry that no grant names", "DisabilityEnrolment.since", "FIELD_NOT_IN_AGREEMENT"],
  ["a ministry without an agreement", "Identity.fullName", "AGREEMENT_INACTIVE"],
  ["what is nobody's", "PageInfo.hasNextPage", "CONSENT_NOT_NEEDED"],
  ["a list's entry", "Query.cashTransferEnrolments", "CONSENT_NOT_NEEDED"],
  ["a reference", "Person.id", "CONSENT_NOT_NEEDED"],
  ["no field at all", "Person.soul", "FIELD_NOT_IN_AGREEMENT"],
])("%s: %s", (_, coordinate, ground) => {
  expect(consentGround(asks(), coordinate as Coordinate, onConsent, now)).toEqual(ground);
});

test("what rests on law is asked of nobody", () => {
  const fields = { DisabilityEnrolment: ["meetsStatutoryLevel"] };
  const byLaw = policyOf({ grants: [{ purpose: "eligibility-assessment", basis: "public-task", fields }] });
  const meets = "DisabilityEnrolment.meetsStatutoryLevel" as Coordinate;
  expect(consentGround(asks("eligibility-assessment"), meets, byLaw, now)).toBe("CONSENT_NOT_NEEDED");
});

test.each([
  ["another purpose", asks("research"), {}],
  ["another organisation", asks("referral", "org:bank"), {}],
  ["an agreement that is suspended", asks(), { state: "suspended" as const }],
  ["one that has ended", asks(), { valid: { from: "2025-01-01T00:00:00Z", until: "2026-11-22T08:59:59Z" } }],
  ["one that has not begun", asks(), { valid: { from: "2026-11-22T09:00:01Z", until: "2027-11-22T08:59:59Z" } }],
])("%s is no ground, and nothing comes along", (_, who, change) => {
  const policy = policyOf({ grants: [{ ...referral, fields: levels }], ...change });
  expect(consentGround(who, level, policy, now)).toBe("AGREEMENT_INACTIVE");
  expect(withCarriers(who, [level], policy, now)).toEqual([level]);
});

test("along with a field comes what leads to it and describes it, of its own ministry, and no other value", () => {
  const both = policyOf(
    { grants: [{ ...referral, fields: levels }] },
    { provider: "org:cash", grants: [{ ...referral, fields: { CashTransferEnrolment: ["status"] } }] },
  );
  expect(withCarriers(asks(), [level], both, now)).toEqual(
    [
      level,
      ...["asOf", "programme", "quality", "source"].map((name) => `DisabilityEnrolment.${name}`),
      "Person.disability",
    ]
      .filter((one) => rules.some(({ coordinate }) => coordinate === one))
      .sort(),
  );
  expect(withCarriers(asks(), [], both, now)).toEqual([]);
});

const values = rules.filter(({ kind, controller }) => kind === "value" && controller === "org:disability");
const purposes = ["referral", "research", "eligibility-assessment"];
const grants = fc.uniqueArray(
  fc.record({
    purpose: fc.constantFrom(...purposes),
    basis: fc.constantFrom("consent", "public-task"),
    fields: fc
      .subarray(values, { minLength: 1 })
      .map((chosen) => ({ DisabilityEnrolment: chosen.map(({ coordinate }) => coordinate.split(".")[1]!) })),
  }),
  { minLength: 1, maxLength: 3, selector: ({ purpose }) => purpose },
);

test("a field may be asked for exactly where a question about it would be permitted if the person consented", () => {
  fc.assert(
    fc.property(grants, fc.constantFrom(...purposes), fc.constantFrom(...values), (given, purpose, { coordinate }) => {
      const policy = policyOf({ grants: given });
      const ground = consentGround(asks(purpose), coordinate, policy, now);
      const asked = question({ consumer: "org:clinic", purpose, case: "c-1", fields: [coordinate] });
      const verdict = decide(asked, policy, now).verdicts.get(coordinate);
      expect(typeof ground === "object").toBe(verdict?.effect === "permitIfConsent");
      if (typeof ground === "object") expect(ground.kind).toBe("field");
      if (typeof ground === "object")
        expect(withCarriers(asks(purpose), [coordinate], policy, now)).toContain(coordinate);
    }),
  );
});

test("what comes along is of the same grant and carries something that was given; more given, no less comes along", () => {
  fc.assert(
    fc.property(grants, fc.subarray(values), fc.subarray(values), (given, some, more) => {
      const policy = policyOf({ grants: given });
      const take = (chosen: typeof values) =>
        withCarriers(
          asks(),
          chosen.map(({ coordinate }) => coordinate),
          policy,
          now,
        );
      const wanted = new Set(some.map(({ coordinate }) => coordinate));
      for (const one of take(some).filter((coordinate) => !wanted.has(coordinate)))
        expect(["companion", "reaching"]).toContain(rules.find(({ coordinate }) => coordinate === one)!.kind);
      const wider = take([...new Set([...some, ...more])]);
      for (const one of take(some)) expect(wider).toContain(one);
      expect(withCarriers(asks(), take(some), policy, now)).toEqual(take(some));
    }),
  );
});
