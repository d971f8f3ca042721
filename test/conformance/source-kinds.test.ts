import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { prepare, type Result, runSuite } from "#libs/conformance";
import { createApp } from "../../apps/sandbox/src/app-process.js";
import { reservePort } from "../../apps/sandbox/src/ports.js";
import { repository } from "../../apps/sandbox/src/repository.js";

/** To every ministry: whatever your system is, the adapter in front of it keeps the same promises. */
const vectors = path.join(repository, "contracts", "vectors", "adapter");
const dir = mkdtempSync(path.join(tmpdir(), "weft-kinds-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test("CSV passes", async () => {
  const world = `http://127.0.0.1:${await reservePort(0)}`;
  const { env } = await prepare(path.join(dir, "csv"), {
    vectors,
    contracts: path.join(repository, "contracts"),
    world,
  });
  const port = await reservePort(0);
  const app = createApp({
    name: "csv",
    script: "bin/adapter.js",
    port,
    ready: "/health/live",
    logFile: path.join(dir, "csv.log"),
    env: { ...env, WEFT_PORT: String(port) },
  });
  const starting = app.start();
  const results: Result[] = [];
  try {
    await Promise.all([
      starting,
      runSuite({
        url: `${app.url}/trial/graphql`,
        dir: path.join(dir, "csv"),
        vectors,
        onResult: (one) => results.push(one),
      }),
    ]);
  } finally {
    await app.stop();
  }
  expect(results.filter(({ outcome }) => outcome !== "passed")).toEqual([]);
});
