import type { Coordinate } from "#libs/terms";
import { expect, test } from "vitest";
import { readPause } from "./page.js";
import { colourOf, type Colour, type Facts, type Light, lightsOf } from "./status.js";

const now = new Date("2026-11-21T12:00:00Z");
const well: Facts = {
  source: "ok",
  account: { refused: [], tolerated: [] },
  smallCalls: [],
  problems: [],
  load: { running: 1, connections: 3, waiting: 0, personsLeft: 600, personsPerMinute: 600, closedFor: 0 },
  today: {
    day: "2026-11-21",
    served: [],
    persons: { asked: 100, absent: 3, duplicates: 2 },
    unreadable: [],
    asOf: null,
  },
  pauses: [],
};
const excess = { what: "moreRights", wrong: "the account may write in PATIENT", remedy: "revoke" } as const;
const later = "2026-11-22T00:00:00Z";

const cases: [name: string, change: Partial<Facts>, of: Light["of"] | undefined, colour: Colour][] = [
  ["all is well", {}, undefined, "go"],
  ["the system is down", { source: "down" }, "connection", "stop"],
  ["the system was not looked at", { source: "unknown" }, "connection", "look"],
  ["the account was not looked at", { account: undefined }, "account", "look"],
  ["the account may do more, which is tolerated", { account: { refused: [], tolerated: [excess] } }, "account", "look"],
  [
    "the account may do more, which was seen too late",
    { account: { refused: [excess], tolerated: [] } },
    "account",
    "stop",
  ],
  ["the log cannot be relied on", { problems: ["log-behind"] }, "readiness", "stop"],
  ["reads wait", { load: { ...well.load, waiting: 1 } }, "load", "look"],
  ["the minute is nearly used up", { load: { ...well.load, personsLeft: 59 } }, "load", "look"],
  ["closed hours", { load: { ...well.load, closedFor: 90 } }, "load", "look"],
  [
    "a field cannot be read",
    { today: { ...well.today, unreadable: [{ coordinate: "Health.level" as Coordinate, count: 2 }] } },
    "mapping",
    "look",
  ],
  [
    "many are not found",
    { today: { ...well.today, persons: { asked: 100, absent: 4, duplicates: 2 } } },
    "persons",
    "look",
  ],
  [
    "a consumer is paused",
    { pauses: [{ scope: "consumer org:bank", from: "2026-11-21T11:00:00Z" }] },
    "switch",
    "look",
  ],
  ["all is paused", { pauses: [{ scope: "all", from: "2026-11-21T12:00:00Z" }] }, "switch", "stop"],
  ["a window is planned", { pauses: [{ scope: "all", from: later }] }, undefined, "go"],
];

test.each(cases)("%s", (_name, change, of, colour) => {
  const lights = lightsOf({ ...well, ...change }, now);
  expect(colourOf(lights)).toBe(colour);
  expect(lights.filter((light) => light.colour !== "go").map((light) => light.of)).toEqual(of ? [of] : []);
});

test("a system without a batch look-up is said to be asked one person at a time, and how many at once", () => {
  const says = (facts: Partial<Facts>) => lightsOf({ ...well, ...facts }, now).find(({ of }) => of === "load")?.says;
  expect(says({})).toBe("1 of 3 connections, 0 waiting, 600 of 600 persons left this minute.");
  const smallCalls = [
    { resource: "visits", perCall: 1 },
    { resource: "cards", perCall: 50 },
  ];
  expect(says({ smallCalls })).toMatch(
    / No batch look-up: visits one person a call, cards 50 persons a call, at most 3 calls at once\.$/,
  );
});

test("times are typed as a browser sends them, in UTC; what is no time, or over, is told", () => {
  const read = (from?: string, until?: string) => readPause({ scope: "all", from, until }, now);
  expect(read("", "")).toEqual({ scope: "all", from: now.toISOString() });
  expect(read("2026-11-21T22:00", "2026-11-22T02:00")).toEqual({
    scope: "all",
    from: "2026-11-21T22:00:00.000Z",
    until: "2026-11-22T02:00:00.000Z",
  });
  for (const [from, until] of [
    ["21/11/2026"],
    ["2026-13-01T00:00"],
    ["2026-11-21T22:00", "2026-11-21T21:00"],
    ["", "2026-11-21T11:00"],
  ])
    expect(read(from, until)).toBeTypeOf("string");
});
