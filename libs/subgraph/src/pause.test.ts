import fc from "fast-check";
import type { AgreementId, OrgId, WeftError } from "#libs/terms";
import { expect, test } from "vitest";
import { type Asker, type Pause, pauseForm, PauseSwitch } from "./pause.js";
import { AdapterStore } from "./store.js";

const now = new Date("2026-11-21T12:00:00Z");
const at = (minutes: number) => new Date(now.getTime() + minutes * 60_000);
const iso = (minutes: number) => at(minutes).toISOString();
const welfare: Asker = { consumer: "org:welfare" as OrgId, agreement: "dsa-health-welfare" as AgreementId };
const clinic: Asker = { consumer: "org:clinic" as OrgId, agreement: "dsa-health-clinic" as AgreementId };

function refusal(pauses: PauseSwitch, asker: Asker, when = now): WeftError | undefined {
  try {
    pauses.assertOpen(asker, when);
    return undefined;
  } catch (error) {
    return error as WeftError;
  }
}

const scopes: [Pause["scope"], stopped: readonly Asker[]][] = [
  ["all", [welfare, clinic]],
  ["agreement dsa-health-welfare", [welfare]],
  ["consumer org:clinic", [clinic]],
  ["consumer org:bank", []],
];

test.each(scopes)("a pause of %s stops whom it covers, at once, and nobody else", async (scope, stopped) => {
  const pauses = new PauseSwitch(new AdapterStore(":memory:"));
  await pauses.set({ scope, from: iso(0) }, now);
  for (const asker of [welfare, clinic]) {
    const error = refusal(pauses, asker);
    expect(error?.code).toBe(stopped.includes(asker) ? "SOURCE_UNAVAILABLE" : undefined);
    if (error) expect(error).toMatchObject({ retryAfter: 300, ...(scope !== "all" && { status: 429 }) });
  }
  expect(await pauses.end(scope, now)).toBe(true);
  expect(refusal(pauses, welfare) ?? refusal(pauses, clinic)).toBeUndefined();
  expect(await pauses.end(scope, now)).toBe(false);
});

test("a window is announced to whom it covers, stops them from its first second to its last, and says when to come back", async () => {
  const pauses = new PauseSwitch(new AdapterStore(":memory:"));
  await pauses.set({ scope: "consumer org:clinic", from: iso(60), until: iso(90) }, now);
  expect(pauses.announcedTo(clinic, now)).toEqual({ from: iso(60), until: iso(90) });
  expect(pauses.announcedTo(welfare, now)).toBeUndefined();
  expect(refusal(pauses, clinic, at(59.99))).toBeUndefined();
  expect(refusal(pauses, clinic, at(60))).toMatchObject({ code: "SOURCE_UNAVAILABLE", retryAfter: 1800 });
  expect(pauses.announcedTo(clinic, at(60))).toBeUndefined();
  expect(refusal(pauses, clinic, at(90))).toBeUndefined();
  expect(pauses.all(at(90))).toEqual([]);
  await pauses.set({ scope: "all", from: iso(30 * 24 * 60), until: iso(31 * 24 * 60) }, now);
  expect(pauses.announcedTo(welfare, now)).toBeUndefined();
});

test("a pause outlives a restart, and a store that holds something else is not opened as if there were none", async () => {
  const store = new AdapterStore(":memory:");
  await new PauseSwitch(store).set({ scope: "all", from: iso(0) }, now);
  expect(refusal(new PauseSwitch(store), welfare)?.code).toBe("SOURCE_UNAVAILABLE");
  await store.setMark("pauses", "[{");
  expect(() => new PauseSwitch(store)).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
});

test("whatever is set and ended, somebody is stopped exactly while a pause that covers them is in force", async () => {
  const step = fc.record({
    scope: fc.constantFrom(...scopes.map(([scope]) => scope)),
    from: fc.integer({ min: -100, max: 100 }),
    lasts: fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined }),
    end: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.integer({ min: 0, max: 250 }), async (steps, minute) => {
      const pauses = new PauseSwitch(new AdapterStore(":memory:"));
      const kept = new Map<string, { scope: string; from: number; until: number }>();
      for (const { scope, from, lasts, end } of steps) {
        if (end) {
          await pauses.end(scope, now);
          for (const [key, one] of kept) if (one.scope === scope) kept.delete(key);
        } else {
          await pauses.set({ scope, from: iso(from), ...(lasts !== undefined && { until: iso(from + lasts) }) }, now);
          kept.set(`${scope} ${from}`, { scope, from, until: lasts === undefined ? Infinity : from + lasts });
        }
      }
      const inForce = [...kept.values()].filter(({ from, until }) => from <= minute && minute < until);
      for (const asker of [welfare, clinic]) {
        const names = ["all", `agreement ${asker.agreement}`, `consumer ${asker.consumer}`];
        const wanted = inForce.some(({ scope }) => names.includes(scope));
        expect(refusal(pauses, asker, at(minute)) !== undefined).toBe(wanted);
      }
    }),
  );
});

test.each([
  { scope: "everything", from: iso(0) },
  { scope: "all", from: "today" },
  { scope: "all", from: iso(0), until: iso(0) },
  { scope: "agreement DSA", from: iso(0) },
  { scope: "all", from: iso(0), why: "x" },
])("%o is no pause", (form) => {
  expect(pauseForm.safeParse(form).success).toBe(false);
});
