import { readFile } from "node:fs/promises";
import path from "node:path";
import {
  assertWhole,
  auditLog,
  auditRange,
  type Checkpoint,
  entryOf,
  firstDifference,
  gapFinder,
  leafHash,
  type Misfit,
  openPinned,
  openWitnessed,
  parseProof,
  type PinnedLogs,
  type PinnedWitnesses,
  pinLogs,
  pinWitnesses,
  readLeaves,
  RECORD_TYP,
  RecordPayload,
  TILE_WIDTH,
  verifyProof,
} from "#libs/access-log";
import type { Contracts } from "#libs/contracts";
import { parseJws, WeftError } from "#libs/terms";
import { folderReader, readCheckpointFile, recordsIn, type ShownRecord, shownRecord } from "./log-folder.js";
import { assertSignedByIssuer, type LogOptions, loadFor } from "./log.js";
import { inWords, UsageError } from "./places.js";

/** What is verified from files alone, and what it is held against. */
export interface AuditOptions extends LogOptions {
  readonly folder?: string;
  readonly proof?: string;
  readonly record?: string;
  /** A letter to a person, and its print. */
  readonly letter?: string;
  readonly pdf?: string;
  readonly from?: number;
  readonly to?: number;
  /** Files: checkpoints that somebody kept. */
  readonly checkpoint?: readonly string[];
  /** Another auditor's folder. */
  readonly against?: string;
  /** Instead of the keys in the contracts. */
  readonly vkey?: readonly string[];
  readonly witness?: readonly string[];
}

export interface Believed {
  readonly logs: PinnedLogs;
  readonly witnesses: PinnedWitnesses;
  /** Who signs records; unknown where only the log's key was given. */
  readonly contracts: Contracts | undefined;
}

const MISSING = "its record is not among those at hand, and others are";

/** A record that does not fit: where, and why. */
class RecordMisfit extends Error {}

/** One record by its proof: nothing but the two files and the pinned keys. */
export async function verifyProofFile(proofFile: string, options: AuditOptions): Promise<number> {
  if (options.record === undefined) throw new UsageError("Name the record that is proven by --record FILE.");
  const believed = await believe(options);
  const text = await readCheckpointFile(proofFile);
  const record = shownRecord.parse(JSON.parse(await readFile(options.record, "utf8")));
  const { index, size } = verifyProof(text, entryOf(record.jwt), believed.logs);
  openAs(parseProof(text).checkpoint, believed);
  checkRecord(index, record, believed.contracts);
  console.log(`Entry ${index} of a tree of ${size} is this record, ${vouchers(believed)}.`);
  return 0;
}

/** A log in a folder: one entry, a range, or all of it. Prints the first place that does not fit, and returns 1. */
export async function verifyFolder(
  index: number | undefined,
  options: AuditOptions & { folder: string },
): Promise<number> {
  const believed = await believe(options);
  const newest = openAs(await readCheckpointFile(path.join(options.folder, "checkpoint")), believed);
  const from = index ?? options.from ?? 0;
  const to = index === undefined ? (options.to ?? newest.size) : index + 1;
  const whole = from === 0 && to === newest.size;
  const misfit = whole ? await auditWhole(newest, believed, options) : await auditPart(newest, { from, to }, options);
  if (misfit) return say(misfit);
  const records = await auditRecords({ from, to }, newest, believed, options.folder);
  if ("what" in records) return say(records);
  const what = whole ? `All ${newest.size} entries fit` : `Entries ${from} to ${to - 1} of ${newest.size} fit`;
  console.log(`${what} the root that was signed, ${vouchers(believed)}.`);
  const { count, erased } = records;
  const without = erased === 0 ? "" : `, ${erased} of them with nothing disclosed any more`;
  console.log(
    count === 0 ? "No records were at hand." : `${count} records are what their entries commit to${without}.`,
  );
  return 0;
}

async function auditWhole(
  newest: Checkpoint,
  { logs }: Believed,
  { folder, checkpoint = [], against }: AuditOptions & { folder: string },
): Promise<Misfit | undefined> {
  // What somebody kept is the log's own word, cosigned or not.
  const kept = await Promise.all(checkpoint.map(async (file) => openPinned(await readCheckpointFile(file), logs)));
  if (against !== undefined) {
    const theirs = openPinned(await readCheckpointFile(path.join(against, "checkpoint")), logs);
    const readers = [folderReader(folder), folderReader(against)] as const;
    const index = await firstDifference(...readers, [newest.size, theirs.size]);
    if (index !== undefined)
      return { index, what: `another entry was shown in ${against}, under the log's own signature` };
    kept.push(theirs);
  }
  return auditLog(folderReader(folder), newest, kept);
}

function auditPart(
  newest: Checkpoint,
  range: { from: number; to: number },
  options: AuditOptions & { folder: string },
) {
  if (range.from >= range.to) throw new UsageError("A range begins before it ends.");
  if (options.checkpoint || options.against !== undefined)
    throw new UsageError(
      "Checkpoints that were kept and another folder are held against the whole log: leave the range out.",
    );
  return auditRange(folderReader(options.folder), newest, range);
}

interface Audited {
  readonly count: number;
  readonly erased: number;
}

/** Each record at hand is the one whose entry is in the tree, signed by who it says, and discloses all or nothing. */
async function auditRecords(
  { from, to }: { from: number; to: number },
  newest: Checkpoint & { readonly witnessedAt?: number },
  { contracts }: Believed,
  folder: string,
): Promise<Audited | Misfit> {
  const gaps = gapFinder();
  const leafAt = leavesIn(folder, newest.size);
  const audited = { count: 0, erased: 0 };
  for await (const { index, ...record } of recordsIn(folder)) {
    if (index < from || index >= to) continue;
    if (index !== from + audited.count) return { index: from + audited.count, what: MISSING };
    try {
      if (!(await leafAt(index))?.equals(leafHash(entryOf(record.jwt))))
        return { index, what: "the record is not the one whose entry is in the tree" };
      const gap = gaps.next(index, checkRecord(index, record, contracts));
      if (gap)
        console.log(
          `The log did not say that it ran from ${timeOf(gap.from)} to ${timeOf(gap.to)} (heartbeat ${index}).`,
        );
    } catch (error) {
      if (error instanceof RecordMisfit) return { index, what: error.message };
      throw error;
    }
    audited.count += 1;
    if (record.disclosures === null) audited.erased += 1;
  }
  if (audited.count > 0 && from + audited.count < to) return { index: from + audited.count, what: MISSING };
  const open = newest.witnessedAt === undefined || to < newest.size ? undefined : gaps.openAt(newest.witnessedAt);
  if (open)
    console.log(`The log did not say that it ran from ${timeOf(open.from)} until it was cosigned, ${timeOf(open.to)}.`);
  return audited;
}

/** The folder's leaves, a tile at a time: they were held against the signed root before. */
function leavesIn(folder: string, size: number): (index: number) => Promise<Buffer | undefined> {
  const read = folderReader(folder);
  let open: { readonly tile: number; readonly leaves: readonly Buffer[] } | undefined;
  return async (index) => {
    const tile = Math.floor(index / TILE_WIDTH);
    if (open?.tile !== tile) {
      const leaves = await readLeaves(read, tile, size);
      open = { tile, leaves: Array.isArray(leaves) ? leaves : [] };
    }
    return open.leaves[index % TILE_WIDTH];
  };
}

/** Throws RecordMisfit. */
function checkRecord(
  index: number,
  { jwt, disclosures }: ShownRecord,
  contracts: Contracts | undefined,
): RecordPayload {
  try {
    const payload = RecordPayload.parse(parseJws(jwt, RECORD_TYP).payload);
    if (contracts) assertSignedByIssuer(jwt, payload, contracts);
    if (disclosures) assertWhole(payload, disclosures);
    return payload;
  } catch (error) {
    const why = error instanceof WeftError ? inWords(error) : "it is not a record";
    throw new RecordMisfit(`record ${index}: ${why}`, { cause: error });
  }
}

export async function believe(options: AuditOptions): Promise<Believed> {
  if (options.vkey) {
    const vkeys = options.witness ?? [];
    return {
      logs: pinLogs(options.vkey),
      witnesses: pinWitnesses({ quorum: vkeys.length, vkeys }),
      contracts: undefined,
    };
  }
  const contracts = await loadFor(options);
  const { logs, witnesses } = contracts.registry;
  return { logs: pinLogs(logs.map(({ vkey }) => vkey)), witnesses: pinWitnesses(witnesses), contracts };
}

/** Cosigned by a quorum, where one is asked for. */
export function openAs(note: string, { logs, witnesses }: Believed): Checkpoint & { readonly witnessedAt?: number } {
  return witnesses.quorum === 0 ? openPinned(note, logs) : openWitnessed(note, logs, witnesses, Date.now() / 1000);
}

export function vouchers({ witnesses: { quorum } }: Believed): string {
  return quorum === 0
    ? "by the log alone: no witness was asked for"
    : `by the log and ${quorum === 1 ? "a witness" : `${quorum} witnesses`}`;
}

function say({ index, until, what }: Misfit): number {
  const place =
    until === undefined || until === index + 1 ? `Entry ${index}` : `An entry from ${index} to ${until - 1}`;
  console.log(`${place} does not fit: ${what}.`);
  return 1;
}

function timeOf(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
}
