import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { sha256, WeftError } from "#libs/terms";
import { type Checkpoint, openCheckpoint, signCheckpoint } from "./checkpoint.js";
import { cosign, cosignatureSigner, openWitnessed, pinWitnesses, witnessVerifier } from "./cosignature.js";
import { emptyEdge, grow, rootOf } from "./edge.js";
import { noteSigner, noteVerifier } from "./note.js";
import { pinLogs } from "./proof.js";
import { createPublisher, heldByWitnesses, type Publisher } from "./publisher.js";
import type { SignedCheckpoint } from "./sequencer.js";
import { consistencyRanges, leafHash } from "./tree.js";
import type { WitnessDoor } from "./witness-client.js";
import { decideCosignature, printAddCheckpoint } from "./witness.js";

const origin = "log.orvanda.example/qv";
const { privateKey } = generateKeyPairSync("ed25519");
const logs = pinLogs([noteVerifier(origin, privateKey).vkey]);
const leaves = Array.from({ length: 40 }, (_, i) => leafHash(sha256(`entry ${i}`)));
const rootAt = (from: number, to: number) => rootOf(grow(emptyEdge, leaves.slice(from, to)).edge);

function signed(size: number): SignedCheckpoint {
  const checkpoint = { origin, size, root: rootAt(0, size) };
  return { ...checkpoint, note: signCheckpoint(checkpoint, noteSigner(origin, privateKey)) };
}

/** A witness in memory that decides as all do; `hang` makes it wait, `fail` makes it silent. */
function witnessAt(name: string) {
  const key = generateKeyPairSync("ed25519").privateKey;
  const state: { latest?: Checkpoint & { note: string }; hang?: Promise<void>; fail?: boolean } = {};
  const door: WitnessDoor = {
    name,
    async addCheckpoint(request) {
      await state.hang;
      if (state.fail) throw new WeftError("RECORD_UNAVAILABLE");
      const known = { logs: logs.verifiers, latest: () => state.latest };
      const decision = decideCosignature(printAddCheckpoint(request), known);
      if (decision.status === 409) return { status: "conflict", size: decision.size };
      if (decision.status !== 200) return { status: "refused", code: decision.status };
      state.latest = { ...decision.checkpoint, note: request.note };
      return { status: "cosigned", signature: cosign(decision.text, cosignatureSigner(name, key), 1_000) };
    },
    async latest() {
      if (state.fail) throw new WeftError("RECORD_UNAVAILABLE");
      return state.latest?.note;
    },
    close: async () => {},
  };
  return { door, state, vkey: witnessVerifier(name, key).vkey };
}

const [one, two] = [() => witnessAt("witness.example/one"), () => witnessAt("witness.example/two")];

interface Trial {
  size: number;
  readonly publisher: Publisher;
  readonly seen: string[];
}

function publisherOver(witnesses: readonly ReturnType<typeof witnessAt>[], quorum: number, size: number): Trial {
  const seen: string[] = [];
  const trial = { size, seen } as { -readonly [K in keyof Trial]: Trial[K] };
  trial.publisher = createPublisher({
    newest: () => signed(trial.size),
    consistency: async (from, to) => consistencyRanges(from, to).map((range) => rootAt(range.from, range.to)),
    assertHolds: async (note) => {
      const held = openCheckpoint(note, logs.verifiers);
      if (held.size > trial.size) throw new WeftError("CONFIG_INVALID", { detail: "it is an older state" });
    },
    quorum,
    doors: witnesses.map(({ door }) => door),
    onAnswer: (_name, outcome) => seen.push(outcome),
  });
  return trial;
}

test("what is published is cosigned by a quorum, and grows with the log", async () => {
  const witnesses = [one(), two()];
  const pinned = pinWitnesses({ quorum: 2, vkeys: witnesses.map(({ vkey }) => vkey) });
  const trial = publisherOver(witnesses, 2, 3);
  expect(() => openWitnessed(trial.publisher.published().note, logs, pinned, 2_000)).toThrow();
  for (const size of [3, 4, 17, 40]) {
    trial.size = size;
    await trial.publisher.publish();
    expect(openWitnessed(trial.publisher.published().note, logs, pinned, 2_000)).toMatchObject({ size });
  }
  await trial.publisher.publish();
  expect(trial.seen).toHaveLength(8);
});

test("a log that has just started learns from each witness where it stands", async () => {
  const witness = one();
  const before = publisherOver([witness], 1, 9);
  await before.publisher.publish();
  const after = publisherOver([witness], 1, 12);
  await after.publisher.publish();
  expect(after.seen).toEqual(["conflict", "cosigned"]);
  expect(after.publisher.published().size).toBe(12);
  expect(after.publisher.problem()).toBeUndefined();
});

test("one of two may hang or fail; what is late is added to what it cosigned", async () => {
  const [quick, slow] = [one(), two()];
  let letGo = () => {};
  slow.state.hang = new Promise((resolve) => (letGo = resolve));
  const trial = publisherOver([quick, slow], 1, 5);
  await trial.publisher.publish();
  expect(trial.publisher.published().note.match(/^— witness/gm)).toHaveLength(1);
  trial.size = 6;
  await trial.publisher.publish();
  expect(trial.publisher.published().size).toBe(6);
  letGo();
  await new Promise(setImmediate);
  expect(trial.publisher.published().size).toBe(6);
  delete slow.state.hang;
  trial.size = 7;
  await trial.publisher.publish();
  await new Promise(setImmediate);
  expect(trial.publisher.published().note.match(/^— witness/gm)).toHaveLength(2);
});

test("without a quorum the last cosigned checkpoint stays", async () => {
  const witness = one();
  const trial = publisherOver([witness], 1, 5);
  await trial.publisher.publish();
  witness.state.fail = true;
  trial.size = 8;
  await trial.publisher.publish();
  expect([trial.publisher.published().size, trial.seen]).toEqual([5, ["cosigned", "failed"]]);
});

test("a witness that holds more than the log has shows that the log is an older one; its word alone does not", async () => {
  const witness = one();
  await publisherOver([witness], 1, 30).publisher.publish();
  const restored = publisherOver([witness], 1, 20);
  await restored.publisher.publish();
  expect(restored.publisher.problem()).toMatchObject({ code: "CONFIG_INVALID" });
  const liar = one();
  const claims: WitnessDoor = { ...liar.door, addCheckpoint: async () => ({ status: "conflict", size: 10 ** 9 }) };
  const trial = publisherOver([{ ...liar, door: claims }], 1, 5);
  await trial.publisher.publish();
  expect(trial.publisher.problem()).toBeUndefined();
});

test("what witnesses hold is known only once a quorum has said so", async () => {
  const [up, down] = [one(), two()];
  await publisherOver([up], 1, 5).publisher.publish();
  down.state.fail = true;
  const doors = [up.door, down.door];
  await expect(heldByWitnesses(doors, origin, 2)).rejects.toThrow();
  expect(await heldByWitnesses(doors, origin, 1)).toHaveLength(1);
});
