import { areEqual, sha256, toB64u, utf8 } from "./bytes.js";
import { cosignedAt, isSignedByLog, parseCheckpoint, parseNote, pinnedKey } from "./note.js";
import { NotVerified } from "./not-verified.js";
import { parseProof } from "./proof.js";
import { isSignedByIssuer, type IssuerKey, openDisclosures, parseRecord, type SignedRecord } from "./record.js";
import { leafOf, rootFrom } from "./tree.js";

/** One access with its proof, as a letter carries it and as the console shows it. */
export interface ProvenAccess {
  readonly jwt: string;
  /** Null where they were erased: that there was a record can still be shown. */
  readonly disclosures: readonly string[] | null;
  /** c2sp.org/tlog-proof@v1. */
  readonly proof: string;
}

/** What the reader believes beforehand, from a source other than who shows the proof: keys out of the signed registry. */
export interface Pins {
  /** vkeys; a log's has the record's `log` as its name. */
  readonly logs: readonly string[];
  readonly witnesses: readonly string[];
  readonly issuers: readonly IssuerKey[];
}

export interface Verified {
  readonly record: SignedRecord;
  readonly disclosed: readonly (readonly unknown[])[];
  readonly index: number;
  readonly size: number;
  /** Pinned witnesses that cosigned this checkpoint, and when, in seconds. */
  readonly witnesses: readonly { readonly name: string; readonly time: number }[];
}

/**
 * Everything that can be known without asking anybody: the record's signature, that its texts are what it committed to, that a pinned log
 * holds it, who cosigned. Throws `NotVerified` with the first reason to doubt.
 */
export async function verifyAccess({ jwt, disclosures, proof }: ProvenAccess, pins: Pins): Promise<Verified> {
  const record = parseRecord(jwt);
  await assertIssued(jwt, record, pins);
  const disclosed = await openDisclosures(disclosures ?? [], record);
  const { index, path, checkpoint } = parseProof(proof);
  const note = parseNote(checkpoint);
  const { origin, size, root } = parseCheckpoint(note.text);
  const logs = (await Promise.all(pins.logs.map(pinnedKey))).filter(({ name }) => name === record.log);
  if (origin !== record.log || logs.length === 0) throw new NotVerified("log-unknown");
  if (!(await some(logs, (key) => isSignedByLog(note, key)))) throw new NotVerified("log-signature");
  const found = await rootFrom(await leafOf(await sha256(utf8(jwt))), index, size, path);
  if (!found || !areEqual(found, root)) throw new NotVerified("not-included");
  const witnesses = await Promise.all(
    (await Promise.all(pins.witnesses.map(pinnedKey))).map(async (key) => ({
      name: key.name,
      time: await cosignedAt(note, key),
    })),
  );
  return {
    record,
    disclosed,
    index,
    size,
    witnesses: witnesses.flatMap(({ name, time }) => (time === undefined ? [] : [{ name, time }])),
  };
}

/** A log writes some records itself, with the key of its checkpoints; these name its origin as their issuer. */
async function assertIssued(jwt: string, { iss, kid }: SignedRecord, { issuers, logs }: Pins): Promise<void> {
  const own = (await Promise.all(logs.map(pinnedKey))).filter(({ name }) => name === iss);
  const known = [
    ...issuers.filter((key) => key.iss === iss && key.kid === kid),
    ...own.map(({ publicKey }) => ({ iss, kid, x: toB64u(publicKey) })),
  ];
  if (known.length === 0) throw new NotVerified("issuer-unknown");
  if (!(await some(known, (key) => isSignedByIssuer(jwt, key)))) throw new NotVerified("issuer-signature");
}

async function some<T>(items: readonly T[], holds: (item: T) => Promise<boolean>): Promise<boolean> {
  return (await Promise.all(items.map(holds))).some(Boolean);
}
