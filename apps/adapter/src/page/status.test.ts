import type { Coordinate } from "#libs/terms";
import { expect, test } from "vitest";
import { readPause } from "./page.js";
import { colourOf, type Colour, type Facts, type Light, lightsOf } from "./status.js";

const now = new Date("2026-11-21T12:00:00Z");
const well: Facts = {
  source: "ok",
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
const later = "2026-11-22T00:00:00Z";

const cases: [name: string, change: Partial<Facts>, of: Light["of"] | undefined, colour: Colour][] = [
  ["all is well", {}, undefined, "go"],
  ["the system is down", { source: "down" }, "connection", "stop"],
  ["the system was not looked at", { source: "unknown" }, "connection", "look"],
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
