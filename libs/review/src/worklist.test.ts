import fc from "fast-check";
import { expect, test } from "vitest";
import { workKinds } from "./worklist-kinds.js";
import { chooseWork, type Waiting } from "./worklist.js";

const now = new Date("2026-11-28T09:00:00Z");
const budget = { size: 10, day: "2026-11-28", organisation: "org:civil", done: new Set<string>() };
const many = (kind: Waiting["kind"], length: number): Waiting[] =>
  Array.from({ length }, (_, n) => ({ kind, key: `${kind}-${n}` }));

const waiting = fc
  .uniqueArray(
    fc.record(
      {
        kind: fc.constantFrom(...workKinds),
        key: fc.string({ minLength: 1 }),
        due: fc.date({ min: new Date("2026-11-20"), max: new Date("2026-12-20"), noInvalidDate: true }),
        weight: fc.nat({ max: 3 }),
      },
      { requiredKeys: ["kind", "key"] },
    ),
    { selector: ({ key }) => key, maxLength: 60 },
  )
  .map((all) => all as Waiting[]);

test("a flood of alerts leaves room for the others", () => {
  const chosen = chooseWork([...many("alert", 500), ...many("sample", 3), ...many("decision", 1)], budget, now);
  expect(chosen).toHaveLength(10);
  expect(Map.groupBy(chosen, ({ kind }) => kind).get("sample")).toHaveLength(3);
  expect(chosen.filter(({ kind }) => kind === "decision")).toHaveLength(1);
});

test("what is pressing comes first and is never left out, however many there are", () => {
  const due = (n: number) => new Date(now.getTime() - n * 3_600_000);
  const late = many("answer", 14).map((it, n) => ({ ...it, due: due(n) }));
  const chosen = chooseWork([...many("alert", 5), ...late], budget, now);
  expect(chosen.map(({ key }) => key)).toEqual(late.toReversed().map(({ key }) => key));
});

test("another day draws another lot, and over a month everybody's turn comes", () => {
  const alerts = many("alert", 100);
  const days = Array.from({ length: 60 }, (_, n) => chooseWork(alerts, { ...budget, day: `day ${n}` }, now));
  expect(new Set(days.flat().map(({ key }) => key)).size).toBeGreaterThan(95);
});

test("whoever chooses again chooses the same, in whatever order things came; what is done makes no room for more", () => {
  let chosenInAll = 0;
  fc.assert(
    fc.property(waiting, fc.infiniteStream(fc.nat()), (all, shuffle) => {
      const chosen = chooseWork(all, budget, now);
      const mixed = all.map((it) => ({ it, at: shuffle.next().value })).toSorted((a, b) => a.at - b.at);
      expect(
        chooseWork(
          mixed.map(({ it }) => it),
          budget,
          now,
        ),
      ).toEqual(chosen);
      const pressing = all.filter(({ due }) => due && due.getTime() < now.getTime() + 86_400_000);
      expect(
        chosen
          .slice(0, pressing.length)
          .map(({ key }) => key)
          .sort(),
      ).toEqual(pressing.map(({ key }) => key).sort());
      expect(chosen.length).toBe(Math.min(all.length, Math.max(10, pressing.length)));
      const [first, ...rest] = chosen;
      if (first && pressing.length === 0)
        expect(chooseWork(all, { ...budget, done: new Set([first.key]) }, now).length).toBeLessThanOrEqual(
          Math.max(9, rest.length),
        );
      chosenInAll += chosen.length;
    }),
  );
  expect(chosenInAll).toBeGreaterThan(100);
});
