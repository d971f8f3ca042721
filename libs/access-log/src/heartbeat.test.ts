import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { parseJws } from "#libs/terms";
import { gapFinder, heartbeat } from "./heartbeat.js";
import { RECORD_TYP, RecordPayload } from "./record.js";

const origin = "log.example";
const signer = { kid: "log-1", key: generateKeyPairSync("ed25519").privateKey };
const beatAt = (seconds: number) =>
  RecordPayload.parse(parseJws(heartbeat(origin, signer, new Date(seconds * 1000)).jwt, RECORD_TYP).payload);

test("a heartbeat is the log's own record and says nothing but its time", () => {
  const { jwt: _, jti, ...candidate } = heartbeat(origin, signer, new Date(1_000_000));
  expect(candidate).toMatchObject({ kind: "heartbeat", iss: undefined, parent: undefined, disclosures: [] });
  expect(beatAt(1_000)).toMatchObject({ iss: origin, log: origin, kind: "heartbeat", iat: 1_000 });
  expect(jti).toHaveLength(22);
});

test("the time in which a log did not run is seen between two heartbeats, and at the end", () => {
  const gaps = gapFinder();
  expect(gaps.openAt(10_000)).toBeUndefined();
  for (const [index, at] of [0, 60, 121, 180].entries()) expect(gaps.next(index, beatAt(1_000 + at))).toBeUndefined();
  const other = { ...beatAt(1_300), iss: "adapter:civil" };
  expect(gaps.next(4, other)).toBeUndefined();
  expect(gaps.next(5, beatAt(3_000))).toEqual({ from: 1_180, to: 3_000, index: 5 });
  expect(gaps.openAt(3_100)).toBeUndefined();
  expect(gaps.openAt(3_200)).toEqual({ from: 3_000, to: 3_200, index: undefined });
});
