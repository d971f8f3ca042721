import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { brokenAdapters, openBroken } from "./broken-adapters.js";
import { sourceKinds } from "./source-kinds.js";
import { openTrialAdapter, type TrialAdapter } from "./trial-adapter.js";

/** To who relies on the suite: an adapter with one thing wrong does not pass, and the case that finds it says so. */
const dir = mkdtempSync(path.join(tmpdir(), "weft-broken-"));
let trial: TrialAdapter;
beforeAll(async () => {
  trial = await openTrialAdapter(
    sourceKinds.find(({ name }) => name === "CSV")!,
    dir,
  );
  await trial.app.start();
});
afterAll(async () => {
  await trial?.stop();
  rmSync(dir, { recursive: true, force: true });
});

// One of the cases asks a thousand questions.
test.each(brokenAdapters)("an adapter that %s is found", { timeout: 120_000 }, async (_what, spoil, foundBy) => {
  const broken = await openBroken(trial.url, spoil);
  try {
    const only = (name: string) => name === foundBy;
    expect(await trial.run({ only })).toMatchObject([{ case: foundBy, outcome: "passed" }]);
    expect(await trial.run({ only, url: broken.url })).toMatchObject([{ case: foundBy, outcome: "failed" }]);
  } finally {
    await broken.close();
  }
});
