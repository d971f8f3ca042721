import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Turns } from "../../libs/subgraph/src/read/module/turns.js";
import { type SourceKind, sourceKinds } from "./source-kinds.js";
import { openTrialAdapter } from "./trial-adapter.js";

/** To every ministry: whatever your system is, the adapter in front of it keeps the same promises, and your system is as it was. */
const dir = mkdtempSync(path.join(tmpdir(), "weft-kinds-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const here = sourceKinds.filter(({ missing }) => missing === undefined);

/** Decided before any system is asked, so the same over all of them, and slow: asked over one. */
const neverReach = /^500 injection texts as a (cursor|page's size|threshold)|^while the register is silent/;
const all = "CSV";
/** Half a minute for each kind: where a filter is compared here as it is on CSV, or is a value of JSON as on REST, it is asked there. */
const filters = /^500 injection texts as a list's filter/;
const alike = new Set(["XLSX", "module", "DCI"]);
const isAsked = (kind: string, name: string) =>
  kind === all || (!neverReach.test(name) && !(alike.has(kind) && filters.test(name)));

/** Each asks with twenty questions at once: more of them than cores only wait for each other, beyond the time that an adapter has for its log. */
const turns = new Turns(2, 600_000);

describe("the adapter over", { concurrent: true, timeout: 600_000 }, () => {
  test.each(here)("$name passes every case of the suite, and changes nothing there", async (kind) => {
    const { done } = await turns.run(() => passes(kind));
    await done;
  });
});

async function passes(kind: SourceKind): Promise<void> {
  const trial = await openTrialAdapter(kind, dir);
  try {
    const before = await trial.source.snapshot();
    const [results] = await Promise.all([
      trial.run({ without: kind.without ?? [], only: (name) => isAsked(kind.name, name) }),
      trial.app.start(),
    ]);
    expect(results.filter(({ outcome }) => outcome === "failed")).toEqual([]);
    expect(results.filter(({ outcome }) => outcome === "left out").length).toBe(kind.without?.length ?? 0);
    expect(results.length).toBeGreaterThan(90);
    expect(await trial.source.snapshot()).toBe(before);
  } finally {
    await trial.stop();
  }
}
