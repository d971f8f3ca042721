import { generateKeyPairSync } from "node:crypto";
import { expect, test, vi } from "vitest";
import { type Digest, digestOf, random16 } from "#libs/terms";
import { openCheckpoint, signCheckpoint } from "./checkpoint.js";
import { memoryHighWater } from "./high-water.js";
import { noteSigner, noteVerifier } from "./note.js";
import { pinLogs, verifyProof } from "./proof.js";
import { entryOf } from "./record.js";
import { openSequencer } from "./sequencer.js";
import { type Candidate, type LogStorage, memoryStorage } from "./storage.js";
import { leafHash } from "./tree.js";

const origin = "log.orvanda.example/qv";
const { privateKey } = generateKeyPairSync("ed25519");
const signer = noteSigner(origin, privateKey);
const verifier = noteVerifier(origin, privateKey);
const logs = pinLogs([verifier.vkey]);

function candidate(jwt: string, requestKey?: Digest): Candidate {
  return {
    leaf: leafHash(entryOf(jwt)),
    jti: random16(),
    kind: "intent",
    iss: "gateway:main",
    parent: undefined,
    exp: new Date(),
    jwt,
    disclosures: [],
    requestKey,
  };
}

function candidates(count: number, name = "record"): Candidate[] {
  return Array.from({ length: count }, (_, i) => candidate(`${name} ${i}`));
}

test("each record has an index of its own, and a proof that verifies under one signature per batch", async () => {
  const batches: number[] = [];
  const storage = memoryStorage();
  const sequencer = await openSequencer({
    storage,
    signer,
    highWater: memoryHighWater(),
    maxBatch: 100,
    onBatch: (entries) => batches.push(entries),
  });
  const records = candidates(250);
  const sequenced = await Promise.all(records.map((record) => sequencer.append(record)));
  expect(sequenced.map(({ index }) => index)).toEqual(records.map((_, i) => i));
  for (const [i, { proof }] of sequenced.entries()) {
    expect(verifyProof(proof, entryOf(`record ${i}`), logs).index).toBe(i);
  }
  expect(batches).toEqual([100, 100, 50]);
  expect(sequencer.checkpoint().size).toBe(250);
});

test("a known request key or record is a conflict, in one batch and across batches, and its neighbours are taken", async () => {
  const sequencer = await openSequencer({ storage: memoryStorage(), signer, highWater: memoryHighWater() });
  const key = digestOf("token and proof");
  const first = candidate("a", key);
  const together = await Promise.allSettled([first, candidate("b", key), candidate("c")].map(sequencer.append));
  expect(together.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  const later = await Promise.allSettled([candidate("d", key), first, candidate("e")].map(sequencer.append));
  expect(later).toMatchObject([
    { status: "rejected", reason: { code: "RECORD_CONFLICT" } },
    { status: "rejected", reason: { code: "RECORD_CONFLICT" } },
    { status: "fulfilled", value: { index: 2 } },
  ]);
});

test("two writers on one storage never give one index twice and end in one tree", async () => {
  const storage = memoryStorage();
  const [a, b] = await Promise.all(
    [0, 1].map(() => openSequencer({ storage, signer, highWater: memoryHighWater(), maxBatch: 7 })),
  );
  if (!a || !b) throw new Error("two sequencers");
  const sequenced = await Promise.all([...candidates(60, "a").map(a.append), ...candidates(60, "b").map(b.append)]);
  expect(new Set(sequenced.map(({ index }) => index)).size).toBe(120);
  expect((await storage.head()).size).toBe(120);
});

/** A storage whose commits fail at will, before or after they took effect. */
function failing(mode: { now: "no" | "before" | "after" }): LogStorage {
  const storage = memoryStorage();
  return {
    ...storage,
    append: async (batch) => {
      if (mode.now === "before") throw new Error("the disk is full");
      const result = await storage.append(batch);
      if (mode.now === "after") throw new Error("the connection is gone");
      return result;
    },
  };
}

test("where a commit fails nothing is acknowledged, and a commit that only seemed to fail reuses no index", async () => {
  const mode: { now: "no" | "before" | "after" } = { now: "before" };
  const sequencer = await openSequencer({ storage: failing(mode), signer, highWater: memoryHighWater() });
  await expect(sequencer.append(candidate("lost"))).rejects.toMatchObject({ code: "RECORD_UNAVAILABLE" });
  expect(sequencer.healthy).toBe(false);
  mode.now = "after";
  await expect(sequencer.append(candidate("kept, not acknowledged"))).rejects.toMatchObject({
    code: "RECORD_UNAVAILABLE",
  });
  mode.now = "no";
  const { index, proof } = await sequencer.append(candidate("next"));
  expect(index).toBe(1);
  expect(verifyProof(proof, entryOf("next"), logs).size).toBe(2);
  expect(sequencer.healthy).toBe(true);
});

async function grown(count: number) {
  const storage = memoryStorage();
  const highWater = memoryHighWater();
  const sequencer = await openSequencer({ storage, signer, highWater });
  await Promise.all(candidates(count).map(sequencer.append));
  return { storage, highWater };
}

test("a log goes on where it stopped", async () => {
  const { storage, highWater } = await grown(300);
  const again = await openSequencer({ storage, signer, highWater });
  expect(again.checkpoint().size).toBe(300);
  expect(await again.append(candidate("one more"))).toMatchObject({ index: 300 });
});

test("a database older than the highest signed checkpoint is refused", async () => {
  const { highWater } = await grown(300);
  const { storage: older } = await grown(200);
  await expect(openSequencer({ storage: older, signer, highWater })).rejects.toThrow("older state");
});

test("a database with another past is refused, also when it is larger", async () => {
  const { highWater } = await grown(10);
  const storage = memoryStorage();
  const other = await openSequencer({ storage, signer, highWater: memoryHighWater() });
  await Promise.all(candidates(20, "another").map(other.append));
  await expect(openSequencer({ storage, signer, highWater })).rejects.toThrow("another past");
});

test("a database without its highest checkpoint is refused, unless its size is named", async () => {
  const { storage } = await grown(10);
  await expect(openSequencer({ storage, signer, highWater: memoryHighWater() })).rejects.toThrow("not at hand");
  await expect(openSequencer({ storage, signer, highWater: memoryHighWater(), adopt: 9 })).rejects.toThrow(
    "not at hand",
  );
  expect((await openSequencer({ storage, signer, highWater: memoryHighWater(), adopt: 10 })).checkpoint().size).toBe(
    10,
  );
});

test("a highest checkpoint that another key signed is refused", async () => {
  const { storage } = await grown(1);
  const strange = noteSigner(origin, generateKeyPairSync("ed25519").privateKey);
  const head = await storage.head();
  const highWater = memoryHighWater(signCheckpoint({ origin, ...head }, strange));
  await expect(openSequencer({ storage, signer, highWater })).rejects.toThrow("not signed by this log's key");
});

test("a head that its leaves do not give is refused", async () => {
  const { storage } = await grown(3);
  const head = async () => ({ size: 3, root: leafHash(Buffer.from("x")) });
  await expect(
    openSequencer({ storage: { ...storage, head }, signer, highWater: memoryHighWater(), adopt: 3 }),
  ).rejects.toThrow("does not hold the tree");
});

test("the highest checkpoint is noted before anyone is told of it", async () => {
  const highWater = memoryHighWater();
  const sequencer = await openSequencer({ storage: memoryStorage(), signer, highWater });
  const { index } = await sequencer.append(candidate("a"));
  const noted = openCheckpoint(highWater.read().at(0) ?? "", [verifier]);
  expect(noted.size).toBeGreaterThan(index);
});

test("a checkpoint that cannot be noted is told to nobody, and the log goes on when it can", async () => {
  const highWater = memoryHighWater();
  let full = false;
  const sequencer = await openSequencer({
    storage: memoryStorage(),
    signer,
    maxBatch: 2,
    highWater: {
      ...highWater,
      raise: (note) => {
        if (full) throw new Error("the disk is full");
        highWater.raise(note);
      },
    },
  });
  full = true;
  const lost = await Promise.allSettled(candidates(5).map(sequencer.append));
  expect(lost.every(({ status }) => status === "rejected")).toBe(true);
  expect(sequencer.checkpoint().size).toBe(0);
  full = false;
  expect(await sequencer.append(candidate("next"))).toMatchObject({ index: 5 });
});

test("while a batch is written, those of the one before are told", async () => {
  const storage = memoryStorage();
  const gates = [Promise.resolve(), new Promise<void>(() => undefined)];
  const sequencer = await openSequencer({
    storage: {
      ...storage,
      append: async (batch) => {
        await gates.shift();
        return storage.append(batch);
      },
    },
    signer,
    highWater: memoryHighWater(),
    maxBatch: 1,
  });
  const [first] = candidates(2).map(sequencer.append);
  expect(await first).toMatchObject({ index: 0 });
});

test("a batch is given to the storage before the one before is done; where that one fails, it is built again", async () => {
  const storage = memoryStorage();
  const given: number[] = [];
  const { promise: first, reject: fail } = Promise.withResolvers<never>();
  const append: LogStorage["append"] = (batch) => {
    given.push(batch.from.size);
    return given.length === 1 ? first : storage.append(batch);
  };
  const sequencer = await openSequencer({
    storage: { ...storage, append },
    signer,
    highWater: memoryHighWater(),
    maxBatch: 1,
  });
  const [lost, kept] = candidates(2).map(sequencer.append);
  const refused = expect(lost).rejects.toMatchObject({ code: "RECORD_UNAVAILABLE" });
  await vi.waitFor(() => expect(given).toEqual([0, 1]));
  fail(new Error("the disk is full"));
  await refused;
  expect(await kept).toMatchObject({ index: 0 });
  expect(given).toEqual([0, 1, 0]);
});

test("a batch that is sent after one with a known record is taken all the same", async () => {
  const sequencer = await openSequencer({
    storage: memoryStorage(),
    signer,
    highWater: memoryHighWater(),
    maxBatch: 1,
  });
  const key = digestOf("token and proof");
  const known = await sequencer.append(candidate("a", key));
  const later = await Promise.allSettled([candidate("b", key), candidate("c"), candidate("d")].map(sequencer.append));
  expect(known.index).toBe(0);
  expect(later.map((one) => (one.status === "fulfilled" ? one.value.index : one.reason.code))).toEqual([
    "RECORD_CONFLICT",
    1,
    2,
  ]);
});
