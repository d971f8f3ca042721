import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConsentFeed, ConsentReceipt } from "#libs/consent";
import type { CanonicalPerson, OrgId } from "#libs/terms";
import { afterAll, expect, test } from "vitest";
import { adapterTry } from "./adapter-try.js";
import { openTerms } from "./open-terms.js";
import {
  mapping,
  now,
  person,
  provider,
  register,
  rules,
  schemes,
  sdl,
  sealKey,
  seals,
  signed,
} from "./serve.fixture.js";

const dir = mkdtempSync(join(tmpdir(), "adapter-try-"));
afterAll(() => rmSync(dir, { recursive: true }));
const file = join(dir, "health.csv");
writeFileSync(file, register);
const agreements = [signed("org:welfare"), signed("org:clinic"), signed("org:bank", { state: "suspended" })];
const source = { provider, version: 1, sdl, adapter: mapping, schemes, rules, agreements };
const terms = await openTerms(source, { env: { HEALTH_CSV: file }, sealKey });
afterAll(() => terms.ministry.close());

const consent = {
  kind: "consent",
  jti: "receipt-1",
  nbf: 0,
  exp: 2e9,
  sub: seals.seal("health-no:H0002" as CanonicalPerson),
  recipient: "org:clinic",
  purposes: ["referral"],
  coordinates: ["Health.level"],
} as unknown as ConsentReceipt;
const feed: ConsentFeed = {
  subjects: () => [],
  receiptsOf: (ref) => (ref === consent.sub ? [consent] : []),
  statusOf: () => "valid",
  isFresh: () => true,
  problems: () => [],
  position: () => 1,
  close: () => {},
};
const tried = (who: CanonicalPerson, consumer: string) =>
  adapterTry(who, consumer as OrgId, { provider, terms, seals, feed }, now);

test("the raw row stands beside what the consumer would get", async () => {
  const { raw, released } = await tried(person(1), "org:welfare");
  expect(raw).toEqual([
    { table: "CARDS", row: expect.objectContaining({ NID: "1000000001", LEVEL: "level 1", STATUS: "1" }) as object },
  ]);
  expect(released).toEqual([
    {
      purpose: "eligibility-assessment",
      basis: "PUBLIC_TASK",
      agreement: "dsa-welfare",
      version: 1,
      inForce: true,
      skipped: [],
      errors: [],
      data: { _entities: [{ health: { level: "level 1", status: "ACTIVE", source: "Health", asOf: "2026-01-01" } }] },
    },
  ]);
});

test("consent shows as it would: only what was consented, and nothing of anybody else", async () => {
  const [second] = (await tried(person(2), "org:clinic")).released;
  expect(second?.data).toEqual({
    _entities: [{ health: { level: "level 2", status: null, source: "Health", asOf: "2026-01-02" } }],
  });
  const [third] = (await tried(person(3), "org:clinic")).released;
  expect(JSON.stringify(third?.data)).not.toContain("level 3");
});

test("a suspended agreement releases nothing, and no agreement has nothing to show", async () => {
  const { released } = await tried(person(1), "org:bank");
  expect(released.map(({ inForce, data }) => [inForce, data])).toEqual([[false, null]]);
  expect((await tried(person(1), "org:other")).released).toEqual([]);
});
