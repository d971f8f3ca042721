import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openPostgresReview, type PostgresReview } from "#libs/review";
import type { OrgId, PartyId } from "#libs/terms";
import type { Alert } from "#libs/vigilance";
import pg from "pg";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type PostgresServer, startPostgres } from "../../sandbox/src/postgres.js";

/** What the rules keep, on a real PostgreSQL: whatever is found again after a restart is there once. */
const dataDir = mkdtempSync(path.join(tmpdir(), "weft console "));
const [clinic, civil] = ["org:clinic" as OrgId, "org:civil" as OrgId];
let postgres: PostgresServer;
let storage: PostgresReview;

beforeAll(async () => {
  postgres = await startPostgres({ dataDir: path.join(dataDir, "postgres") });
  storage = await openPostgresReview(postgres.superuserUrl("postgres"));
}, 60_000);
afterAll(async () => {
  await storage?.close();
  await postgres?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const alert = (id: string, change: Partial<Alert> = {}): Alert => ({
  id,
  rule: "unexplained",
  consumer: clinic,
  officer: "officer:d1" as PartyId,
  providers: [civil],
  records: [7],
  counts: { accesses: 1 },
  score: 40,
  at: new Date("2026-11-22T10:00:00Z"),
  due: undefined,
  state: "open",
  ...change,
});
const openOf = async (...how: [rule?: Alert["rule"]]) =>
  (await storage.alerts.open({ organisation: clinic }, 50, ...how)).map(({ id, records }) => `${id} ${records.join()}`);

test("an alert that is found again is the same alert, with what is known by then", async () => {
  await storage.alerts.put([alert("a"), alert("b", { rule: "break-glass", score: 80 })]);
  await storage.alerts.put([alert("a", { records: [7, 8] })]);
  expect(await openOf()).toEqual(["b 7", "a 7,8"]);
  expect(await openOf("break-glass")).toEqual(["b 7"]);
});

test("what was raised before a restart is withdrawn after it; what nobody raised is not there", async () => {
  const left = { state: "withdrawn" as const, records: [], counts: { accesses: 0 } };
  await storage.alerts.put([alert("a", left), alert("never", left)]);
  expect(await openOf()).toEqual(["b 7"]);
  expect(await storage.alerts.find("never", { all: true })).toBeUndefined();
  expect(await storage.alerts.find("a", { all: true })).toMatchObject({ state: "withdrawn" });
  await storage.alerts.put([]);
});

test("after a pause that is longer than the rules remember, they go on from the last day they knew", async () => {
  const days = storage.watchedDays;
  expect(await days.first(clinic, 20_000)).toBeUndefined();
  await days.begin(clinic, 20_000, 100);
  await days.begin(clinic, 20_001, 150);
  await days.begin(clinic, 20_001, 170);
  expect(await days.first(clinic, 20_000)).toBe(100);
  expect(await days.first(clinic, 20_001)).toBe(150);
  expect(await days.first(clinic, 20_040)).toBe(150);
  expect(await days.first(civil, 20_001)).toBeUndefined();
});

test("of two consoles one follows the log; when it is gone, or its connection is, the other does", async () => {
  const other = await openPostgresReview(postgres.superuserUrl("postgres"));
  const first = await storage.following.hold(clinic);
  expect(first).toBeDefined();
  expect(await storage.following.hold(clinic)).toBe(first);
  expect(await other.following.hold(clinic)).toBeUndefined();
  expect(await other.following.hold(civil)).toBeDefined();
  const administrator = new pg.Client({ connectionString: postgres.superuserUrl("postgres") });
  await administrator.connect();
  const locks = "from pg_locks where locktype = 'advisory' and objid = hashtext('org:clinic')::oid";
  await administrator.query(`select pg_terminate_backend(pid) ${locks}`);
  await administrator.end();
  // A terminated session lets go when it is told.
  await vi.waitFor(async () => expect(await other.following.hold(clinic)).toBeDefined(), 10_000);
  expect(await storage.following.hold(clinic)).toBeUndefined();
  await other.close();
  const third = await storage.following.hold(clinic);
  expect(third).toBeDefined();
  expect(third).not.toBe(first);
});
