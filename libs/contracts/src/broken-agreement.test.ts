import { expect, test } from "vitest";
import { type Broken, purposes, tryBroken } from "./broken.fixture.js";

const cash = "subgraphs/cash/schema.graphql";
const welfareCivil = "agreements/dsa-civil-welfare-2026/agreement.yaml";
const welfareCash = "agreements/dsa-cash-welfare-2026/agreement.yaml";
const welfareFood = "agreements/dsa-food-welfare-2026/agreement.yaml";
const house = "agreements/house-cash-2026/agreement.yaml";

const agreements: readonly Broken[] = [
  {
    promise: "an agreement that one side has not signed",
    breaks: (it) => it.remove("agreements/dsa-civil-welfare-2026/signatures/civil.jws"),
    says: [
      {
        file: "agreements/dsa-civil-welfare-2026/signatures/civil.jws",
        at: "",
        wrong: "is missing: org:civil has not signed",
        right: "a signature by org:civil: weft agreement sign dsa-civil-welfare-2026",
      },
    ],
  },
  {
    promise: "an emergency where the authority calls no sign-in strong",
    breaks: (it) => it.edit("registry.yaml", 'strongSignIn: { acr: ["urn:orvanda:acr:smart-card"], maxAge: 300 }', ""),
    says: [
      {
        file: "agreements/dsa-disability-clinic-emergency-2026/agreement.yaml",
        at: "    basis:",
        wrong: "rests on vital interest, and registry.yaml says of no sign-in that it is strong",
        right: 'strongSignIn: { acr: ["…"], maxAge: 300 } in registry.yaml',
      },
    ],
  },
  {
    promise: "an agreement that was altered after signing",
    breaks: (it) => it.edit(house, "personsPerRequest: 500", "personsPerRequest: 5000"),
    says: [
      {
        file: "agreements/house-cash-2026/signatures/cash.jws",
        at: "",
        wrong: "does not fit agreement.yaml: the agreement was altered after signing",
        right: "a signature by org:cash: weft agreement sign house-cash-2026",
      },
    ],
  },
  {
    promise: "an agreement signed with another's key",
    breaks: async (it) =>
      it.write(
        "agreements/dsa-food-welfare-2026/signatures/food.jws",
        await it.read("agreements/dsa-food-welfare-2026/signatures/welfare.jws"),
      ),
    says: [
      {
        file: "agreements/dsa-food-welfare-2026/signatures/food.jws",
        at: "",
        wrong: "is made with a key that is not org:food's on the day that the agreement begins",
        right: "a signature by org:food: weft agreement sign dsa-food-welfare-2026",
      },
    ],
  },
  {
    promise: "a grant for a coordinate that does not exist",
    breaks: (it) =>
      it.edit(welfareFood, "FoodSupportEnrolment: [status, since]", "FoodSupportEnrolment: [status, amount]"),
    says: [
      {
        file: welfareFood,
        at: "      FoodSupportEnrolment:",
        wrong: "FoodSupportEnrolment.amount does not exist",
        right: "a field of org:food's schema.graphql",
      },
    ],
  },
  {
    promise: "a grant of what belongs to another",
    breaks: (it) => it.edit(welfareFood, "FoodSupportEnrolment: [status, since]", "Identity: [fullName]"),
    says: [
      {
        file: welfareFood,
        at: "      Identity:",
        wrong: "Identity.fullName belongs to org:civil",
        right: "a field of org:food",
      },
    ],
  },
  {
    promise: "a grant of what only comes along",
    breaks: (it) =>
      it.edit(welfareFood, "FoodSupportEnrolment: [status, since]", "FoodSupportEnrolment: [status, asOf]"),
    says: [
      {
        file: welfareFood,
        at: "      FoodSupportEnrolment:",
        wrong: "FoodSupportEnrolment.asOf cannot be granted by itself",
        right: "the fields beneath or beside it: it comes along",
      },
    ],
  },
  {
    promise: "a grant that the release rule does not allow",
    breaks: (it) =>
      it.edit(
        welfareFood,
        "purpose: eligibility-assessment\n    basis: public-task",
        "purpose: eligibility-assessment\n    basis: consent",
      ),
    says: ["status", "since"].map((field) => ({
      file: welfareFood,
      at: "      FoodSupportEnrolment:",
      wrong: `FoodSupportEnrolment.${field} is not released for eligibility-assessment on CONSENT`,
      right: "its release rule: eligibility-assessment on PUBLIC_TASK",
    })),
  },
  {
    promise: "a purpose that nobody knows, in a grant",
    breaks: (it) => it.edit(house, "purpose: benefit-payment\n", "purpose: marketing\n"),
    says: [{ file: house, at: "  - purpose: marketing", wrong: "marketing is not a purpose", right: purposes }],
  },
  {
    promise: "two grants for one purpose",
    breaks: (it) => it.edit(welfareCivil, "purpose: enrolment", "purpose: eligibility-assessment"),
    says: [
      {
        file: welfareCivil,
        at: "grants:",
        wrong: "grants: grants one purpose twice",
        right: "a purpose has one legal basis in one agreement",
      },
    ],
  },
  {
    promise: "a threshold that the closed list does not have",
    breaks: (it) => it.edit(welfareCash, "[ELIGIBLE_2026]", "[ELIGIBLE_2027]"),
    says: [
      {
        file: welfareCash,
        at: '      "CashTransferEnrolment.povertyScoreBelow(threshold:)"',
        wrong: "CashTransferEnrolment.povertyScoreBelow(threshold:) has no value ELIGIBLE_2027",
        right: "some of: ELIGIBLE_2026, NEAR_POOR_2026",
      },
    ],
  },
  {
    promise: "a filter that does not exist",
    breaks: (it) => it.edit(house, '"Query.cashTransferEnrolments(status:)"', '"Query.cashTransferEnrolments(since:)"'),
    says: [
      {
        file: house,
        at: "    filters:",
        wrong: "Query.cashTransferEnrolments(since:) is not a filter",
        right: "an argument with @filterable, or nothing",
      },
    ],
  },
  {
    promise: "an agreement that ends before it begins",
    breaks: (it) => it.edit(house, 'until: "2027', 'until: "2025'),
    says: [{ file: house, at: "valid:", wrong: "valid.until is not after valid.from", right: "after valid.from" }],
  },
  {
    promise: "an organisation that is not in the registry",
    breaks: (it) => it.edit(house, "consumer: org:cash", "consumer: org:kash"),
    says: [
      {
        file: house,
        at: "consumer:",
        wrong: "org:kash is not in registry.yaml",
        right:
          "one of: org:registry, org:dpa, org:civil, org:cash, org:disability, org:food, org:farm, org:pay, org:education, org:insurance, org:health, org:employment, org:welfare, org:clinic, org:bank",
      },
    ],
  },
  {
    promise: "@requires of a field that the receiving ministry may not have",
    breaks: async (it) => {
      await it.append(cash, "type Identity {\n  fullName: String @external\n}\n");
      await it.edit(cash, "ref: PersonRef!\n", "ref: PersonRef!\n  identity: Identity @external\n");
      await it.edit(
        cash,
        '@release(purposes: ["eligibility-assessment", "benefit-payment"], bases: [PUBLIC_TASK, LEGAL_OBLIGATION])\n}',
        '@release(purposes: ["eligibility-assessment", "benefit-payment"], bases: [PUBLIC_TASK, LEGAL_OBLIGATION])\n    @requires(fields: "identity { fullName }")\n}',
      );
    },
    says: ["eligibility-assessment", "benefit-payment"].map((purpose) => ({
      file: cash,
      at: "    @requires(",
      wrong: `Person.cashTransfer requires Identity.fullName, which org:cash may not have for ${purpose}`,
      right: "an agreement in which org:civil grants it, or no @requires of it",
    })),
  },
];

test.each([...agreements])("refused, with place and remedy: $promise", async (broken) => {
  const { said, wanted } = await tryBroken(broken);
  expect(said).toEqual(wanted);
});
