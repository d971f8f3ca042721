import fc from "fast-check";
import { expect, test } from "vitest";
import { Protection } from "./protect.js";
import { parseClosedHours, secondsUntilOpen } from "./protect-hours.js";

const now = new Date("2026-11-21T12:00:00Z");
const open = parseClosedHours([]);
const limits = { connections: 1, personsPerMinute: 60, queue: 20, closed: open };
const unavailable = (retryAfter: number) =>
  expect.objectContaining({ code: "SOURCE_UNAVAILABLE", retryAfter }) as unknown;

const hours: [windows: string[], timezone: string, at: string, seconds: number][] = [
  [["22:00-02:00"], "UTC", "2026-11-21T21:59:59Z", 0],
  [["22:00-02:00"], "UTC", "2026-11-21T22:00:00Z", 4 * 3600],
  [["22:00-02:00"], "UTC", "2026-11-22T01:59:30Z", 30],
  [["22:00-02:00"], "UTC", "2026-11-22T02:00:00Z", 0],
  [["22:00-02:00"], "+03:00", "2026-11-21T19:00:00Z", 4 * 3600],
  [["22:00-02:00"], "+03:00", "2026-11-21T22:59:00Z", 60],
  [["22:00-02:00"], "Asia/Jakarta", "2026-11-21T15:00:00Z", 4 * 3600],
  [["22:00-00:00", "00:00-01:00"], "Z", "2026-11-21T23:00:00Z", 2 * 3600],
  [["00:00-00:00"], "UTC", "2026-11-21T00:00:00Z", 24 * 3600],
];

test.each(hours)("closed %j in %s: at %s it opens in %d s", (windows, timezone, at, seconds) => {
  expect(secondsUntilOpen(parseClosedHours(windows, timezone), new Date(at))).toBe(seconds);
});

test("closed hours refuse with the seconds until they end", async () => {
  const protection = new Protection({ ...limits, closed: parseClosedHours(["11:00-13:00"]) });
  await expect(protection.admit(1, now)).rejects.toEqual(unavailable(3600));
});

test("a minute's persons are admitted at once, one more waits its share of a minute", async () => {
  let time = 0;
  const protection = new Protection({ ...limits, connections: 9 }, () => time);
  await protection.admit(59, now);
  await protection.admit(1, now);
  await expect(protection.admit(2, now)).rejects.toEqual(unavailable(2));
  time = 2_000;
  await protection.admit(2, now);
});

test("persons that were not read are given back", async () => {
  const protection = new Protection(limits, () => 0);
  (await protection.admit(60, now)).done(10);
  (await protection.admit(50, now)).done();
  await expect(protection.admit(1, now)).rejects.toEqual(unavailable(1));
});

test("a page of more than a minute's persons needs a full minute and is paid off afterwards", async () => {
  let time = 0;
  const protection = new Protection(limits, () => time);
  (await protection.admit(120, now)).done();
  time = 60_000;
  await expect(protection.admit(1, now)).rejects.toEqual(unavailable(1));
  time = 120_000;
  (await protection.admit(60, now)).done();
});

test("beyond its connections a read waits briefly, then is told to come back", async () => {
  const protection = new Protection(limits, () => 0);
  const first = await protection.admit(1, now);
  await expect(protection.admit(1, now)).rejects.toEqual(unavailable(1));
  const waiting = protection.admit(1, now);
  first.done();
  first.done();
  const second = await waiting;
  await expect(protection.admit(1, now)).rejects.toEqual(unavailable(1));
  second.done();
  (await protection.admit(1, now)).done();
});

test("no more reads run at once than connections, whatever comes", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.boolean(), { maxLength: 24 }),
      async (connections, steps) => {
        const protection = new Protection({ ...limits, connections, personsPerMinute: 1e6, queue: 5 }, () => 0);
        const turns: { done(): void }[] = [];
        for (const start of steps) {
          if (start)
            await protection.admit(1, now).then(
              (turn) => turns.push(turn),
              () => {},
            );
          else turns.pop()?.done();
          expect(turns.length).toBeLessThanOrEqual(connections);
        }
      },
    ),
    { numRuns: 20 },
  );
});
