import { expect, test } from "vitest";
import { parseOrgId, parsePartyId } from "#libs/terms";
import type { InvestigationCase } from "./investigation.js";
import { alertWork, BUDGET, daysSeen, emergencyWork, investigationWork, sampleWork, workOf } from "./today.js";

const [civil, welfare] = ["org:civil", "org:welfare"].map(parseOrgId) as [never, never];
const at = new Date("2026-11-22T10:00:00Z");
const officer = parsePartyId("officer:dpo");
const dpo = { organisation: civil, officer, roles: ["dpo" as const] };

const asked: InvestigationCase = {
  id: "i",
  house: civil,
  consumer: welfare,
  of: [7],
  alert: "known",
  reason: "pattern",
  case: "i-1",
  purpose: "audit",
  state: "asked",
  to: "dpo",
  due: new Date("2026-12-01T10:00:00Z"),
  reply: undefined,
  outcome: undefined,
  steps: [
    { step: "opened", house: civil, by: officer, at, record: 1 },
    { step: "asked", house: civil, by: officer, at, record: 2 },
  ],
};

function alert(id: string, rule: string, score: number, due?: Date) {
  return { id, rule, consumer: welfare, records: Array.from({ length: 20 }, (_, n) => n), score, due };
}
const hit = (index: number) =>
  ({ index, at, kind: "intent", access: index, sections: [], denied: [], outcome: undefined }) as never;

test("what is looked into already is not found a second time", () => {
  const alerts = alertWork([alert("known", "volume", 90), alert("new", "unexplained", 40)], [asked]);
  expect(alerts.map(({ key }) => key)).toEqual(["alert new"]);
  expect(sampleWork([hit(7), hit(8)], [asked]).map(({ key }) => key)).toEqual(["sample 8"]);
});

test("an alert leads to an investigation of its newest records, as many as one takes", () => {
  const [found] = alertWork([alert("a", "volume", 10, at)], []);
  expect(found).toMatchObject({ kind: "alert", want: "look-alert", due: at.toISOString() });
  const address = new URL(found!.at, "https://console.example");
  expect(address.searchParams.get("of")?.split(",").map(Number)).toEqual(Array.from({ length: 16 }, (_, n) => n + 4));
  expect(address.searchParams.get("reason")).toBe("pattern");
});

test("an emergency waits for its own house until it has begun, and for everybody once it is overdue", () => {
  const emergency = { ...alert("e", "break-glass", 80, at), records: [7] };
  const [before, after] = [new Date(at.getTime() - 1), new Date(at.getTime() + 1)];
  const begun = { ...asked, house: welfare, of: [7], state: "open" as const, alert: undefined };
  const wants = (organisation: never, known: InvestigationCase[], now: Date) =>
    emergencyWork([emergency], known, { organisation }, now).map(({ want, record }) => `${want} ${record}`);
  expect(wants(welfare, [], before)).toEqual(["review-emergency 7"]);
  expect(wants(civil, [], before)).toEqual(["review-emergency 7"]);
  expect(wants(welfare, [begun], before)).toEqual([]);
  expect(wants(civil, [begun], before)).toEqual(["review-emergency 7"]);
  expect(wants(welfare, [begun], after)).toEqual(["review-emergency 7"]);
  expect(wants(civil, [begun], after)).toEqual(["emergency-overdue 7"]);
  expect(wants(civil, [{ ...begun, house: civil }], before)).toEqual([]);
  expect(wants(civil, [{ ...begun, house: civil }], after)).toEqual(["emergency-overdue 7"]);
  const confirmed = { step: "confirmed" as const, house: welfare, by: officer, at: before, record: 3 };
  const closed = { ...begun, state: "closed" as const, steps: [...begun.steps, confirmed] };
  for (const house of [welfare, civil]) expect(wants(house, [closed], after)).toEqual([]);
});

test("the next step is shown to whoever can take it, when they can", () => {
  const theirs = { organisation: welfare, officer, roles: ["dpo" as const] };
  expect(investigationWork([asked], theirs, at)).toMatchObject([{ want: "reply", due: asked.due?.toISOString() }]);
  expect(investigationWork([asked], dpo, at)).toEqual([]);
  expect(investigationWork([asked], dpo, new Date("2026-12-02T00:00:00Z"))).toMatchObject([{ want: "decide" }]);
});

test("a day is ten things, and everything else is counted", () => {
  const alerts = alertWork(
    Array.from({ length: 30 }, (_, n) => alert(`a${n}`, "volume", n)),
    [],
  );
  const { work, waiting } = workOf(alerts, { day: "2026-11-22", organisation: civil, done: new Set() }, at);
  expect(work).toHaveLength(BUDGET);
  expect(work[0]?.key).toBe("alert a29");
  expect(waiting).toEqual({ alert: 30 });
});

test("a day's look is about yesterday and today", () => {
  expect(daysSeen(new Date("2026-11-22T00:00:05Z"))).toEqual({
    from: new Date("2026-11-21T00:00:00Z"),
    until: new Date("2026-11-22T00:00:06Z"),
  });
});
