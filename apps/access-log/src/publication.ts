import { setTimeout as sleep } from "node:timers/promises";
import {
  assertHolds,
  consistencyRanges,
  createPublisher,
  heldByWitnesses,
  type LogStorage,
  type NoteSigner,
  type PinnedWitnesses,
  type Publisher,
  type PublisherOptions,
  readRanges,
  type Sequencer,
  WitnessClient,
  type WitnessDoor,
} from "#libs/access-log";
import { clientTls, type Logger } from "#libs/server";
import { WeftError } from "#libs/terms";
import type { AccessLogConfig } from "./config.js";

/** Milliseconds. With the round trip well below the second within which an appended entry is under a cosigned checkpoint. */
const TICK = 250;
const ASK_AGAIN = 250;

/** The pinned witnesses that this log was given an address of. */
export function openDoors(
  config: AccessLogConfig,
  { quorum, verifiers }: PinnedWitnesses,
  logger: Logger,
): readonly WitnessDoor[] {
  const urls = new Map(Object.entries(config.WEFT_WITNESSES ?? {}));
  const tls = clientTls(config, logger);
  const doors = verifiers.flatMap((witness) => {
    const url = urls.get(witness.name);
    return url === undefined ? [] : [new WitnessClient({ url, witness, ...(tls && { tls }) })];
  });
  const unknown = [...urls.keys()].filter((name) => !verifiers.some((witness) => witness.name === name));
  if (unknown.length > 0)
    throw new WeftError("CONFIG_INVALID", {
      message: "WEFT_WITNESSES names a witness that registry.yaml does not pin.",
    });
  // A sandbox may run without its witness; then adapters that pin it do not answer.
  if (doors.length < quorum && (config.WEFT_MODE === "production" || doors.length > 0))
    throw new WeftError("CONFIG_INVALID", {
      message: `registry.yaml asks for ${quorum} witnesses, but WEFT_WITNESSES has the addresses of ${doors.length}.`,
    });
  return doors;
}

/**
 * Waits for a quorum to say what it cosigned, and refuses a database that does not continue it: restored together with its state folder, a
 * log would not know by itself what it lost, and the first record that it took would be a fork.
 */
export async function assertWitnessedPast(
  doors: readonly WitnessDoor[],
  quorum: number,
  { storage, signer }: { readonly storage: LogStorage; readonly signer: NoteSigner },
  logger: Logger,
): Promise<void> {
  const wanted = doors.length === 0 ? 0 : quorum;
  for (let told = false; ; told = true) {
    try {
      for (const note of await heldByWitnesses(doors, signer.name, wanted)) await assertHolds(note, signer, storage);
      return;
    } catch (error) {
      if (error instanceof WeftError && error.code === "CONFIG_INVALID") throw error;
      if (!told) logger.warn({ event: "witnesses-awaited", err: error }, "No record is taken before they answer.");
      await sleep(ASK_AGAIN);
    }
  }
}

/** Takes each new checkpoint to the witnesses. The returned function stops it. */
export function startPublication(
  sequencer: Sequencer,
  storage: LogStorage,
  { doors, quorum, signer }: { readonly doors: readonly WitnessDoor[]; quorum: number; readonly signer: NoteSigner },
  events: Pick<PublisherOptions, "onAnswer" | "onProblem">,
): { readonly publisher: Publisher; readonly close: () => Promise<void> } {
  const publisher = createPublisher({
    newest: () => sequencer.checkpoint(),
    consistency: (from, to) => readRanges(consistencyRanges(from, to), storage.hashes),
    assertHolds: (note) => assertHolds(note, signer, storage),
    quorum: doors.length === 0 ? 0 : quorum,
    doors,
    ...events,
  });
  const timer = setInterval(() => void publisher.publish(), TICK).unref();
  return {
    publisher,
    close: async () => {
      clearInterval(timer);
      // What was appended last is vouched for before we go, after the round that is under way: an older state put back is then seen.
      await publisher.publish();
      await publisher.publish();
      await Promise.all(doors.map((door) => door.close()));
    },
  };
}
