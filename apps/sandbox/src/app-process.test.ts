import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { type AppSpec, createApp } from "./app-process.js";
import { reservePort } from "./ports.js";
import { built } from "./repository.js";

const dir = mkdtempSync(path.join(tmpdir(), "weft app "));
afterAll(() => rmSync(dir, { recursive: true }));
const cases = path.join(dir, "cases.jsonl");
writeFileSync(cases, "");

async function spec(): Promise<AppSpec> {
  return {
    name: "disability",
    script: "apps/sandbox/src/mis/disability.js",
    port: await reservePort(),
    env: { MIS_FILE: cases, MIS_SECRET: "s" },
    ready: "/health",
    logFile: path.join(dir, "logs", "disability.log"),
  };
}

const withPort = (made: AppSpec): AppSpec => ({ ...made, env: { ...made.env, PORT: String(made.port) } });

async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
    // A child that nobody waited for still has a name.
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}

test("an app starts, stops, is killed and starts again on the same port", async () => {
  const app = createApp(withPort(await spec()));
  await app.start();
  expect((await fetch(`${app.url}/health`)).ok).toBe(true);
  await app.stop();
  await expect(fetch(`${app.url}/health`)).rejects.toThrow();
  await app.start();
  await app.kill();
  await app.start();
  expect((await fetch(`${app.url}/health`)).ok).toBe(true);
  await app.stop();
});

test("one that cannot start says why", async () => {
  const broken = withPort(await spec());
  await expect(createApp({ ...broken, env: { ...broken.env, MIS_FILE: "/nowhere" } }).start()).rejects.toThrow(
    /ENOENT/,
  );
});

test("an app does not outlive whoever started it", async () => {
  const made = withPort(await spec());
  const parent = path.join(dir, "parent.mjs");
  const appProcess = pathToFileURL(path.join(built, "apps/sandbox/src/app-process.js")).href;
  writeFileSync(
    parent,
    `const { createApp } = await import(${JSON.stringify(appProcess)}); const app = createApp(${JSON.stringify(made)}); await app.start(); process.send(app.pid); setInterval(() => {}, 1000);`,
  );
  const child = fork(parent);
  const [pid] = (await Promise.race([once(child, "message"), once(child, "exit").then(() => [0])])) as [number];
  expect(await isAlive(pid)).toBe(true);
  child.kill("SIGKILL");
  for (let i = 0; i < 100 && (await isAlive(pid)); i++) await sleep(50);
  expect(await isAlive(pid)).toBe(false);
});
