import { appendFileSync, existsSync, readFileSync } from "node:fs";
import {
  admit,
  consistencyRanges,
  cosign,
  type CosignatureSigner,
  cosignatureSigner,
  entryOf,
  leafHash,
  memoryHighWater,
  memoryStorage,
  noteSigner,
  noteVerifier,
  openSequencer,
  parseNote,
  type PinnedLogs,
  pinLogs,
  printNote,
  type RecordSigners,
  readRanges,
  type Sequencer,
  Submission,
} from "#libs/access-log";
import { type B64u, fromB64u, random16, WeftError } from "#libs/terms";
import { createPublicKey } from "node:crypto";
import type { TrialKeys } from "./keys.js";
import { ADAPTER, GATEWAY, LOG_ORIGIN, WITNESS } from "./names.js";

/** What the adapter is shown of a witness: none has cosigned, one did long ago, or one just did. */
export type Witnessed = "never" | "long ago" | "now";

/** A record of what a list found, as the adapter wrote it. */
export interface FoundRows {
  readonly parent: string | undefined;
  readonly entry: Buffer;
  readonly refs: readonly string[];
}

/** Seconds: beyond the ten minutes for which a cosigned checkpoint vouches for a log. */
const LONG_AGO = 660;

/** The access log of the trial country, with its one witness. It goes on where it ended: an adapter that was started once may be tested again. */
export interface PlayedLog {
  /** Takes whatever the gateway writes, also what a real log would refuse: it is the adapter that is tested. */
  record(jwt: string, disclosures: readonly string[]): Promise<string>;
  /** What the adapter's own records say, since the start. */
  readonly found: readonly FoundRows[];
  witnessed: Witnessed;
  /** How often the adapter has looked at the checkpoint that everybody is shown. */
  readonly looks: () => number;
  /** By which proofs of this log verify. */
  readonly pinned: PinnedLogs;
  /** False: it answers nothing. */
  answers: boolean;
  get(path: string): Promise<string | Buffer | undefined>;
  append(body: unknown): Promise<{ readonly status: number; readonly body: object }>;
}

export async function openPlayedLog(keys: TrialKeys, file: string): Promise<PlayedLog> {
  const storage = memoryStorage();
  const signer = noteSigner(LOG_ORIGIN, keys["log-1"]);
  const sequencer = await openSequencer({ storage, signer, highWater: memoryHighWater() });
  const witness = cosignatureSigner(WITNESS, keys["witness-1"]);
  const signers = signersOf(keys);
  const found: FoundRows[] = [];
  let looks = 0;
  await replay(file, sequencer);
  const take = async (jwt: string, disclosures: readonly string[]): Promise<string> => {
    const sequenced = await sequencer.append(candidateOf(jwt, disclosures));
    appendFileSync(file, `${jwt}\n`);
    return sequenced.proof;
  };
  const log: PlayedLog = {
    record: take,
    found,
    witnessed: "now",
    looks: () => looks,
    pinned: pinLogs([noteVerifier(LOG_ORIGIN, keys["log-1"]).vkey]),
    answers: true,
    async get(path) {
      if (path === "/checkpoint/latest") return sequencer.checkpoint().note;
      if (path === "/checkpoint") looks += 1;
      if (path === "/checkpoint") return published(sequencer.checkpoint().note, witness, log.witnessed);
      if (path === "/suspensions") return JSON.stringify({ suspensions: [] });
      const [, from, to] = /^\/consistency\/(\d{1,15})\/(\d{1,15})$/.exec(path) ?? [];
      if (from === undefined || to === undefined || Number(from) > Number(to)) return undefined;
      if (Number(to) > sequencer.checkpoint().size) return undefined;
      const hashes = await readRanges(consistencyRanges(Number(from), Number(to)), storage.hashes);
      return JSON.stringify({ hashes: hashes.map((hash) => hash.toString("base64")) });
    },
    async append(body) {
      const records = (body as { records?: unknown })?.records;
      if (!Array.isArray(records)) return refusal([new WeftError("REQUEST_MALFORMED")]);
      const results = await Promise.all(records.map((one) => takeOne(one).catch((error: unknown) => error)));
      return results.every((one) => typeof one === "string")
        ? { status: 200, body: { proofs: results } }
        : refusal(results);
    },
  };
  const takeOne = async (record: unknown): Promise<string> => {
    const submission = Submission.safeParse(record);
    if (!submission.success) throw new WeftError("RECORD_INVALID");
    const { jwt, disclosures } = submission.data;
    const { kind, parent } = admit(submission.data, { origin: LOG_ORIGIN, signers }, new Date());
    if (kind === "rows") found.push({ parent, entry: entryOf(jwt), refs: subjectsIn(disclosures) });
    return take(jwt, disclosures);
  };
  return log;
}

/** In the order in which they came, so that the tree is the one that was shown before. */
async function replay(file: string, sequencer: Sequencer): Promise<void> {
  if (!existsSync(file)) return;
  const jwts = readFileSync(file, "utf8").split("\n").filter(Boolean);
  await Promise.all(jwts.map((jwt) => sequencer.append(candidateOf(jwt, []))));
}

function candidateOf(jwt: string, disclosures: readonly string[]): Parameters<Sequencer["append"]>[0] {
  return {
    leaf: leafHash(entryOf(jwt)),
    jti: random16(),
    kind: "intent",
    iss: GATEWAY,
    parent: undefined,
    exp: new Date(),
    jwt,
    disclosures,
    requestKey: undefined,
  };
}

function published(note: string, witness: CosignatureSigner, witnessed: Witnessed): string {
  if (witnessed === "never") return note;
  const { text, signatures } = parseNote(note);
  const time = Math.floor(Date.now() / 1000) - (witnessed === "long ago" ? LONG_AGO : 0);
  return printNote({ text, signatures: [...signatures, cosign(text, witness, time)] });
}

function refusal(results: readonly unknown[]): { readonly status: number; readonly body: object } {
  const errors = results.map((one) =>
    typeof one === "string"
      ? null
      : { message: "no", extensions: { code: one instanceof WeftError ? one.code : "INTERNAL" } },
  );
  return { status: 400, body: { proofs: results.map((one) => (typeof one === "string" ? one : null)), errors } };
}

function signersOf(keys: TrialKeys): RecordSigners {
  const own = new Map([
    ["gateway-1", { iss: GATEWAY as string, key: createPublicKey(keys["gateway-1"]) }],
    ["trial-adapter-1", { iss: ADAPTER as string, key: createPublicKey(keys["trial-adapter-1"]) }],
  ]);
  return (kid) => own.get(kid);
}

/** Subjects are the array elements among the disclosures: `[salt, reference]`. */
function subjectsIn(disclosures: readonly string[]): string[] {
  return disclosures.flatMap((text) => {
    const parts = JSON.parse(Buffer.from(fromB64u(text as B64u) ?? []).toString("utf8")) as unknown[];
    return parts.length === 2 && typeof parts[1] === "string" ? [parts[1]] : [];
  });
}
