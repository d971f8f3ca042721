import fc from "fast-check";
import { expect, test } from "vitest";
import { isJoined, type JoinFacts, joinSteps, stepNames } from "./state.js";
import { stepsInWords } from "./status.js";

const nothing: JoinFacts = {
  ministry: "health",
  places: { contracts: "contracts", keys: "keys", env: "adapter.env" },
  ownKeys: [],
  admitted: null,
  drafted: false,
  asks: 0,
  opened: [],
  problems: { count: 0, first: "" },
  agreements: [],
  isSigned: true,
  missing: null,
  account: undefined,
  adapter: null,
  version: 7,
  gateway: false,
};
const agreement = { id: "dsa-health-welfare", consumer: "org:welfare", hasSigned: false, isCountersigned: false };

/** What becomes true, one after the other, and what is next after it, and whose turn that is. */
const way: readonly (readonly [becomes: Partial<JoinFacts>, next: string, by: RegExp, command: RegExp])[] = [
  [{}, "keys", /^the ministry$/, /^weft keys new --as org:health --use agreement /],
  [{ ownKeys: ["agreement"] }, "keys", /^the ministry$/, /--use adapter /],
  [{ ownKeys: ["adapter", "agreement"] }, "admission", /authority/, /^weft registry admit keys\/application\.yaml /],
  [{ admitted: { keyUses: ["agreement", "adapter"], adapter: false } }, "admission", /authority/, /admit/],
  [{ admitted: { keyUses: ["agreement", "adapter"], adapter: true } }, "draft", /ministry/, /^weft adapter draft /],
  [{ drafted: true, asks: 3, isSigned: false }, "opening", /ministry/, /schema\.graphql$/],
  [
    { opened: ["enrolment"], problems: { count: 2, first: "x:1: wrong" } },
    "check",
    /ministry/,
    /^weft contract check /,
  ],
  [{ problems: { count: 0, first: "" } }, "account", /administrator/, /^weft adapter grants health /],
  [{ account: { count: 1, first: "the account is a superuser" } }, "account", /administrator/, /grants/],
  [{ account: { count: 0, first: "" } }, "agreement", /consumer/, /^weft agreement new ID .*--purpose enrolment /],
  [{ agreements: [agreement] }, "signature", /^the ministry$/, /^weft agreement sign dsa-health-welfare /],
  [
    { agreements: [{ ...agreement, hasSigned: true }] },
    "countersignature",
    /^org:welfare$/,
    /^weft agreement countersign dsa-health-welfare --as org:welfare /,
  ],
  [
    { agreements: [{ ...agreement, hasSigned: true, isCountersigned: true }] },
    "publication",
    /authority/,
    /^weft registry sign /,
  ],
  [{ isSigned: true }, "machine", /gateways/, /^weft join prepare health /],
  [{ missing: ["WEFT_SEAL_KEYS_FILE"] }, "machine", /gateways/, /prepare/],
  [{ missing: [] }, "adapter", /ministry/, /^weft adapter run --env adapter\.env$/],
  [{ adapter: { stops: ["The system does not answer."], contracts: 7, served: 0 } }, "adapter", /ministry/, /run/],
  [{ adapter: { stops: [], contracts: 7, served: 0 } }, "gateway", /gateways/, /bring/],
  [{ gateway: true }, "first question", /consumer/, /ask/],
];

test("what is next on the way follows from what is true, with whose turn it is and the command that does it", () => {
  let facts = nothing;
  for (const [becomes, name, by, command] of way) {
    facts = { ...facts, ...becomes };
    const steps = joinSteps(facts);
    const next = steps.find(({ state }) => state === "next");
    expect(next?.name, JSON.stringify(becomes)).toBe(name);
    expect(next?.by).toMatch(by);
    expect(next?.command).toMatch(command);
    expect(isJoined(steps), name).toBe(name === "first question");
    expect(stepsInWords("health", steps)).toContain(`Now ${next?.by}: ${name}\n  ${next?.command}`);
  }
  const asked = joinSteps({ ...facts, adapter: { stops: [], contracts: 7, served: 1 } });
  expect(asked.every(({ state }) => state === "done")).toBe(true);
  expect(stepsInWords("health", asked)).toMatch(/org:health has joined\.$/);
});

test("what nobody was told where to look is not taken for done", () => {
  const facts = way.reduce((before, [becomes]) => ({ ...before, ...becomes }), nothing);
  const steps = joinSteps({ ...facts, gateway: undefined, adapter: undefined, missing: undefined });
  expect(isJoined(steps)).toBe(false);
  expect(steps.filter(({ state }) => state !== "done").map(({ name, state }) => [name, state])).toEqual([
    ["machine", "next"],
    ["adapter", "unknown"],
    ["gateway", "unknown"],
    ["first question", "unknown"],
  ]);
});

const maybe = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: undefined });
const anyFacts: fc.Arbitrary<JoinFacts> = fc.record({
  ministry: fc.constant("health"),
  places: fc.constant(nothing.places),
  ownKeys: maybe(fc.subarray(["agreement", "adapter", "issuer"])),
  admitted: fc.option(fc.record({ keyUses: fc.subarray(["agreement", "adapter"]), adapter: fc.boolean() })),
  drafted: fc.boolean(),
  asks: fc.nat(3),
  opened: fc.subarray(["enrolment", "referral"]),
  problems: fc.record({ count: fc.nat(2), first: fc.constant("x") }),
  agreements: fc.array(
    fc.record({
      id: fc.constantFrom("a", "b"),
      consumer: fc.constant("org:welfare"),
      hasSigned: fc.boolean(),
      isCountersigned: fc.boolean(),
    }),
    { maxLength: 2 },
  ),
  isSigned: fc.boolean(),
  missing: fc.oneof(fc.constant(undefined), fc.constant(null), fc.subarray(["WEFT_PINS_FILE"])),
  account: maybe(fc.record({ count: fc.nat(1), first: fc.constant("x") })),
  adapter: fc.oneof(
    fc.constant(undefined),
    fc.constant(null),
    fc.record({ stops: fc.subarray(["x"]), contracts: fc.nat(9), served: fc.nat(2) }),
  ),
  version: fc.nat(9),
  gateway: fc.oneof(fc.constant(undefined), fc.constant(null), fc.boolean()),
});

test("whatever is true: every step once, in its order, exactly one is next unless all are done, and each that is not done says how", () => {
  fc.assert(
    fc.property(anyFacts, (facts) => {
      const steps = joinSteps(facts);
      expect(steps.map(({ name }) => name)).toEqual([...stepNames]);
      const open = steps.filter(({ state }) => state !== "done");
      expect(open.filter(({ state }) => state === "next").length).toBe(open.length === 0 ? 0 : 1);
      expect(open[0]?.state ?? "next").toBe("next");
      for (const { command, by, says } of open) expect([command, by, says].every((text) => text)).toBe(true);
      if (isJoined(steps)) expect(facts.isSigned && facts.gateway && facts.problems.count === 0).toBe(true);
    }),
  );
});
