import fc from "fast-check";
import { expect, test } from "vitest";
import type { OrgId, PartyId, PurposeCode } from "#libs/terms";
import { type Access, type Answers, DAY } from "./access.js";
import { type Alert, alertId, isVisible } from "./alert.js";
import { WatchConfig } from "./config.js";
import { openTokens } from "./neighbourhood.js";
import { unexplainedAlert } from "./single.js";
import { Watch } from "./watch.js";

/** To an officer: work that somebody can explain is left alone. To a citizen: the rest is looked at. */
const config = WatchConfig.parse({});
const begin = Date.parse("2026-09-01T08:00:00Z");
const tokensOf = openTokens("a key of the test");
const [welfare, civil] = ["org:welfare" as OrgId, "org:civil" as OrgId];

interface Told {
  readonly day?: number;
  readonly officer?: string;
  readonly persons?: readonly number[];
  readonly answers?: Answers;
  readonly purpose?: string;
  readonly misses?: number;
}

let index = 0;
function access({
  day = 0,
  officer = "o",
  persons = [1],
  answers = {},
  purpose = "eligibility-assessment",
  misses = 0,
}: Told): Access {
  const tokens = persons.map((person) => tokensOf(`nid:${person}`));
  return {
    index: index++,
    at: new Date(begin + day * DAY),
    consumer: welfare,
    officer: `officer:${officer}` as PartyId,
    purpose: purpose as PurposeCode,
    providers: [civil],
    persons: tokens.map(({ person }) => person),
    numbers: tokens.map(({ number }) => number),
    misses,
    isList: false,
    answers,
  };
}

const unexplained: Answers = { unconfirmed: [0] };
const explained: Answers = { unconfirmed: [] };
const rulesOf = (alerts: readonly Alert[]) => [...new Set(alerts.map(({ rule }) => rule))];

/** Four weeks in which six officers do ten explained accesses a day, and one that nothing explains. */
function watchAfterAMonth(): Watch {
  const watch = new Watch(config);
  for (let day = 0; day < 28; day++)
    for (const officer of ["a", "b", "c", "d", "e", "f"])
      for (let n = 0; n < 11; n++) {
        const persons = [1_000_000 + 1000 * (day * 66 + n * 6) + officer.charCodeAt(0)];
        watch.take(access({ day, officer, persons, answers: n === 10 ? unexplained : explained }));
      }
  return watch;
}

test("an officer's own record is an alert, explained or not, and a household's one where nothing explains it", () => {
  const watch = new Watch(config);
  const [own] = watch.take(access({ answers: { ...explained, isOwn: true } }));
  expect(own).toMatchObject({ rule: "own-record", counts: { explained: 1 }, providers: [civil], state: "open" });
  const [household] = watch.take(access({ answers: { ...unexplained, isHousehold: true } }));
  expect(household).toMatchObject({ rule: "same-household", counts: { explained: 0 } });
  expect(watch.take(access({ answers: explained }))).toEqual([]);
});

test("each emergency is looked at within 72 hours, whoever explains it", () => {
  const one = access({ purpose: "vital-interest", answers: explained });
  const [alert] = new Watch(config).take(one);
  expect(alert).toMatchObject({ rule: "break-glass", due: new Date(one.at.getTime() + 3 * DAY) });
});

test("an emergency is one by its ground in law, whatever its purpose is called", () => {
  const [alert] = new Watch(config).take({ ...access({ answers: explained }), isEmergency: true });
  expect(alert).toMatchObject({ rule: "break-glass", counts: { hours: 72 } });
  expect(new Watch(config).take({ ...access({ answers: explained }), isEmergency: false })).toEqual([]);
});

test("many unexplained persons beside what peers have are volume; as many explained ones are work", () => {
  const watch = watchAfterAMonth();
  const day = 28;
  const take = (officer: string, answers: Answers) =>
    Array.from({ length: 24 }, (_, n) =>
      watch.take(access({ day, officer, persons: [9_000_000 + n * 100], answers })),
    ).flat();
  expect(rulesOf(take("a", explained))).toEqual([]);
  const found = take("b", unexplained);
  expect(rulesOf(found)).toEqual(["volume"]);
  expect(new Set(found.map(({ id }) => id)).size).toBeLessThanOrEqual(2);
  expect(found.at(-1)).toMatchObject({ providers: [], counts: { unexplained: 24, usual: 1 } });
});

test("numbers that lie together and numbers that nobody has are guesses; a typing error is none", () => {
  const watch = watchAfterAMonth();
  const together = [0, 1, 2, 3, 4, 5].flatMap((n) =>
    watch.take(access({ day: 28, officer: "a", persons: [5_000_000 + n], answers: unexplained })),
  );
  expect(rulesOf(together)).toContain("guessing");
  const missed = Array.from({ length: 8 }, (_, n) =>
    watch.take(access({ day: 28, officer: "b", persons: [6_000_000 + n * 999], misses: 1, answers: unexplained })),
  ).flat();
  expect(rulesOf(missed)).toContain("guessing");
  const slip = [7_000_001, 7_000_010].flatMap((person) =>
    watch.take(access({ day: 28, officer: "c", persons: [person], misses: 1, answers: unexplained })),
  );
  expect(rulesOf(slip)).toEqual([]);
});

test("one person in the eyes of many officers is an alert about none of them", () => {
  const watch = new Watch(config);
  const looks = ["a", "b", "c", "d"].map((officer, day) =>
    watch.settle(access({ day, officer, answers: unexplained })),
  );
  expect(looks.slice(0, 3).flat()).toEqual([]);
  expect(looks[3]).toMatchObject([{ rule: "many-officers", officer: undefined, counts: { officers: 4, days: 7 } }]);
  expect(watch.settle(access({ day: 20, officer: "e", answers: unexplained }))).toEqual([]);
});

test("who asks about people that never apply is ranked by how far that is beyond the peers", () => {
  const watch = new Watch(config);
  const scores = (officer: string, without: number) =>
    Array.from({ length: 40 }, (_, n) => {
      const answers = n < without ? { ...unexplained, applied: false } : explained;
      return watch.mature(access({ officer, persons: [n], answers }));
    })
      .flat()
      .map(({ score }) => score);
  for (const officer of ["a", "b", "c", "d"]) scores(officer, 1);
  expect(Math.max(...scores("e", 12))).toBeGreaterThan(Math.max(...scores("f", 1)) + 20);
});

test("what is explained late is withdrawn from the day's unexplained", () => {
  const late = access({ answers: unexplained });
  const other = access({ answers: unexplained });
  const raised = unexplainedAlert([late, other]);
  expect(raised).toMatchObject({ state: "open", counts: { accesses: 2 } });
  const applied = (one: Access): Access => ({ ...one, answers: { ...unexplained, applied: true } });
  expect(unexplainedAlert([applied(late), other])).toMatchObject({ id: raised!.id, records: [other.index] });
  expect(unexplainedAlert([applied(late), applied(other)])).toMatchObject({ id: raised!.id, state: "withdrawn" });
});

test("a rule can be switched off, and no configuration is half understood", () => {
  const watch = new Watch(WatchConfig.parse({ without: ["own-record"] }));
  expect(watch.take(access({ answers: { ...explained, isOwn: true } }))).toEqual([]);
  for (const wrong of [{ without: ["break-glass"] }, { volume: { window: 3 } }, { registrationDays: -1 }, []])
    expect(WatchConfig.safeParse(wrong).success).toBe(false);
});

test("an alert is seen by the officer's house, by the authority and by whom it names", () => {
  const [alert] = new Watch(config).take(access({ answers: { isOwn: true } }));
  const seen = (organisation: string) => isVisible(alert!, { organisation: organisation as OrgId });
  expect([seen("org:welfare"), seen("org:civil"), seen("org:cash"), isVisible(alert!, { all: true })]).toEqual([
    true,
    true,
    false,
    true,
  ]);
});

test("tokens tell who is the same and who is near, under one key alone, and hold no number", () => {
  const other = openTokens();
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9_999_999_999 }), (number) => {
      const text = `nid:${String(number).padStart(10, "0")}`;
      const { person, number: place } = tokensOf(text);
      expect(tokensOf(text)).toEqual({ person, number: place });
      expect(tokensOf(`nid:${String(number - (number % 32)).padStart(10, "0")}`).number).toBe(place);
      expect(other(text).person).not.toBe(person);
      expect(person + place).not.toContain(String(number).padStart(10, "0"));
    }),
  );
  expect(alertId("volume", welfare, "a", 1)).not.toBe(alertId("volume", welfare, "a", 2));
});
