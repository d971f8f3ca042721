import { expect, test } from "vitest";
import { type Broken, tryBroken } from "./broken.fixture.js";

const cash = "subgraphs/cash/schema.graphql";
const food = "subgraphs/food/schema.graphql";
const pay = "subgraphs/pay/schema.graphql";

const known = "only @key, @inaccessible, @external, @requires, @personal, @release, @filterable, @finding, @deprecated";
const features: readonly Broken[] = [
  "@interfaceObject",
  "@shareable",
  '@override(from: "civil")',
  "@tag(name: x)",
  "@authenticated",
].map((directive) => ({
  promise: `${directive}, which is not supported`,
  breaks: (it) =>
    it.edit(
      food,
      "type FoodSupportEnrolment implements Enrolment & Sourced",
      `type FoodSupportEnrolment implements Enrolment & Sourced ${directive}`,
    ),
  says: [
    { file: food, at: "type FoodSupportEnrolment", wrong: `${directive.split("(")[0]} is not supported`, right: known },
  ],
}));

const moreFeatures: readonly Broken[] = [
  {
    promise: "@fromContext, which is not supported",
    breaks: (it) => it.edit(pay, "account: String!", 'account: String! @fromContext(field: "$a b")'),
    says: [{ file: pay, at: "account: String!", wrong: "@fromContext is not supported", right: known }],
  },
  {
    promise: "@provides, by which one ministry would answer another's field",
    breaks: (it) => it.edit(cash, "person: Person @personal", 'person: Person @provides(fields: "id") @personal'),
    says: [{ file: cash, at: "person: Person", wrong: "@provides is not supported", right: known }],
  },
  {
    promise: "a subscription",
    breaks: (it) =>
      it.append(
        food,
        'type Subscription {\n  "Each change."\n  changes: String @personal(class: P0, category: "none")\n}\n',
      ),
    says: [
      {
        file: food,
        at: "type Subscription",
        wrong: "subscriptions are not supported",
        right: "fields of Query: Weft only reads",
      },
    ],
  },
  {
    promise: "@defer, defined by a ministry",
    breaks: (it) => it.append(food, "directive @defer on FIELD_DEFINITION\n"),
    says: [{ file: food, at: "directive @defer", wrong: "defines @defer", right: "the prelude's directives only" }],
  },
];

test.each([...features, ...moreFeatures])("refused, with place and remedy: $promise", async (broken) => {
  const { said, wanted } = await tryBroken(broken);
  expect(said).toEqual(wanted);
});
