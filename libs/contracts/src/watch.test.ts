import { cp, readdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Contracts } from "./contracts.js";
import { type ContractsCopy, copyOrvanda, trusting } from "./orvanda.fixture.js";
import type { Problem } from "./problem.js";
import { type ContractsWatch, watchContracts } from "./watch.js";

let served: ContractsCopy;
let next: ContractsCopy;
let watch: ContractsWatch;
let swaps: Contracts[];
let refusals: (readonly Problem[])[];

beforeEach(async () => {
  [served, next] = await Promise.all([copyOrvanda(), copyOrvanda()]);
  [swaps, refusals] = [[], []];
  const options = { ...trusting, compose: false, interval: 20 };
  watch = await watchContracts(served.dir, options, {
    onSwap: (it) => swaps.push(it),
    onReject: (it) => refusals.push(it),
  });
});
afterEach(async () => {
  watch.close();
  await Promise.all([served.close(), next.close()]);
});

async function until(holds: () => boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!holds()) {
    if (Date.now() > end) throw new Error("waited too long");
    await wait(10);
  }
}

async function copyOver(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, force: true });
}

async function raise(version: number): Promise<void> {
  await next.edit("agreements/house-cash-2026/agreement.yaml", "personsPerRequest: 500", "personsPerRequest: 400");
  await next.sign(version);
}

const limitOf = (contracts: Contracts): number | undefined =>
  contracts.agreements.find(({ agreement }) => agreement.agreement === "house-cash-2026")?.agreement.limits
    .personsPerRequest;

test("a new version is swapped in whole, and the old one stays as it was for whoever holds it", async () => {
  const first = watch.current();
  await raise(2);
  await copyOver(next.dir, served.dir);
  await until(() => watch.current().version === 2);
  expect(limitOf(watch.current())).toBe(400);
  expect(limitOf(first)).toBe(500);
  expect(swaps).toHaveLength(1);
});

test("a half-written folder never serves, whichever half comes first", async () => {
  await raise(2);
  const files = (await readdir(next.dir, { recursive: true, withFileTypes: true }))
    .filter((it) => it.isFile())
    .map((it) => path.relative(next.dir, path.join(it.parentPath, it.name)));
  const changed: string[] = [];
  for (const file of files) if ((await next.read(file)) !== (await served.read(file))) changed.push(file);
  expect(changed.length).toBeGreaterThanOrEqual(4);
  for (const [index, file] of changed.toSorted().toReversed().entries()) {
    expect(watch.current().version).toBe(1);
    const seen = refusals.length;
    await served.write(file, await next.read(file));
    await until(() => (index < changed.length - 1 ? refusals.length > seen : swaps.length > 0));
  }
  expect(limitOf(watch.current())).toBe(400);
});

test("a folder that vanishes or breaks leaves the last good version serving", async () => {
  await served.append("subgraphs/civil/schema.graphql", "type {");
  await until(() => refusals.length > 0);
  expect(refusals[0]![0]).toMatchObject({ file: "subgraphs/civil/schema.graphql" });
  await rename(served.dir, `${served.dir}-away`);
  await until(() => refusals.length > 1);
  expect(watch.current().version).toBe(1);
  await rm(`${served.dir}-away`, { recursive: true });
});

test("an older version is refused, though its signatures are good", async () => {
  await raise(3);
  await copyOver(next.dir, served.dir);
  await until(() => watch.current().version === 3);
  const old = await copyOrvanda();
  await old.sign(2);
  await copyOver(old.dir, served.dir);
  await until(() => refusals.some(([first]) => first?.wrong === "version 2 is older than 3, which was served before"));
  expect(watch.current().version).toBe(3);
  await old.close();
});

test("a second content under the same version is refused", async () => {
  await raise(1);
  await copyOver(next.dir, served.dir);
  await until(() => refusals.some(([first]) => first?.wrong === "version 1 was served before with another content"));
  expect(limitOf(watch.current())).toBe(500);
});
