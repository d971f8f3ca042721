import fc from "fast-check";
import { expect, test } from "vitest";
import { parseOrgId, parsePartyId } from "#libs/terms";
import { emergencyReview } from "./emergency.js";
import type { InvestigationCase } from "./investigation.js";

const [clinic, disability] = ["org:clinic", "org:disability"].map(parseOrgId) as [never, never];
const officer = parsePartyId("officer:dpo");
const HOUR = 3_600_000;
const broken = new Date("2026-11-22T10:00:00Z");
const after = (hours: number) => new Date(broken.getTime() + hours * HOUR);
const emergency = { consumer: clinic, records: [7], due: after(72) };

function investigation(change: Partial<InvestigationCase>, confirmed?: Date): InvestigationCase {
  const step = { house: clinic, by: officer, record: 1 };
  return {
    id: "i",
    house: clinic,
    consumer: clinic,
    of: [7],
    alert: undefined,
    reason: "break-glass",
    case: "i-1",
    purpose: "audit",
    state: confirmed ? "closed" : "open",
    to: undefined,
    due: undefined,
    reply: undefined,
    outcome: confirmed ? "justified" : undefined,
    steps: [
      { step: "opened", at: after(1), ...step },
      ...(confirmed ? [{ step: "confirmed" as const, at: confirmed, ...step }] : []),
    ],
    ...change,
  };
}

test("nobody looked: it waits for 72 hours, and is overdue from then on", () => {
  expect(emergencyReview(emergency, [], after(72))).toBe("waiting");
  expect(emergencyReview(emergency, [], after(72.01))).toBe("overdue");
});

test("to have begun is not to have looked", () => {
  expect(emergencyReview(emergency, [investigation({})], after(73))).toBe("overdue");
  expect(emergencyReview(emergency, [investigation({ state: "proposed", outcome: "justified" })], after(73))).toBe(
    "overdue",
  );
});

test("the house closed it, in time or late", () => {
  expect(emergencyReview(emergency, [investigation({}, after(71))], after(100))).toBe("reviewed");
  expect(emergencyReview(emergency, [investigation({}, after(80))], after(100))).toBe("late");
  expect(emergencyReview(emergency, [investigation({}, after(80)), investigation({}, after(70))], after(100))).toBe(
    "reviewed",
  );
});

test("what another house found, or what was found of another access, is not its review", () => {
  expect(emergencyReview(emergency, [investigation({ house: disability }, after(2))], after(73))).toBe("overdue");
  expect(emergencyReview(emergency, [investigation({ of: [8] }, after(2))], after(73))).toBe("overdue");
});

test("time alone never makes a review undone, nor a late one timely", () => {
  fc.assert(
    fc.property(fc.nat(200), fc.nat(200), fc.nat(200), (closed, first, later) => {
      const all = [investigation({}, after(closed))];
      const known = emergencyReview(emergency, all, after(Math.max(closed, first)));
      expect(emergencyReview(emergency, all, after(Math.max(closed, first) + later))).toBe(known);
      expect(known).toBe(closed > 72 ? "late" : "reviewed");
    }),
  );
});
