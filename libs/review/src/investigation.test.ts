import fc from "fast-check";
import { expect, test } from "vitest";
import { parseOrgId, parsePartyId } from "#libs/terms";
import type { Role } from "./api.js";
import {
  afterStep,
  type InvestigationCase,
  investigationActions,
  isOverdue,
  isVisibleTo,
  nextStep,
} from "./investigation.js";
import { InvestigationAction, type InvestigationActionRequest } from "./investigations-api.js";

const [civil, welfare, dpa] = ["org:civil", "org:welfare", "org:dpa"].map(parseOrgId) as [never, never, never];
const at = new Date("2026-11-22T10:00:00Z");
const later = new Date("2026-12-22T10:00:00Z");

function personOf(organisation: typeof civil, name: string, ...roles: Role[]) {
  return { organisation, officer: parsePartyId(`officer:${name}`), roles };
}
const dpo = personOf(civil, "dpo", "dpo");
const second = personOf(civil, "second", "second-reviewer");
/** The same pseudonym in another house is another person. */
const theirs = personOf(welfare, "dpo", "dpo");
const authority = personOf(dpa, "authority", "authority");
const everybody = [dpo, second, theirs, authority];

const opened: InvestigationCase = {
  id: "i",
  house: civil,
  consumer: welfare,
  of: [7],
  alert: undefined,
  reason: "unexplained-access",
  case: "i-1",
  purpose: "audit",
  state: "open",
  to: undefined,
  due: undefined,
  reply: undefined,
  outcome: undefined,
  steps: [{ step: "opened", house: civil, by: dpo.officer, at, record: 1 }],
};

const usual: Readonly<Record<InvestigationAction, InvestigationActionRequest>> = {
  ask: { to: "superior", days: 14 },
  reply: { reply: "not-explained" },
  propose: { outcome: "breach" },
  return: {},
  confirm: {},
};

function take(it: InvestigationCase, action: InvestigationAction, who: typeof dpo, now = at): InvestigationCase {
  const { state, step } = nextStep(it, action, who, now);
  const taken = { step, house: who.organisation, by: who.officer, at: now, record: it.steps.length + 1 };
  return afterStep(it, action, { state, taken }, usual[action]);
}

test("an alert to its outcome: asked, answered by the officer's house, proposed, and confirmed by another", () => {
  const asked = take(opened, "ask", dpo);
  expect(asked).toMatchObject({ to: "superior", due: new Date("2026-12-06T10:00:00Z") });
  expect(investigationActions(asked, dpo, at)).toEqual([]);
  const replied = take(asked, "reply", theirs);
  const proposed = take(replied, "propose", dpo);
  expect(() => take(proposed, "confirm", dpo)).toThrow("A second person decides this.");
  expect(take(proposed, "confirm", second)).toMatchObject({
    state: "closed",
    reply: "not-explained",
    outcome: "breach",
  });
});

test("the officer's house sees it from the moment that it is asked, and decides nothing but its answer", () => {
  expect(isVisibleTo(opened, theirs, "own")).toBe(false);
  expect(() => take(opened, "propose", theirs)).toThrow("There is nothing here.");
  const asked = take(opened, "ask", dpo);
  expect(isVisibleTo(asked, theirs, "own")).toBe(true);
  expect(investigationActions(asked, theirs, at)).toEqual(["reply"]);
  expect(isVisibleTo(asked, authority, "all")).toBe(true);
  expect(investigationActions(asked, authority, at)).toEqual([]);
});

test("who does not answer in time does not hold it up", () => {
  const asked = take(opened, "ask", dpo);
  expect(() => take(asked, "propose", dpo)).toThrow("The request is not in this state.");
  expect(isOverdue(asked, later)).toBe(true);
  expect(take(asked, "propose", dpo, later).state).toBe("proposed");
});

test("what was proposed can be returned by another person, and is then not said any more", () => {
  const proposed = take(opened, "propose", dpo);
  expect(take(proposed, "return", second)).toMatchObject({ state: "open", outcome: undefined });
});

test("a step brings what it needs and nothing else", () => {
  const taken = { step: "asked" as const, house: civil, by: dpo.officer, at, record: 2 };
  for (const brought of [{}, { to: "dpo" as const }, { ...usual.ask, outcome: "breach" as const }])
    expect(() => afterStep(opened, "ask", { state: "asked", taken }, brought)).toThrow("not well-formed");
});

test("however people try, no outcome is certain that one person alone has said", () => {
  const attempt = fc.tuple(fc.constantFrom(...InvestigationAction.options), fc.constantFrom(...everybody));
  let closed = 0;
  fc.assert(
    fc.property(fc.array(attempt, { maxLength: 14 }), (attempts) => {
      let it = opened;
      for (const [action, by] of attempts) {
        try {
          it = take(it, action, by);
        } catch {
          continue;
        }
      }
      const last = (step: string) => it.steps.findLast((one) => one.step === step);
      if (it.state !== "closed") return;
      closed++;
      expect(last("confirmed")?.by).not.toBe(last("proposed")?.by);
      expect([last("confirmed")?.house, last("proposed")?.house]).toEqual([civil, civil]);
    }),
    { numRuns: 2_000 },
  );
  expect(closed).toBeGreaterThan(10);
});
