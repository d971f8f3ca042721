import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AgreementId, PartyId, SubjectRef } from "#libs/terms";
import { afterAll, expect, test } from "vitest";
import { AdapterStore } from "./store.js";

const dir = mkdtempSync(join(tmpdir(), "adapter-store-"));
afterAll(() => rmSync(dir, { recursive: true }));
const now = new Date("2026-11-21T12:00:00Z");
const officer = { agreement: "dsa-1" as AgreementId, officer: "officer:1" as PartyId, now };
const refs = (...names: string[]) => names as SubjectRef[];

test("a fetch of a record is claimed once, also by many at one time and after a restart", async () => {
  const file = join(dir, "claims.db");
  const store = new AdapterStore(file);
  const claims = await Promise.all(Array.from({ length: 20 }, (_, index) => store.claim("record", index % 4, 2_000)));
  expect(claims.filter(Boolean)).toHaveLength(4);
  store.close();
  const restarted = new AdapterStore(file);
  expect(await restarted.claim("record", 0, 2_000)).toBe(false);
  expect(await restarted.claim("record", 9, 2_000)).toBe(true);
  restarted.close();
});

test("a claim is forgotten only long after its record's end", async () => {
  const store = new AdapterStore(":memory:");
  const expires = now.getTime() / 1000;
  await store.claim("record", 0, expires);
  await store.prune(new Date(now.getTime() + 600_000));
  expect(await store.claim("record", 0, expires)).toBe(false);
  await store.prune(new Date(now.getTime() + 601_000));
  expect(await store.claim("record", 0, expires)).toBe(true);
});

test("an officer's persons of the day are counted once each, and refused whole beyond the limit", async () => {
  const store = new AdapterStore(":memory:");
  expect(await store.countPersons(officer, refs("a", "b"), 3)).toBe(true);
  expect(await store.countPersons(officer, refs("a", "b"), 3)).toBe(true);
  expect(await store.countPersons(officer, refs("c", "d"), 3)).toBe(false);
  expect(await store.countPersons(officer, refs("c"), 3)).toBe(true);
  expect(await store.countPersons({ ...officer, officer: "officer:2" as PartyId }, refs("a", "b", "c"), 3)).toBe(true);
  const tomorrow = new Date(now.getTime() + 86_400_000);
  expect(await store.countPersons({ ...officer, now: tomorrow }, refs("x", "y", "z"), 3)).toBe(true);
});

test("a refused write does not undo the others of its commit", async () => {
  const store = new AdapterStore(":memory:");
  const [claimed, within] = await Promise.all([
    store.claim("record", 0, 1),
    store.countPersons(officer, refs("a", "b"), 1),
  ]);
  expect([claimed, within, await store.claim("record", 0, 1)]).toEqual([true, false, false]);
});

test("consent uses are counted per request, since a time, until the receipt ends", async () => {
  const store = new AdapterStore(":memory:");
  const use = { receipt: "r", request: "q1", expires: now.getTime() / 1000 + 10 };
  await store.countUses([use, use, { ...use, request: "q2" }], now);
  const seconds = now.getTime() / 1000;
  expect(store.usesOf("r", seconds, "q3", now)).toBe(2);
  expect(store.usesOf("r", seconds, "q2", now)).toBe(1);
  expect(store.usesOf("r", seconds + 1, "q3", now)).toBe(0);
  await store.prune(new Date(now.getTime() + 11_000));
  expect(store.usesOf("r", 0, "q3", now)).toBe(0);
});

test("an old request's name does not make a later use a part of it", async () => {
  const store = new AdapterStore(":memory:");
  const use = { receipt: "r", request: "q1", expires: 2e9 };
  const after = (seconds: number) => new Date(now.getTime() + seconds * 1000);
  for (const seconds of [0, 10, 600, 610]) await store.countUses([use], after(seconds));
  expect(store.usesOf("r", 0, "q2", after(611))).toBe(2);
  expect(store.usesOf("r", 0, "q1", after(611))).toBe(1);
  expect(store.usesOf("r", 0, "q1", after(1200))).toBe(2);
});

test("a high-water mark only rises, across restarts", async () => {
  const file = join(dir, "marks.db");
  const store = new AdapterStore(file);
  await store.raiseMark("contracts", 12);
  await store.raiseMark("contracts", 12);
  await expect(store.raiseMark("contracts", 11)).rejects.toMatchObject({ code: "NOT_READY" });
  store.close();
  const restarted = new AdapterStore(file);
  await expect(restarted.raiseMark("contracts", 11)).rejects.toMatchObject({ code: "NOT_READY" });
  await restarted.raiseMark("contracts", 13);
  expect(restarted.findMark("contracts")).toBe("13");
  restarted.close();
});

test("one process owns a store", () => {
  const file = join(dir, "owned.db");
  const store = new AdapterStore(file);
  expect(() => new AdapterStore(file)).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
  store.close();
});

test("a store that takes no writes refuses what depends on it", async () => {
  const store = new AdapterStore(":memory:");
  store.close();
  await expect(store.claim("record", 0, 1)).rejects.toMatchObject({ code: "NOT_READY" });
});
