import fc from "fast-check";
import { expect, test } from "vitest";
import { parseCaseId, parseOrgId, parsePartyId, type SubjectRef } from "#libs/terms";
import type { Role } from "../api.js";
import type { FoundAccess } from "./found.js";
import { requestAfter, assertMay, firstDue, monthsAfter, movesOf, type PersonRequest } from "./request.js";
import type { RequestMove } from "./request-api.js";
import { requestWork } from "./request-work.js";

const welfare = parseOrgId("org:welfare");
const civil = parseOrgId("org:civil");
const personOf = (organisation: typeof welfare, ...roles: Role[]) => ({
  organisation,
  officer: parsePartyId("officer:x"),
  roles,
});
const dpo = personOf(welfare, "dpo");
const other = personOf(civil, "dpo");
const stranger = personOf(parseOrgId("org:bank"), "dpo");
const today = "2026-11-10";

const received: PersonRequest = {
  id: "r",
  organisation: welfare,
  number: parseCaseId("r-1"),
  question: "who-looked",
  asker: "person",
  channel: "counter",
  language: "en",
  received: "2026-10-31",
  due: firstDue("2026-10-31"),
  period: { from: "2026-10-01", until: "2026-10-31" },
  subjects: ["p1.AAAAAAAAAAAAAAAAAAAA" as SubjectRef],
  state: "received",
  parts: [],
  steps: [],
};
const found = [{ index: 7 } as FoundAccess];

function take(request: PersonRequest, move: RequestMove, who: typeof dpo, day = today): PersonRequest {
  assertMay(request, move.step, who, day);
  const taken = { step: move.step, at: `${day}T10:00:00Z`, organisation: who.organisation, by: who.officer, record: 1 };
  return requestAfter(request, move, taken, found);
}
const identified = take(received, { step: "identified", identity: "card-seen" }, dpo);
const letter = { digest: "sha-256:x" as never, accesses: 1, withheld: 0, at: `${today}T10:00:00Z` };

test("an answer is due in a month, whatever month it is, and in three at most", () => {
  expect(firstDue("2026-01-31")).toBe("2026-02-28");
  expect(firstDue("2026-12-15")).toBe("2027-01-15");
  const extended = take(received, { step: "extended", months: 2, reason: "complexity" }, dpo);
  expect(extended.due).toBe("2027-01-31");
  const again = () => take(extended, { step: "extended", months: 1, reason: "complexity" }, dpo);
  expect(again).toThrow(expect.objectContaining({ code: "REVIEW_CHANGED" }));
  const late = () => take(received, { step: "extended", months: 1, reason: "complexity" }, dpo, "2026-12-01");
  expect(late).toThrow(expect.objectContaining({ code: "REVIEW_CHANGED" }));
});

test("a due day is a day of the calendar, in the month that it should be in", () => {
  const days = fc.date({ min: new Date("2000-01-01"), max: new Date("2099-12-31"), noInvalidDate: true });
  fc.assert(
    fc.property(days, fc.integer({ min: 1, max: 3 }), (date, months) => {
      const day = date.toISOString().slice(0, 10);
      const after = monthsAfter(day, months);
      expect(new Date(after).toISOString().slice(0, 10)).toBe(after);
      const monthOf = (text: string) => Number(text.slice(0, 4)) * 12 + Number(text.slice(5, 7));
      expect(monthOf(after) - monthOf(day)).toBe(months);
    }),
  );
});

test("who is not concerned finds nothing, and each house does its own part only", () => {
  const asked = take(identified, { step: "forwarded", to: ["org:civil"] }, dpo);
  const codeOf = (step: RequestMove["step"], who: typeof dpo) => {
    try {
      assertMay(asked, step, who, today);
      return undefined;
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  expect(codeOf("answered", stranger)).toBe("NOT_FOUND");
  expect(codeOf("answered", other)).toBe("ROLE_REQUIRED");
  expect(codeOf("contributed", dpo)).toBe("ROLE_REQUIRED");
  expect(codeOf("contributed", personOf(civil, "second-reviewer"))).toBe("ROLE_REQUIRED");
  expect(movesOf(asked, other, today)).toEqual(["contributed", "declined"]);
  const given = take(asked, { step: "contributed" }, other);
  expect(given.parts).toEqual([{ organisation: civil, state: "contributed", accesses: found, count: 1 }]);
  expect(movesOf(given, other, today)).toEqual([]);
});

test("nobody is answered before somebody checked who asked, and no letter is sent that was not written", () => {
  expect(movesOf(received, dpo, today)).toEqual(["identified", "extended", "refused"]);
  const send = () => take(identified, { step: "answered", answer: "letter" }, dpo);
  expect(send).toThrow(expect.objectContaining({ code: "REVIEW_CHANGED" }));
});

test("nothing of the person outlives the answer", () => {
  const asked = take(identified, { step: "forwarded", to: ["org:civil"] }, dpo);
  const given = { ...take(asked, { step: "contributed" }, other), letter };
  const answered = take(given, { step: "answered", answer: "letter" }, dpo);
  expect(answered).toMatchObject({ state: "answered", subjects: [], parts: [{ accesses: [], count: 1 }] });
  expect(movesOf(answered, dpo, today)).toEqual([]);
  const refused = take(received, { step: "refused", reason: "identity-not-shown" }, dpo);
  expect(refused).toMatchObject({ state: "refused", subjects: [] });
});

test("a question waits on the first page of whoever must do something, until the end of its last day", () => {
  const asked = take(identified, { step: "forwarded", to: ["org:civil"] }, dpo);
  const of = (who: typeof dpo) => requestWork([asked], who, today).map(({ want, due }) => [want, due]);
  expect(of(dpo)).toEqual([["request-answer", "2026-11-30T23:59:59Z"]]);
  expect(of(other)).toEqual([["request-part", "2026-11-30T23:59:59Z"]]);
  expect(of(personOf(welfare, "second-reviewer"))).toEqual([]);
  expect(of(stranger)).toEqual([]);
});

test("the same house is not asked twice", () => {
  const asked = take(identified, { step: "forwarded", to: ["org:civil"] }, dpo);
  for (const to of [["org:civil"], ["org:welfare"], ["org:cash", "org:cash"]])
    expect(() => take(asked, { step: "forwarded", to }, dpo)).toThrow(
      expect.objectContaining({ code: "REVIEW_CHANGED" }),
    );
});
