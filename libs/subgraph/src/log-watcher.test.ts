import type { Checkpoint } from "#libs/access-log";
import { sha256, WeftError } from "#libs/terms";
import { expect, test } from "vitest";
import { LogWatcher, type WatchedLog } from "./log-watcher.js";
import { AdapterStore } from "./store.js";

const tree = (size: number, name = "one"): Checkpoint => ({
  origin: "log.example",
  size,
  root: sha256(`${name} ${size}`),
});

/** A log that serves one checkpoint and vouches, or not, that it continues the older ones. */
function logAt(checkpoint: Checkpoint, consistent = true) {
  const asked: [number, number][] = [];
  const log: WatchedLog = {
    checkpoint: async () => checkpoint,
    assertConsistent: async (older, newer) => {
      asked.push([older.size, newer.size]);
      if (!consistent) throw new WeftError("PROOF_REJECTED");
    },
    clockOffset: async () => 0,
  };
  return { log, asked };
}

test("the largest checkpoint shown must continue the largest checked, which outlives a restart", async () => {
  const store = new AdapterStore(":memory:");
  const first = logAt(tree(5));
  const watcher = new LogWatcher({ log: first.log, store });
  expect(watcher.problem()).toBe("clock-not-measured");
  await watcher.look();
  watcher.observe(tree(9));
  watcher.observe(tree(7));
  await watcher.look();
  expect([watcher.problem(), first.asked]).toEqual([undefined, [[5, 9]]]);
  const second = logAt(tree(12));
  await new LogWatcher({ log: second.log, store }).look();
  expect(second.asked).toEqual([[9, 12]]);
});

test("two trees of one size stop everything, for good", async () => {
  const store = new AdapterStore(":memory:");
  const { log } = logAt(tree(5));
  const watcher = new LogWatcher({ log, store });
  await watcher.look();
  expect(() => watcher.observe(tree(5, "another"))).toThrow(expect.objectContaining({ code: "PROOF_REJECTED" }));
  expect(() => watcher.observe(tree(6))).toThrow();
  await new Promise(setImmediate);
  expect(new LogWatcher({ log, store }).problem()).toBe("log-inconsistent");
});

test("a tree that does not continue the old one stops everything", async () => {
  const store = new AdapterStore(":memory:");
  await new LogWatcher({ log: logAt(tree(5)).log, store }).look();
  const watcher = new LogWatcher({ log: logAt(tree(6), false).log, store });
  await watcher.look();
  expect(watcher.problem()).toBe("log-inconsistent");
});

test("a reply that is no checkpoint is no answer, and no fork", async () => {
  const store = new AdapterStore(":memory:");
  let newest = () => Promise.resolve(tree(5));
  const log: WatchedLog = { ...logAt(tree(5)).log, checkpoint: () => newest() };
  const watcher = new LogWatcher({ log, store });
  await watcher.look();
  newest = () => Promise.reject(new WeftError("PROOF_REJECTED"));
  await watcher.look();
  newest = () => Promise.resolve(tree(6));
  await watcher.look();
  watcher.observe(tree(6));
  expect(watcher.problem()).toBeUndefined();
});

test("a clock more than five seconds off is a problem; a log that does not answer later is not one", async () => {
  const store = new AdapterStore(":memory:");
  let offset: () => Promise<number> = async () => -6;
  const log: WatchedLog = { ...logAt(tree(1)).log, clockOffset: () => offset() };
  const watcher = new LogWatcher({ log, store });
  await watcher.look();
  expect(watcher.problem()).toBe("clock-off: 6 s ahead of the log");
  offset = async () => 60;
  await watcher.look();
  expect(watcher.problem()).toBe("clock-off: 60 s behind the log");
  offset = async () => 5;
  await watcher.look();
  expect(watcher.problem()).toBeUndefined();
  offset = () => Promise.reject(new WeftError("RECORD_UNAVAILABLE"));
  await watcher.look();
  expect(watcher.problem()).toBeUndefined();
});

test("a log that was not looked at for five minutes is not believed on others' word", async () => {
  let [at, answers] = [1e9, true];
  const { log: seen } = logAt(tree(1));
  const log: WatchedLog = { ...seen, checkpoint: () => (answers ? seen.checkpoint() : Promise.reject(new Error())) };
  const store = new AdapterStore(":memory:");
  const watcher = new LogWatcher({ log, store, monotonic: () => at });
  await watcher.look();
  answers = false;
  at += 299_000;
  await watcher.look();
  expect(watcher.problem()).toBeUndefined();
  at += 2_000;
  expect(watcher.problem()).toBe("log-not-seen");
  answers = true;
  await watcher.look();
  expect(watcher.problem()).toBeUndefined();
});

test("a log that has lost entries is a problem until it has them again", async () => {
  const store = new AdapterStore(":memory:");
  await new LogWatcher({ log: logAt(tree(9)).log, store }).look();
  let size = 4;
  const log: WatchedLog = { ...logAt(tree(4)).log, checkpoint: async () => tree(size) };
  const watcher = new LogWatcher({ log, store });
  await watcher.look();
  expect(watcher.problem()).toBe("log-behind");
  size = 10;
  await watcher.look();
  expect(watcher.problem()).toBeUndefined();
});
