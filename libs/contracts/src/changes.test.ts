import type { Agreement } from "#libs/policy";
import type { AgreementId, Coordinate } from "#libs/terms";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { type Change, changesBetween } from "./changes.js";
import type { Contracts } from "./contracts.js";
import { loadContracts } from "./load.js";
import { originalFolder, trusting } from "./orvanda.fixture.js";

let now: Contracts;
beforeAll(async () => {
  now = await loadContracts(originalFolder(), { ...trusting, compose: false });
});

const civil = "dsa-civil-welfare-2026" as AgreementId;
type Deep<T> = { -readonly [K in keyof T]: T[K] extends (...given: never[]) => unknown ? T[K] : Deep<T[K]> };

/** The contracts with one agreement written otherwise. */
function withAgreement(edit: (agreement: Deep<Agreement>) => void, name = civil): Contracts {
  const agreements = now.agreements.map((signed) => {
    if (signed.agreement.agreement !== name) return signed;
    const agreement = structuredClone(signed.agreement) as Deep<Agreement>;
    edit(agreement);
    return { ...signed, agreement: agreement as Agreement };
  });
  return { ...now, agreements };
}

const brief = ({ effect, of, coordinate, before, after }: Change) =>
  [effect, of, coordinate, before, after].filter((it) => it !== undefined).join(" | ");
const told = (after: Contracts, before = now) => changesBetween(before, after).map(brief);

const edits: [name: string, edit: (agreement: Deep<Agreement>) => void, said: string[], back: string[]][] = [
  [
    "a field leaves a purpose",
    (it) => void it.grants[0]!.fields["Identity"]!.splice(0, 1),
    ["takes | field | Identity.fullName"],
    ["gives | field | Identity.fullName"],
  ],
  ["a purpose leaves", (it) => void it.grants.pop(), ["takes | grant"], ["gives | grant"]],
  [
    "it is suspended",
    (it) => void (it.state = "suspended"),
    ["takes | state | active | suspended"],
    ["gives | state | suspended | active"],
  ],
  [
    "it ends sooner",
    (it) => void (it.valid.until = "2027-01-01T00:00:00Z"),
    ["takes | validity | 2026-01-01T00:00:00Z to 2027-12-31T23:59:59Z | 2026-01-01T00:00:00Z to 2027-01-01T00:00:00Z"],
    ["gives | validity | 2026-01-01T00:00:00Z to 2027-01-01T00:00:00Z | 2026-01-01T00:00:00Z to 2027-12-31T23:59:59Z"],
  ],
  [
    "more persons a request",
    (it) => void (it.limits.personsPerRequest = 5),
    ["gives | limit | personsPerRequest 1 | personsPerRequest 5"],
    ["takes | limit | personsPerRequest 5 | personsPerRequest 1"],
  ],
  [
    "operations must be registered",
    (it) => void (it.operations.mode = it.operations.mode === "within-grant" ? "registered-only" : "within-grant"),
    [expect.stringContaining(" | mode | ") as unknown as string],
    [expect.stringContaining(" | mode | ") as unknown as string],
  ],
  [
    "what was told may be kept longer",
    (it) => void (it.duties.retention = "P9Y"),
    [expect.stringMatching(/^renews \| duty \| retention .* \| retention P9Y$/) as unknown as string],
    [expect.stringMatching(/^renews \| duty \| retention P9Y /) as unknown as string],
  ],
  [
    "a field means something else",
    (it) => void (it.meaning = `sha-256:${"A".repeat(43)}` as Agreement["meaning"]),
    [expect.stringMatching(/^renews \| meaning \| /) as unknown as string],
    [expect.stringMatching(/^renews \| meaning \| /) as unknown as string],
  ],
];

test.each(edits)("%s: it is said, and so is the way back", (_name, edit, said, back) => {
  const other = withAgreement(edit);
  // A field of a record that is spelt first in the contracts.
  expect(told(other).map((line) => line.replace(/Identity\.\w+/, "Identity.fullName"))).toEqual(said);
  expect(told(now, other).map((line) => line.replace(/Identity\.\w+/, "Identity.fullName"))).toEqual(back);
});

test("what rested on law and rests on consent is taken from whoever has none, and so is what is not released on consent", () => {
  const other = withAgreement((it) => void (it.grants[0]!.basis = "consent"));
  const [basis, ...fields] = told(other);
  expect(basis).toMatch(/^takes \| basis \| public-task .* \| consent /);
  expect(fields).toContain("takes | field | VitalStatus.finding");
  expect(told(now, other).at(-1)).toMatch(/^gives \| field \| /);
});

test("an agreement that is gone takes all, a new one gives", () => {
  const without = { ...now, agreements: now.agreements.filter(({ agreement }) => agreement.agreement !== civil) };
  expect(told(without)).toEqual(["takes | agreement"]);
  expect(told(now, without)).toEqual(["gives | agreement"]);
});

test("a ministry that no longer releases a field for the purpose takes it from each agreement that grants it", () => {
  const coordinate = "VitalStatus.finding" as Coordinate;
  const rule = now.rules.get(coordinate)!;
  const closed = { ...now, rules: new Map([...now.rules, [coordinate, { ...rule, releases: [] }]]) };
  const changes = changesBetween(now, closed);
  const granting = now.agreements.filter(({ agreement }) =>
    agreement.grants.some(({ fields }) => fields["VitalStatus"]?.includes("finding")),
  );
  expect(new Set(changes.map((change) => change.agreement))).toEqual(
    new Set(granting.map(({ agreement }) => agreement.agreement)),
  );
  expect(granting.length).toBeGreaterThan(1);
  for (const change of changes) expect(change).toMatchObject({ effect: "takes", of: "field", coordinate });
});

test("whatever was edited, nothing is said of two versions that are alike, and the way back undoes what was taken and given", () => {
  // Each once: an agreement without any purpose is none.
  const some = fc.shuffledSubarray(edits.map(([, one]) => one));
  fc.assert(
    fc.property(some, (chosen) => {
      const other = withAgreement((agreement) => chosen.forEach((one) => one(agreement)));
      expect(told(other, other)).toEqual([]);
      const there = changesBetween(now, other).filter(({ effect }) => effect !== "renews");
      const back = changesBetween(other, now).filter(({ effect }) => effect !== "renews");
      const key = ({ of, coordinate, purpose }: Change) => `${of} ${purpose ?? ""} ${coordinate ?? ""}`;
      const gone = there.filter(({ effect, of }) => effect === "takes" && of !== "basis").map(key);
      const come = back.filter(({ effect }) => effect === "gives").map(key);
      expect(new Set(gone)).toEqual(new Set(come.filter((one) => gone.includes(one))));
    }),
  );
});
