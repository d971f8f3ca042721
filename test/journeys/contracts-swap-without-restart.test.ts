import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { loadContracts } from "#libs/contracts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sandboxKey } from "../../apps/sandbox/src/keys.js";
import { appNames } from "../../apps/sandbox/src/compose-apps.js";
import { defaultContracts } from "../../apps/sandbox/src/network.js";
import { repository } from "../../apps/sandbox/src/repository.js";
import { signSandboxContracts } from "../../apps/sandbox/src/sign-contracts.js";
import { codesOf, type Orvanda, startOrvanda, type Told } from "./orvanda.js";

/**
 * To whoever signs an agreement: what you have both signed is what is in force, a moment after it is published, whole, and what you
 * have ended does not come back. No app is started anew for it, and nobody who asks meanwhile meets a failure.
 */
let orvanda: Orvanda;
let version: number;
const folder = mkdtempSync(path.join(tmpdir(), "weft contracts "));
const served = path.join(folder, "served");
const before = path.join(folder, "before");
const agreement = path.join(served, "agreements/dsa-civil-welfare-2026/agreement.yaml");
/** Each app looks at its folder each second; composing takes another on a busy machine. */
const SEVERAL_LOOKS = 2_500;

beforeAll(async () => {
  for (const copy of [served, before]) cpSync(defaultContracts, copy, { recursive: true });
  ({ version } = await loadContracts(served, { authorityKey: sandboxKey("authority-1").publicJwk, compose: false }));
  orvanda = await startOrvanda({ contracts: served });
});
afterAll(async () => {
  await orvanda?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const ask = () =>
  orvanda.ask({
    persona: "caseworker",
    query: "query Swap($who: PersonKey!) { person(key: $who) { vitalStatus { finding } foodSupport { status } } }",
    variables: { who: orvanda.who("Amara Tessel") },
  });
const inForce = { person: { vitalStatus: { finding: "NO_DEATH_RECORD" }, foodSupport: { status: "SUSPENDED" } } };
const suspended = { person: { vitalStatus: null, foodSupport: { status: "SUSPENDED" } } };
const pids = () => appNames.map((name) => orvanda.pidOf(name));

/** Digests of what an app has in force. */
async function servedBy(app: "gateway"): Promise<string> {
  return (await fetch(`${orvanda.urls[app]}/health/ready`)).text();
}

function edit(file: string, from: string, to: string): void {
  const text = readFileSync(file, "utf8");
  expect(text).toContain(from);
  writeFileSync(file, text.replace(from, to));
}

/** Somebody goes on asking: each time there is an answer, and soon it is this one. */
async function until(wanted: object): Promise<void> {
  for (let patience = 80; patience > 0; patience--) {
    const answer = await ask();
    expect(answer.status).toBe(200);
    // An adapter may see the new version a moment before the gateway does, or after.
    if (matches(answer, wanted)) return;
    await sleep(250);
  }
  throw new Error("What should be in force is not.");
}

function matches({ data }: Told, wanted: object): boolean {
  return JSON.stringify(data) === JSON.stringify(wanted);
}

test("a folder that is only half written does not serve; the version before it does", async () => {
  const started = pids();
  await until(inForce);
  edit(agreement, "state: active", "state: suspended");
  await sleep(SEVERAL_LOOKS);
  await until(inForce);
  renameSync(path.join(served, "subgraphs/food"), path.join(folder, "food"));
  await sleep(SEVERAL_LOOKS);
  await until(inForce);
  renameSync(path.join(folder, "food"), path.join(served, "subgraphs/food"));
  expect(pids()).toEqual(started);
});

test("once it is signed, a new version is in force everywhere, without a restart", async () => {
  const [started, old] = [pids(), await servedBy("gateway")];
  await signSandboxContracts(served, version + 1);
  await until(suspended);
  // Until here the ministry may have refused alone.
  await expect.poll(() => servedBy("gateway"), { timeout: 30_000 }).not.toBe(old);
  expect(codesOf(await ask())).toEqual(["AGREEMENT_INACTIVE"]);
  expect(pids()).toEqual(started);
});

test("an older version does not come back, and a gateway that starts under it refuses", async () => {
  rmSync(path.join(folder, "after"), { recursive: true, force: true });
  renameSync(served, path.join(folder, "after"));
  cpSync(before, served, { recursive: true });
  await sleep(SEVERAL_LOOKS);
  await until(suspended);
  await orvanda.stopApp("gateway");
  await expect(orvanda.startApp("gateway")).rejects.toThrow(/version/);
  rmSync(served, { recursive: true });
  renameSync(path.join(folder, "after"), served);
  await orvanda.startApp("gateway");
  await until(suspended);
});

test("an agreement that both sides renew is in force again", async () => {
  edit(agreement, "state: suspended", "state: active");
  await signSandboxContracts(served, version + 2);
  await until(inForce);
  expect((await ask()).errors).toEqual([]);
});

test("whoever proposes a version is told what it takes from whom, how often that was asked for, and ends with 2", async () => {
  const [exported, proposed] = [path.join(folder, "log"), path.join(folder, "proposed")];
  const weft = (...args: string[]) =>
    promisify(execFile)(process.execPath, ["dist/bin/weft.js", ...args], { cwd: repository });
  await weft("log", "export", exported, "--log", orvanda.urls.log, "--contracts", served);
  cpSync(served, proposed, { recursive: true });
  edit(path.join(proposed, "agreements/dsa-civil-welfare-2026/agreement.yaml"), "      VitalStatus: [finding]\n", "");
  await signSandboxContracts(proposed, version + 3);
  const check = weft("contract", "check", proposed, "--against", served, "--log", exported);
  const { code, stdout } = (await check.catch((error: unknown) => error)) as { code: number; stdout: string };
  expect(code).toBe(2);
  const line = stdout.split("\n").find((one) => one.includes("(VitalStatus.finding)"));
  const times = /leaves the agreement; Social Welfare Office asked for it (\d+) times in the 30 days to /.exec(
    line ?? "",
  );
  // Each question of this file, but for those that were refused.
  expect(Number(times?.[1])).toBeGreaterThan(3);
  expect(stdout).toContain("take something from a consumer.");
  await expect(weft("contract", "check", served, "--against", served)).resolves.toMatchObject({
    stdout: expect.stringContaining("Nothing changes for anybody."),
  });
});
