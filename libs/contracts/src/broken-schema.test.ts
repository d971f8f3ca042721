import { expect, test } from "vitest";
import { type Broken, purposes, tryBroken } from "./broken.fixture.js";

const civil = "subgraphs/civil/schema.graphql";
const cash = "subgraphs/cash/schema.graphql";
const food = "subgraphs/food/schema.graphql";
const farm = "subgraphs/farm/schema.graphql";
const pay = "subgraphs/pay/schema.graphql";
const withClass = '@personal(class: P3, category: "benefits")';

const schemas: readonly Broken[] = [
  {
    promise: "a field without a class",
    breaks: (it) => it.edit(civil, 'dateOfBirth: Date @personal(class: P2, category: "identity")', "dateOfBirth: Date"),
    says: [
      {
        file: civil,
        at: "dateOfBirth: Date\n",
        wrong: "Identity.dateOfBirth has no class",
        right: '@personal(class: …, category: "…") on the field',
      },
    ],
  },
  {
    promise: "a field of class P2 without a release rule",
    breaks: (it) =>
      it.edit(
        civil,
        '@release(purposes: ["benefit-payment", "eligibility-assessment"], bases: [LEGAL_OBLIGATION, PUBLIC_TASK])\n',
        "\n",
      ),
    says: [
      {
        file: civil,
        at: "vitalStatus: VitalStatus",
        wrong: "Person.vitalStatus is of class P2 and has no release rule",
        right: "@release(purposes: […], bases: […]) on the field or its type",
      },
    ],
  },
  {
    promise: "a field of class P2 that is non-null",
    breaks: (it) => it.edit(civil, "fullName: String @personal", "fullName: String! @personal"),
    says: [
      {
        file: civil,
        at: "fullName: String!",
        wrong: "Identity.fullName is of class P2 and non-null",
        right: "a nullable type: what is not released is null",
      },
    ],
  },
  {
    promise: "a second owner of a type with personal fields",
    breaks: (it) =>
      it.append(
        food,
        `type Identity @release(purposes: ["enrolment"], bases: [PUBLIC_TASK]) {\n  "A name."\n  nickname: String ${withClass}\n}\n`,
      ),
    says: [
      {
        file: food,
        at: "type Identity",
        wrong: "@release on Identity, which belongs to org:civil",
        right: "rules on the ministry's own fields",
      },
      {
        file: food,
        at: "nickname",
        wrong: "Identity belongs to org:civil; org:food cannot own Identity.nickname",
        right: "a type of its own, or @external where @requires needs the field",
      },
    ],
  },
  {
    promise: "a second owner of a person's field",
    breaks: (it) =>
      it.edit(
        farm,
        "ref: PersonRef!\n",
        `ref: PersonRef!\n  "Again."\n  identity: FarmInputEnrolment ${withClass} @release(purposes: ["enrolment"], bases: [CONSENT])\n`,
      ),
    says: [
      {
        file: farm,
        at: "identity:",
        wrong: "Person.identity belongs to org:civil; org:farm cannot own Person.identity",
        right: "a type of its own, or @external where @requires needs the field",
      },
    ],
  },
  {
    promise: "a subgraph that weakens another's rule",
    breaks: (it) =>
      it.append(
        food,
        `type VitalStatus {\n  finding: VitalFinding @external @release(purposes: ["enrolment"], bases: [CONSENT])\n}\n`,
      ),
    says: [
      {
        file: food,
        at: "finding:",
        wrong: "@release on VitalStatus.finding, which belongs to another",
        right: "no rule on it: its owner's holds",
      },
    ],
  },
  {
    promise: "a rule on Person, which would rule everybody's fields",
    breaks: (it) =>
      it.edit(
        pay,
        'type Person @key(fields: "ref")',
        'type Person @key(fields: "ref") @release(purposes: ["enrolment"], bases: [CONSENT])',
      ),
    says: [
      {
        file: pay,
        at: "type Person",
        wrong: "@release on Person would rule other ministries' fields",
        right: "rules on the ministry's own fields",
      },
    ],
  },
  {
    promise: "a ministry that adds a value to another's closed list",
    breaks: (it) => it.append(farm, '"Mine."\nenum ScoreThreshold {\n  ELIGIBLE_2026\n  S38\n}\n'),
    says: [
      {
        file: farm,
        at: "enum ScoreThreshold",
        wrong: "ScoreThreshold differs from what org:cash defines",
        right: "the definition of subgraphs/cash/schema.graphql, word for word",
      },
    ],
  },
  {
    promise: "a ministry that defines a type of the prelude again",
    breaks: (it) => it.append(pay, '"All ages."\nenum YearsThreshold {\n  Y1\n}\n'),
    says: [
      {
        file: pay,
        at: "enum YearsThreshold",
        wrong: "YearsThreshold is defined again",
        right: "the prelude's definition alone",
      },
    ],
  },
  {
    promise: "an entity that is not a person",
    breaks: (it) =>
      it.edit(pay, "type Payment implements Sourced", 'type Payment implements Sourced @key(fields: "dueOn")'),
    says: [
      {
        file: pay,
        at: "type Payment implements",
        wrong: "@key on Payment (dueOn)",
        right: 'only Person @key(fields: "ref")',
      },
    ],
  },
  {
    promise: "a purpose that nobody knows, in a release rule",
    breaks: (it) =>
      it.edit(
        food,
        '@release(purposes: ["eligibility-assessment"], bases: [PUBLIC_TASK]) {',
        '@release(purposes: ["marketing"], bases: [PUBLIC_TASK]) {',
      ),
    says: [
      {
        file: food,
        at: '@release(purposes: ["marketing"]',
        wrong: "marketing is not a purpose",
        right: purposes,
      },
    ],
  },
  {
    promise: "statistics that would see persons",
    breaks: (it) =>
      it.edit(
        food,
        '@release(purposes: ["eligibility-assessment"], bases: [PUBLIC_TASK]) {',
        '@release(purposes: ["official-statistics"], bases: [PUBLIC_TASK]) {',
      ),
    says: [
      {
        file: food,
        at: '@release(purposes: ["official-statistics"]',
        wrong: "official-statistics never sees a person",
        right: "mode: AGGREGATE for official-statistics",
      },
    ],
  },
  {
    promise: "a predicate that returns the value",
    breaks: (it) => it.edit(cash, "): Answer\n", "): Decimal\n"),
    says: [
      {
        file: cash,
        at: "povertyScoreBelow",
        wrong: "CashTransferEnrolment.povertyScoreBelow is released as a predicate and returns Decimal",
        right: "a closed answer (Answer, Match or an enum), or another mode",
      },
    ],
  },
  {
    promise: "an unresolved value that the field cannot answer",
    breaks: (it) => it.edit(civil, 'unresolved: "UNRESOLVED_IDENTITY"', 'unresolved: "UNKNOWN"'),
    says: [
      {
        file: civil,
        at: "finding:",
        wrong: "VitalStatus.finding cannot answer UNKNOWN",
        right: "one of: DECEASED, NO_DEATH_RECORD, UNRESOLVED_IDENTITY",
      },
    ],
  },
  {
    promise: "a filter that was not declared",
    breaks: (it) => it.edit(cash, "district: String! @filterable(by: [EQ])", "district: String!"),
    says: [
      {
        file: cash,
        at: "district: String!",
        wrong: "Query.cashTransferEnrolments(district:) is not declared as a filter",
        right: "@filterable(by: […]) on it",
      },
    ],
  },
  {
    promise: "a list without pages",
    breaks: (it) => it.edit(cash, "first: Int!", "first: Int = 100000"),
    says: [
      {
        file: cash,
        at: "cashTransferEnrolments(",
        wrong: "Query.cashTransferEnrolments is not paged",
        right: "(…, first: Int!, after: String) and a nullable page { nodes pageInfo }",
      },
    ],
  },
  {
    promise: "a field without a description",
    breaks: (it) => it.edit(pay, '"The programme that paid."\n', "\n"),
    says: [
      {
        file: pay,
        at: "programme: String",
        wrong: "Payment.programme has no description",
        right: "a first sentence that a citizen understands",
      },
    ],
  },
  {
    promise: "a field without a label in one of the languages",
    breaks: (it) => it.edit("subgraphs/pay/labels.fr.yaml", '  Payment.dueOn: "Échéance"\n', ""),
    says: [
      {
        file: "subgraphs/pay/labels.fr.yaml",
        at: "labels:",
        wrong: "Payment.dueOn has no label",
        right: 'Payment.dueOn: "…"',
      },
    ],
  },
  {
    promise: "a mapping without a field",
    breaks: (it) =>
      it.edit("subgraphs/food/adapter.yaml", "      since:", "      colour: { column: Color }\n      since:"),
    says: [
      {
        file: "subgraphs/food/adapter.yaml",
        at: "      colour:",
        wrong: "FoodSupportEnrolment.colour is mapped and not in the schema",
        right: "a field of schema.graphql in the same folder",
      },
    ],
  },
  {
    promise: "a field without a mapping",
    breaks: (it) =>
      it.edit("subgraphs/farm/adapter.yaml", "      since: { column: Registered on, date: [iso, excel] }\n", ""),
    says: [
      {
        file: "subgraphs/farm/adapter.yaml",
        at: "  FarmInputEnrolment:",
        wrong: "FarmInputEnrolment.since has no mapping",
        right: "types: { FarmInputEnrolment: { fields: { since: … } } }",
      },
    ],
  },
];

test.each([...schemas])("refused, with place and remedy: $promise", async (broken) => {
  const { said, wanted } = await tryBroken(broken);
  expect(said).toEqual(wanted);
});
