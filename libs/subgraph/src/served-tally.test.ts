import type { AgreementId, Coordinate, OrgId } from "#libs/terms";
import { expect, test } from "vitest";
import type { ReadResult } from "./read/port.js";
import { ServedTally } from "./served-tally.js";
import type { VerifiedFetch } from "./verified-fetch.js";

const now = new Date("2026-11-21T12:00:00Z");

function fetch(consumer: string): Pick<VerifiedFetch, "record" | "grant"> {
  const record = { caller: { consumer: `org:${consumer}` as OrgId } };
  return { record, grant: { agreement: `dsa-${consumer}` as AgreementId } } as Pick<VerifiedFetch, "record" | "grant">;
}

function read(released: number, asOf: string | null, unreadable: Record<string, number> = {}): ReadResult {
  const counts = {
    persons: released + 2,
    absent: 1,
    duplicates: 1,
    restricted: 0,
    unreadable: new Map(Object.entries(unreadable) as [Coordinate, number][]),
  };
  return { released: Array.from({ length: released }, () => "nid:1000000001"), asOf, counts } as unknown as ReadResult;
}

test("a day's figures are sums by consumer and agreement and by field, without anybody in them; the next day begins at nothing", () => {
  const tally = new ServedTally();
  tally.note(fetch("clinic"), read(1, null), now);
  tally.note(fetch("welfare"), read(3, "2026-03-01", { "Health.level": 2 }), now);
  tally.note(fetch("welfare"), read(2, "2026-05-01", { "Health.level": 1, "Health.status": 4 }), now);
  expect(tally.today(now)).toEqual({
    day: "2026-11-21",
    served: [
      { consumer: "org:welfare", agreement: "dsa-welfare", fetches: 2, persons: 5 },
      { consumer: "org:clinic", agreement: "dsa-clinic", fetches: 1, persons: 1 },
    ],
    persons: { asked: 12, absent: 3, duplicates: 3 },
    unreadable: [
      { coordinate: "Health.status", count: 4 },
      { coordinate: "Health.level", count: 3 },
    ],
    asOf: { oldest: "2026-03-01", newest: "2026-05-01" },
  });
  expect(JSON.stringify(tally.today(now))).not.toContain("1000000001");
  expect(tally.today(new Date("2026-11-22T00:00:00Z"))).toEqual({
    day: "2026-11-22",
    served: [],
    persons: { asked: 0, absent: 0, duplicates: 0 },
    unreadable: [],
    asOf: null,
  });
});
