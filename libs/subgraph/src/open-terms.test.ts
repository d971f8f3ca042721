import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { openTerms, type TermsSource } from "./open-terms.js";
import { mapping, provider, register, rules, schemes, sdl, sealKey, signed } from "./serve.fixture.js";

const dir = mkdtempSync(path.join(tmpdir(), "weft-terms-"));
const file = path.join(dir, "register.csv");
writeFileSync(file, register);
afterAll(() => rmSync(dir, { recursive: true }));

const machine = { env: { HEALTH_CSV: file }, sealKey };
const version = (changes: Partial<TermsSource>): TermsSource => ({
  provider,
  version: 1,
  sdl,
  adapter: mapping,
  schemes,
  rules,
  agreements: [signed("org:welfare")],
  ...changes,
});

test("a version with other agreements is read by the machine's open connections, under its own policy", async () => {
  const before = await openTerms(version({}), machine);
  const after = await openTerms(version({ version: 2, agreements: [] }), machine, before);
  expect(after.ministry).toBe(before.ministry);
  expect(after.schema).toBe(before.schema);
  expect(after.version).toBe(2);
  expect([before.policy.grants.size, after.policy.grants.size]).toEqual([1, 0]);
  await after.ministry.close();
});

test("a version with another mapping or schema opens the machine anew", async () => {
  const before = await openTerms(version({}), machine);
  const fewer = { ...mapping, protect: { ...mapping.protect, personsPerMinute: 7 } };
  const remapped = await openTerms(version({ adapter: fewer }), machine, before);
  const redefined = await openTerms(version({ sdl: `${sdl}\n"Unused." enum Unused { A }` }), machine, before);
  expect(remapped.ministry).not.toBe(before.ministry);
  expect(remapped.protect.personsPerMinute).toBe(7);
  expect(redefined.ministry).not.toBe(before.ministry);
  await Promise.all([before, remapped, redefined].map(({ ministry }) => ministry.close()));
});
