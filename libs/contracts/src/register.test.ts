import { digestOf } from "#libs/terms";
import { stripIgnoredCharacters } from "graphql";
import { afterEach, beforeEach, expect, test } from "vitest";
import { signDetached } from "./detached-jws.js";
import { problemsOf } from "./broken.fixture.js";
import { loadContracts } from "./load.js";
import { type ContractsCopy, copyOrvanda, orvandaKey, orvandaKeys, trusting } from "./orvanda.fixture.js";
import { registerOperation, suspendOperation } from "./register.js";
import { signRegistry } from "./sign.js";

const agreement = "dsa-civil-welfare-2026";
const text = `query Vital($who: PersonKey!) {
  person(key: $who) {
    vitalStatus {
      finding
    }
  }
}
`;
const digest = digestOf(stripIgnoredCharacters(text));
const file = `agreements/${agreement}/operations/vital.graphql`;
const signature = `agreements/${agreement}/signatures/operations/vital.jws`;
const suspension = `agreements/${agreement}/signatures/operations/vital.suspended.jws`;
const consumer = orvandaKey("welfare-agreement-1");
const provider = orvandaKey("civil-agreement-1");

let folder: ContractsCopy;
beforeEach(async () => void (folder = await copyOrvanda()));
afterEach(() => folder.close());

const register = (change: object = {}, key = consumer) =>
  registerOperation(folder.dir, { agreement, name: "vital", text, ...change }, key);
const signed = async () => {
  await signRegistry(folder.dir, orvandaKeys.authority);
  const { agreements } = await loadContracts(folder.dir, { ...trusting, compose: false });
  return agreements.find((it) => it.agreement.agreement === agreement)!;
};

test("a consumer registers an operation within the grant, by its signature alone", async () => {
  expect(await register()).toEqual([file, signature]);
  const { operations, suspended, registered } = await signed();
  expect([...operations]).toEqual([digest]);
  expect([...suspended!]).toEqual([]);
  expect(registered).toEqual([{ name: "vital", text: stripIgnoredCharacters(text), suspended: false }]);
});

test("the provider suspends it by its own signature, and nobody else does", async () => {
  await register();
  await expect(suspendOperation(folder.dir, agreement, "vital", consumer)).rejects.toThrow(/no such key/);
  expect(await suspendOperation(folder.dir, agreement, "vital", provider)).toBe(suspension);
  const { operations, suspended } = await signed();
  expect([[...operations], [...suspended!]]).toEqual([[], [digest]]);
  await folder.write(suspension, await folder.read(signature));
  expect(await problemsOf(folder.dir)).toMatchObject([{ file: suspension, line: 1 }]);
});

test.each([
  ["a field that is not granted", { text: text.replace("finding", "finding asOf recordedOn") }, /recordedOn/],
  [
    "a field granted for no one purpose together with the others",
    { text: text.replace("vitalStatus", "identity { dateOfBirth } vitalStatus") },
    /Identity.dateOfBirth is not within the grant|not within the grant/,
  ],
  [
    "nothing of the provider",
    { text: "query Q($who: PersonKey!) { person(key: $who) { id } }" },
    /asks nothing of org:civil/,
  ],
  [
    "a literal",
    { text: text.replace("($who: PersonKey!)", "").replace("$who", '{ value: "1" }') },
    /key holds a literal/,
  ],
  ["what is no GraphQL", { text: "query {" }, /Syntax Error/],
  ["another's name", { name: "../vital" }, /is named in small letters/],
])("not registered, and nothing written: %s", async (_what, change, says) => {
  await expect(register(change)).rejects.toMatchObject({ detail: expect.stringMatching(says) as unknown });
  await expect(folder.read(file)).rejects.toThrow(/ENOENT/);
});

test("not registered with the provider's key, or a stranger's", async () => {
  for (const key of [provider, orvandaKey("bank-agreement-1")])
    await expect(register({}, key)).rejects.toThrow(/no such key/);
});

test.each([
  [
    "unsigned",
    () => folder.remove(signature),
    { file: signature, wrong: `is missing: org:welfare has not signed ${file}` },
  ],
  [
    "altered",
    () => folder.edit(file, "finding", "finding source"),
    { file: signature, wrong: `does not fit ${file}: the operation was altered after signing` },
  ],
  [
    "signed for another agreement",
    async () => {
      const other = "dsa-disability-welfare-2026";
      const disability = text.replace("vitalStatus", "disability").replace("finding", "meetsStatutoryLevel");
      await registerOperation(folder.dir, { agreement: other, name: "vital", text: disability }, consumer);
      await folder.write(signature, await folder.read(`agreements/${other}/signatures/operations/vital.jws`));
    },
    { file: signature, wrong: `does not fit ${file}: the operation was altered after signing` },
  ],
  [
    "gone, its signature left behind",
    () => folder.remove(file),
    { file: signature, wrong: "signs an operation that is not there" },
  ],
])("a folder does not serve in which an operation is %s, whoever signed the folder", async (_what, breaks, problem) => {
  await register();
  await breaks();
  await signRegistry(folder.dir, orvandaKeys.authority);
  expect(await problemsOf(folder.dir)).toMatchObject([{ ...problem, line: 1, right: expect.any(String) as unknown }]);
});

test("a signature does not make an operation that is too wide serve", async () => {
  await register();
  const wide = text.replace(
    "vitalStatus {",
    "identity {\n      dateOfBirth\n      ageAtLeast(years: $l0)\n    }\n    vitalStatus {",
  );
  const withVariable = wide.replace("($who: PersonKey!)", "($who: PersonKey!, $l0: YearsThreshold!)");
  await folder.write(file, withVariable);
  const json = { agreement, operation: stripIgnoredCharacters(withVariable) };
  const signer = { kid: "welfare-agreement-1", key: consumer };
  await folder.write(signature, await signDetached("operation+jws", json, signer));
  await signRegistry(folder.dir, orvandaKeys.authority);
  const [problem, ...more] = await problemsOf(folder.dir);
  expect(problem).toMatchObject({
    file,
    wrong: expect.stringMatching(/^\w+\.\w+ is not within the grant$/) as unknown,
  });
  expect(problem!.line).toBeGreaterThan(2);
  expect(more.length).toBeLessThan(3);
});

const cash = "dsa-cash-welfare-2026";
const poverty = (threshold: string, more = "") =>
  `query Poverty($who: PersonKey!${more}) {
  person(key: $who) {
    cashTransfer {
      povertyScoreBelow(threshold: ${threshold})
    }
  }
}
`;
const lifted = poverty("$l0", ", $l0: ScoreThreshold!");
const place = "CashTransferEnrolment.povertyScoreBelow(threshold:)";
const registerWritten = (written: string) =>
  register({ agreement: cash, name: "poverty", text: lifted, written: { file: "poverty.graphql", text: written } });

test.each([
  ["a literal", poverty("NEAR_POOR_2026"), 4],
  ["a variable's default", poverty("$t", ", $t: ScoreThreshold = NEAR_POOR_2026"), 4],
  [
    "one of two, beside one that is granted",
    poverty("ELIGIBLE_2026").replace("    }\n", "      near: povertyScoreBelow(threshold: NEAR_POOR_2026)\n    }\n"),
    5,
  ],
])(
  "a value that the grant has narrowed away is told where it stands, and nothing is written: %s",
  async (_what, written, line) => {
    await expect(registerWritten(written)).rejects.toMatchObject({
      problems: [
        {
          file: "poverty.graphql",
          line,
          wrong: `${place} holds NEAR_POOR_2026, which is not granted for eligibility-assessment`,
          right: "one of: ELIGIBLE_2026",
        },
      ],
    });
    await expect(folder.read(`agreements/${cash}/operations/poverty.graphql`)).rejects.toThrow(/ENOENT/);
  },
);

test("a value that the grant leaves is registered, and one that comes with each question is judged with it", async () => {
  for (const written of [poverty("ELIGIBLE_2026"), lifted.replaceAll("l0", "mine")])
    expect(await registerWritten(written)).toHaveLength(2);
});
