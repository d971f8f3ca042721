import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AgreementId, type CanonicalPerson, deriveSealKey, type OrgId } from "#libs/terms";
import { afterAll, expect, test } from "vitest";
import { mapping, now, person, provider, register, schemes, sdl } from "../serve.fixture.js";
import { parseAdapterConfig } from "./check.js";
import { compileRead } from "./compile.js";
import { cursorSealer } from "./cursor.js";
import { openMinistry } from "./ministry.js";
import { subgraphSchema } from "./schema.js";

const dir = mkdtempSync(join(tmpdir(), "list-page-"));
afterAll(() => rmSync(dir, { recursive: true }));
const csv = join(dir, "health.csv");
writeFileSync(csv, register);
const schema = subgraphSchema(sdl);
const config = parseAdapterConfig(mapping, schema, schemes);
const sealKey = deriveSealKey("p1", Buffer.alloc(32, 3), provider);
const ministry = await openMinistry({ config, schema, schemes, env: { HEALTH_CSV: csv }, sealKey });
const text = "query($n:Int!,$a:String){healthRoster(first:$n,after:$a){nodes{level}pageInfo{hasNextPage endCursor}}}";
const plan = compileRead(text, schema, config);

/** Persons 1 to 3 are on the list; those that are named are left out of it. */
async function roster(
  first: number,
  out: readonly CanonicalPerson[],
  after: string | null = null,
  only?: readonly CanonicalPerson[],
) {
  const { data } = await ministry.read(plan, {
    persons: [],
    variables: { n: first, a: after },
    withhold: (rows) => rows.map((row) => (out.includes(row.person) ? ("everything" as const) : new Set())),
    consenting: only?.map((one) => ({ person: one, withheld: new Set<never>() })) ?? null,
    refOf: (one) => one,
    binding: { consumer: "org:welfare" as OrgId, agreement: "dsa-1" as AgreementId },
    now,
    signal: AbortSignal.timeout(1000),
  });
  return data?.["healthRoster"] as {
    nodes: { level: string }[];
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
  };
}

test("a next page is told of where somebody is on it, not by who is left out", async () => {
  expect((await roster(2, [])).pageInfo.hasNextPage).toBe(true);
  expect((await roster(2, [person(3)])).pageInfo.hasNextPage).toBe(false);
  expect((await roster(1, [person(2)])).pageInfo.hasNextPage).toBe(true);
});

test("a list from which everybody is left out is an empty list, its cursor too", async () => {
  const empty = { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } };
  expect(await roster(3, [person(1), person(2), person(3)])).toEqual(empty);
  expect((await roster(3, [person(3)])).pageInfo.endCursor).not.toBeNull();
});

test("a page ends with its last person: where its cursor stands tells of nobody who was left out", async () => {
  const { pageInfo } = await roster(1, [person(2)]);
  expect((await roster(1, [], pageInfo.endCursor)).nodes).toEqual([{ level: "level 2" }]);
  const last = await roster(2, [person(2), person(3)]);
  expect((await roster(1, [], last.pageInfo.endCursor)).nodes).toEqual([{ level: "level 2" }]);
});

test("a cursor is as long for a short key as for a long one", () => {
  const binding = {
    consumer: "org:welfare" as OrgId,
    agreement: "dsa-1" as AgreementId,
    operation: plan.digest,
    scope: [],
  };
  const cursors = cursorSealer(sealKey);
  const [short, long] = ["9", "1234567890123"].map((key) => cursors.seal([key], binding));
  expect(short).toHaveLength(long!.length);
  expect(cursors.open(long!, binding)).toEqual(["1234567890123"]);
});

test("a list on consent is of those who consented, and whoever is not asked for makes no page short", async () => {
  const { nodes, pageInfo } = await roster(1, [], null, [person(2), person(3)]);
  expect([nodes, pageInfo.hasNextPage]).toEqual([[{ level: "level 2" }], true]);
  expect((await roster(1, [], null, [person(3)])).pageInfo.hasNextPage).toBe(false);
  expect((await roster(3, [], null, [])).nodes).toEqual([]);
});
