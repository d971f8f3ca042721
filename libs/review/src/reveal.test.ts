import fc from "fast-check";
import { expect, test } from "vitest";
import { parseOrgId, parsePartyId } from "#libs/terms";
import { RevealAction, type Role } from "./api.js";
import { actionsOf, nextState, type RevealCase } from "./reveal.js";

const welfare = parseOrgId("org:welfare");
const civil = parseOrgId("org:civil");
const at = new Date(0);

function personOf(organisation: typeof welfare, name: string, ...roles: Role[]) {
  return { organisation, officer: parsePartyId(`officer:${name}`), roles };
}
const dpo = personOf(welfare, "w-dpo", "dpo");
const otherDpo = personOf(welfare, "w-dpo-b", "dpo");
const second = personOf(welfare, "w-second", "second-reviewer");
const both = personOf(welfare, "w-both", "dpo", "second-reviewer");
const asker = personOf(civil, "c-dpo", "dpo", "second-reviewer", "authority");
const stranger = personOf(parseOrgId("org:bank"), "b-dpo", "dpo");
const everybody = [dpo, otherDpo, second, both, asker, stranger];

function askedBy(who: typeof dpo): RevealCase {
  return {
    id: "r",
    asker: who,
    consumer: welfare,
    officer: parsePartyId("officer:8c1"),
    of: 7,
    reason: "complaint",
    case: "i-1",
    purpose: "audit",
    state: "asked",
    due: at,
    outcome: undefined,
    steps: [{ step: "asked", by: who.officer, at, record: 1 }],
  };
}

function take(reveal: RevealCase, action: RevealAction, who: typeof dpo): RevealCase {
  const step = nextState(reveal, action, who);
  return { ...reveal, state: step, steps: [...reveal.steps, { step, by: who.officer, at, record: 2 }] };
}

test("the officer's house decides in two persons, and its data-protection officer alone sees the number", () => {
  const approved = take(take(askedBy(asker), "accept", dpo), "approve", second);
  expect(actionsOf(approved, dpo)).toEqual(["show"]);
  expect(actionsOf(approved, second)).toEqual([]);
  expect(take(take(approved, "show", dpo), "answer", dpo).state).toBe("answered");
});

test("who asks, and whom it does not concern, decide nothing", () => {
  for (const action of RevealAction.options) {
    expect(() => nextState(askedBy(asker), action, asker)).toThrow("This needs another role.");
    expect(() => nextState(askedBy(asker), action, stranger)).toThrow("There is nothing here.");
  }
});

test("a data-protection officer who asks about their own house needs two more eyes as well", () => {
  const accepted = take(askedBy(both), "accept", both);
  expect(() => nextState(accepted, "approve", both)).toThrow("A second person decides this.");
  expect(() => nextState(take(askedBy(both), "accept", dpo), "approve", both)).toThrow("A second person decides this.");
  expect(nextState(accepted, "approve", second)).toBe("approved");
});

test("however people try, no number is shown that two of the house have not agreed to", () => {
  const attempt = fc.tuple(fc.constantFrom(...RevealAction.options), fc.constantFrom(...everybody));
  fc.assert(
    fc.property(fc.constantFrom(...everybody), fc.array(attempt, { maxLength: 12 }), (who, attempts) => {
      let reveal = askedBy(who);
      for (const [action, by] of attempts) {
        try {
          reveal = take(reveal, action, by);
        } catch {
          continue;
        }
      }
      const of = (step: string) => reveal.steps.find((one) => one.step === step)?.by;
      if (of("shown") === undefined) return;
      expect(of("approved")).toBeDefined();
      expect(new Set([of("accepted"), of("approved")]).size).toBe(2);
      expect(of("approved")).not.toBe(who.officer);
      expect(of("shown")).not.toBe(of("approved"));
      expect([dpo, otherDpo, second, both].map(({ officer }) => officer)).toContain(of("approved"));
    }),
  );
});
