import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { repository } from "../../apps/sandbox/src/repository.js";
import { type Orvanda, startOrvanda } from "./orvanda.js";

/** To whoever runs an adapter by `weft adapter run`: it is there when the command says so, and gone when the command is. */
let orvanda: Orvanda;
let running: ChildProcess | undefined;

beforeAll(async () => {
  orvanda = await startOrvanda({ people: 500 });
  await orvanda.stopApp("adapter");
});
afterAll(async () => {
  running?.kill("SIGKILL");
  await orvanda?.stop();
});

function spawnIt() {
  const env = path.join(orvanda.dataDir, "keys", "adapter.env");
  return spawn(process.execPath, ["dist/bin/weft.js", "adapter", "run", "--env", env], {
    cwd: repository,
    stdio: ["ignore", "pipe", "ignore"],
  });
}

async function runIt(): Promise<ChildProcess> {
  const child = spawnIt();
  running = child;
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  await vi.waitFor(() => expect(said).toContain("The adapter runs. Its page: http://127.0.0.1:"), 60_000);
  expect(await isThere()).toBe(true);
  return child;
}

async function isThere(): Promise<boolean> {
  return fetch(`${orvanda.urls.adapter}/health/live`).then(
    ({ ok }) => ok,
    () => false,
  );
}

test("where the adapter does not start, because another one has its folder, the command ends too; interrupted, it stops in order", async () => {
  const child = await runIt();
  const second = spawnIt();
  await vi.waitFor(() => expect(second.exitCode).toBe(1), 30_000);
  child.kill("SIGINT");
  expect(await once(child, "exit")).toEqual([0, null]);
  expect(await isThere()).toBe(false);
});

test("where the command is killed, the adapter does not stay behind", async () => {
  const child = await runIt();
  child.kill("SIGKILL");
  await vi.waitFor(async () => expect(await isThere()).toBe(false), 15_000);
});
