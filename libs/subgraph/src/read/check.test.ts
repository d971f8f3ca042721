import { readdirSync, readFileSync } from "node:fs";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { expect, test } from "vitest";
import { parseStrictYaml, type Scheme } from "#libs/terms";
import { checkAdapterConfig, parseAdapterConfig } from "./check.js";
import { adapterJsonSchema } from "./config.js";
import { subgraphSchema } from "./schema.js";

const contracts = new URL("../../../../contracts/", import.meta.url);
const read = (file: string) => readFileSync(new URL(file, contracts), "utf8");
const scheme = (name: string): Scheme => ({
  name,
  pattern: /^\w+$/,
  normalise: ["trim"],
  decoys: { from: "0", to: "9" },
});
const schemes = new Map(
  [
    "nid",
    "cash-no",
    "disability-no",
    "food-no",
    "farm-no",
    "pay-no",
    "pupil-no",
    "insurance-no",
    "patient-no",
    "jobseeker-no",
  ].map((name) => [name, scheme(name)]),
);
/** Everybody who is asked anything; the gateway answers for `weft` itself. */
const ministries = readdirSync(new URL("subgraphs", contracts)).filter((name) => name !== "weft");

const schemaOf = (ministry: string) =>
  subgraphSchema(`${read("prelude.graphql")}\n${read(`subgraphs/${ministry}/schema.graphql`)}`);
const yamlOf = (ministry: string) => read(`subgraphs/${ministry}/adapter.yaml`);
const problemsOf = (ministry: string, yaml: string) =>
  checkAdapterConfig(parseStrictYaml(yaml), schemaOf(ministry), schemes).problems;

test.each(ministries)("the sandbox's mapping of %s fits its schema", (ministry) => {
  expect(problemsOf(ministry, yamlOf(ministry))).toEqual([]);
});

const broken: readonly (readonly [string, string, string | RegExp, string, RegExp])[] = [
  [
    "a list of codes that is not there",
    "cash",
    "codes: standing }\n      since",
    "codes: standings }\n      since",
    /status\.codes: no list standings/,
  ],
  ["a code for a value that the enum does not have", "cash", "EXITED", "LEFT", /"LEFT" is no EnrolmentStatus/],
  ["a threshold too few", "cash", ", NEAR_POOR_2026: 52", "", /threshold: other values than ScoreThreshold has/],
  ["an unknown scheme", "cash", "scheme: cash-no", "scheme: cache-no", /identifiers\.1\.scheme: scheme cache-no/],
  [
    "a field without a mapping",
    "cash",
    /^ {6}householdSize.*\n/m,
    "",
    /CashTransferEnrolment\.householdSize has no mapping/,
  ],
  ["a mapping without a field", "civil", "dateOfBirth:", "birthday:", /birthday: a mapping without a field/],
  ["an unwritable date", "cash", "date: yyyyMMdd }", "date: yyMMdd }", /asOf|date/],
  [
    "a finding that the enum does not have",
    "civil",
    "found: DECEASED",
    "found: DEAD",
    /found: "DEAD" is no VitalFinding/,
  ],
  ["a claim that nobody makes", "civil", "claimed.fullName", "said.fullName", /match\.with: no argument said/],
  ["a member that the format does not have", "food", "duplicates: withhold", "duplicate: withhold", /duplicate/],
  [
    "SQL for a register file",
    "food",
    "duplicates: withhold",
    'duplicates: withhold\n    where: "x = 1"',
    /Person\.where: SQL where there is none/,
  ],
  ["a file that is not there", "food", "from: REGISTRUM", "from: REGISTER", /files: no file REGISTER/],
  [
    "two identifiers and nothing that looks them up",
    "disability",
    "      identify:",
    "      page:",
    /more than one identifier and no `identify`/,
  ],
  [
    "a payment joined on what is no identifier",
    "pay",
    "payees.payee_no",
    "payees.mobile",
    /Payment\.on: a column that is no identifier/,
  ],
  [
    "a day that does not sort",
    "pay",
    "date: iso, test: atLeast",
    "date: dd/MM/yyyy, test: atLeast",
    /date: days that do not sort as text/,
  ],
];

test.each(broken)("refused: %s", (_what, ministry, from, to, want) => {
  const yaml = yamlOf(ministry);
  const changed = yaml.replace(from, to);
  expect(changed).not.toBe(yaml);
  const lines = problemsOf(ministry, changed).map(({ at, wrong }) => `${at.join(".")}: ${wrong}`);
  expect(lines.join("\n")).toMatch(want);
  expect(() => parseAdapterConfig(parseStrictYaml(changed), schemaOf(ministry), schemes)).toThrow(
    "The contracts are not valid.",
  );
});

test("contracts/schemas/adapter.schema.json is what the code says, and takes the sandbox's mappings", () => {
  const committed = JSON.parse(read("schemas/adapter.schema.json")) as object;
  expect(committed).toEqual(JSON.parse(JSON.stringify(adapterJsonSchema())));
  const validate = addFormats.default(new Ajv2020.default({ strict: false })).compile(committed);
  for (const ministry of ministries)
    expect([ministry, validate(parseStrictYaml(yamlOf(ministry)))]).toEqual([ministry, true]);
  expect(validate(parseStrictYaml(yamlOf("food").replace("duplicates:", "duplicate:")))).toBe(false);
});
