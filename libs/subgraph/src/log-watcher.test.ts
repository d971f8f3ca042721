import { generateKeyPairSync } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Checkpoint,
  cosign,
  cosignatureSigner,
  noteSigner,
  noteVerifier,
  parseNote,
  pinLogs,
  pinWitnesses,
  printNote,
  signCheckpoint,
  witnessVerifier,
} from "#libs/access-log";
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
    published: () => Promise.reject(new Error("nobody was to ask")),
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
  const compared = [
    [5, 7],
    [7, 9],
  ];
  expect([watcher.problem(), first.asked]).toEqual([undefined, compared]);
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

test("a look that is answered late does not take the log for one that has lost entries", async () => {
  const store = new AdapterStore(":memory:");
  const answers: (() => void)[] = [];
  let size = 4;
  const log: WatchedLog = {
    ...logAt(tree(4)).log,
    checkpoint: () => {
      const newest = tree(size);
      return new Promise((resolve) => answers.push(() => resolve(newest)));
    },
  };
  const watcher = new LogWatcher({ log, store });
  const first = watcher.look();
  await new Promise(setImmediate);
  size = 9;
  const second = watcher.look();
  await new Promise(setImmediate);
  answers.at(-1)!();
  await sleep(20);
  answers[0]!();
  await Promise.all([first, second]);
  expect(watcher.problem()).toBeUndefined();
});

test("a fork that is smaller than what was checked is found as well", async () => {
  const store = new AdapterStore(":memory:");
  const honest = logAt(tree(20));
  const log: WatchedLog = {
    ...honest.log,
    assertConsistent: async (older, newer) => {
      const own = [older, newer].every(({ size, root }) => root.equals(tree(size).root));
      if (!own) throw new WeftError("PROOF_REJECTED");
    },
  };
  const watcher = new LogWatcher({ log, store });
  await watcher.look();
  for (const size of [12, 9, 15]) watcher.observe(tree(size));
  await watcher.look();
  expect(watcher.problem()).toBeUndefined();
  watcher.observe(tree(9, "another"));
  await watcher.look();
  expect(watcher.problem()).toBe("log-inconsistent");
});

test("two small trees of one size are a fork at once; of many checkpoints so many are compared", async () => {
  const watcher = new LogWatcher({ log: logAt(tree(1_000)).log, store: new AdapterStore(":memory:") });
  await watcher.look();
  watcher.observe(tree(9));
  expect(() => watcher.observe(tree(9, "another"))).toThrow();
  const busy = logAt(tree(1_000));
  const other = new LogWatcher({ log: busy.log, store: new AdapterStore(":memory:") });
  for (let size = 1; size < 1_000; size += 1) other.observe(tree(size));
  await other.look();
  expect(busy.asked).toHaveLength(64);
  expect(busy.asked.at(-1)?.[1]).toBe(1_000);
});

const logKey = generateKeyPairSync("ed25519").privateKey;
const witnessKey = generateKeyPairSync("ed25519").privateKey;
const witness = witnessVerifier("witness.example", witnessKey);

/** A log whose published checkpoint was cosigned at a time, or never. */
function witnessedLog(checkpoint: Checkpoint, cosignedAt: () => number | undefined): WatchedLog {
  return {
    ...logAt(checkpoint).log,
    published: async () => {
      const note = signCheckpoint(checkpoint, noteSigner("log.example", logKey));
      const { text, signatures } = parseNote(note);
      const at = cosignedAt();
      const cosigned = at === undefined ? [] : [cosign(text, cosignatureSigner("witness.example", witnessKey), at)];
      return printNote({ text, signatures: [...signatures, ...cosigned] });
    },
  };
}

const witnessed = (quorum: number) => ({
  logs: pinLogs([noteVerifier("log.example", logKey).vkey]),
  by: () => pinWitnesses({ quorum, vkeys: [witness.vkey] }),
});

test("a log that no witness has vouched for in ten minutes is not believed, also after a restart", async () => {
  const store = new AdapterStore(":memory:");
  let [now, cosignedAt]: [number, number | undefined] = [10_000, undefined];
  const log = witnessedLog(tree(5), () => cosignedAt);
  const options = { log, store, witnessed: witnessed(1), now: () => now };
  const watcher = new LogWatcher(options);
  await watcher.look();
  expect([watcher.problem(), watcher.isWaiting()]).toEqual(["log-not-witnessed", true]);
  cosignedAt = 9_990;
  await watcher.look();
  expect([watcher.problem(), watcher.isWaiting()]).toEqual([undefined, false]);
  cosignedAt = undefined;
  now += 580;
  await watcher.look();
  expect(watcher.problem()).toBeUndefined();
  const again = new LogWatcher(options);
  await again.look();
  expect(again.problem()).toBeUndefined();
  now += 20;
  expect([watcher.problem(), again.problem()]).toEqual(["log-not-witnessed", "log-not-witnessed"]);
});

test("a cosignature of the future vouches for nothing, and where no quorum is asked for nobody is asked", async () => {
  const log = witnessedLog(tree(5), () => 20_000);
  const watcher = new LogWatcher({
    log,
    store: new AdapterStore(":memory:"),
    witnessed: witnessed(1),
    now: () => 10_000,
  });
  await watcher.look();
  expect(watcher.problem()).toBe("log-not-witnessed");
  const alone = logAt(tree(5));
  const unasked = new LogWatcher({ log: alone.log, store: new AdapterStore(":memory:"), witnessed: witnessed(0) });
  await unasked.look();
  expect(unasked.problem()).toBeUndefined();
});

test("what the witnesses vouch for must fit what this ministry was shown", async () => {
  const watcher = new LogWatcher({
    log: { ...witnessedLog(tree(5), () => 9_990), checkpoint: async () => tree(9) },
    store: new AdapterStore(":memory:"),
    witnessed: witnessed(1),
    now: () => 10_000,
  });
  watcher.observe(tree(5, "another"));
  await watcher.look();
  expect(watcher.problem()).toBe("log-inconsistent");
});
