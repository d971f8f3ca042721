import { type Digest, digestOf, jcs } from "#libs/terms";
import { type ConsentRecord, damaged, digestOfRecord } from "./record.js";

/**
 * All that the register ever wrote, in one chain: each entry's link holds the link before it, the version and its receipts. A row
 * that is altered, taken out or put in between breaks it; rows cut off at its end are missed by whoever noted its length.
 */
export interface RegisterHead {
  /** Entries. */
  readonly size: number;
  readonly chain: Digest;
}

export interface ChainEntry {
  readonly record: ConsentRecord;
  /** Signed receipts, by the name of their provider. */
  readonly receipts: readonly string[];
}

export const emptyRegister: RegisterHead = { size: 0, chain: digestOf("weft-consent-register-1") };

export function linked({ size, chain }: RegisterHead, { record, receipts }: ChainEntry): RegisterHead {
  const receiptDigests = receipts.map((receipt) => digestOf(receipt));
  return { size: size + 1, chain: digestOf(jcs([chain, digestOfRecord(record), ...receiptDigests])) };
}

/**
 * Walks a register from its first entry. Throws REGISTER_DAMAGED where an entry does not follow, where the end is not the head, or
 * where the register was once longer than it is (`noted`, kept apart from the database).
 */
export async function verifyChain(
  entries: AsyncIterable<ChainEntry>,
  head: RegisterHead,
  noted: RegisterHead = emptyRegister,
): Promise<void> {
  const newest = new Map<string, Digest>();
  let at = emptyRegister;
  let passed = at.size === noted.size;
  for await (const entry of entries) {
    // Written by another process after the head was read.
    if (at.size === head.size) break;
    const { record_id, previous_version } = entry.record;
    if ((newest.get(record_id) ?? null) !== previous_version) throw damaged("a version does not follow its record");
    newest.set(record_id, digestOfRecord(entry.record));
    at = linked(at, entry);
    if (at.size === noted.size) passed = at.chain === noted.chain;
  }
  if (at.size !== head.size || at.chain !== head.chain) throw damaged("the entries do not lead to the head");
  if (!passed) throw damaged("the register does not begin with what it was before");
}
