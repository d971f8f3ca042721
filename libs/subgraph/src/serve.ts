import { verifyCallerProof } from "./caller-proof.js";
import { decideAgain } from "./decide-again.js";
import { parseFetchRequest } from "./fetch-request.js";
import { matchFetch } from "./match-fetch.js";
import type { Maintenance } from "./pause.js";
import type { ReadError, ReadResult } from "./read/port.js";
import { type ProtectedRead, readProtected } from "./read-protected.js";
import { recordRows } from "./rows-record.js";
import { assertReady, type ServedMinistry } from "./served-ministry.js";
import { claimFetch, countPersons, type VerifiedFetch } from "./verified-fetch.js";
import { verifyRecord } from "./verify-record.js";

/** What goes back to the gateway. Personal data: it is never logged. */
export interface FetchReply {
  readonly data: ReadResult["data"];
  readonly errors?: readonly ReadError[];
  readonly extensions: {
    readonly weft: {
      readonly asOf: string | null;
      readonly quality: string | null;
      /** Persons with something not available, for whatever reason. */
      readonly withheld: number;
      /** Further references of released persons, for the record's outcome. */
      readonly aliases: readonly string[];
      /** That the persons found by a list are in the log. */
      readonly rowsProof: string | null;
      /** When the ministry will be closed to this consumer for a while, where that is planned. */
      readonly maintenance?: Maintenance;
    };
  };
}

/**
 * The adapter's whole path. Each step takes what the step before it made, so that reading before recording does not compile.
 *
 *     assertReady        log, clock and consent feed can be relied on              NOT_READY
 *     parseFetchRequest  body -> fetch, record, proof                              REQUEST_MALFORMED
 *     verifyRecord       a pinned gateway signed it, a pinned log holds it         RECORD_REJECTED, PROOF_REJECTED
 *     matchFetch         text, arguments, fields, persons are the recorded ones    NOT_RECORDED
 *     verifyCallerProof  the caller's own token, where there is one, agrees        RECORD_REJECTED
 *     decideAgain        the own copy of the agreements permits all of it          the decision's code
 *     assertOpen         the ministry has not paused all, the agreement or the consumer   SOURCE_UNAVAILABLE
 *     claimFetch         once only; officer's persons of the day                   REPLAYED, LIMIT_EXCEEDED
 *     readProtected      within the machine's limits; consent and restrictions     SOURCE_UNAVAILABLE
 *     recordRows         persons that a list found are in the log first            RECORD_UNAVAILABLE
 *
 * Throws WeftError; then nothing has left the ministry.
 */
export async function serveFetch(
  body: unknown,
  ministry: ServedMinistry,
  now: Date,
  signal: AbortSignal = new AbortController().signal,
): Promise<FetchReply> {
  assertReady(ministry);
  const terms = ministry.current();
  const request = parseFetchRequest(body);
  const recorded = verifyRecord(request, ministry.provider, ministry.pins, now);
  ministry.watcher.observe(recorded.inclusion);
  const matched = matchFetch(recorded, terms, ministry.seals);
  const shown = await verifyCallerProof(matched, terms, now);
  const agreed = decideAgain(shown, terms, now);
  const asker = { consumer: agreed.record.caller.consumer, agreement: agreed.grant.agreement };
  ministry.pauses.assertOpen(asker, now);
  const verified = await claimFetch(agreed, ministry.store, now);
  const read = await readProtected(verified, ministry, terms, now, signal);
  try {
    const rowsProof = verified.plan.kind === "lists" ? await recordFound(verified, read, ministry, now) : null;
    await ministry.uses.count(read.uses, now);
    ministry.tally.note(verified, read.result, now);
    return replyOf(read.result, ministry, rowsProof, ministry.pauses.announcedTo(asker, now));
  } finally {
    read.letGo();
  }
}

async function recordFound(
  fetch: VerifiedFetch,
  { found }: ProtectedRead,
  { store, adapter, log }: ServedMinistry,
  now: Date,
): Promise<string> {
  await countPersons(fetch, found, store, now);
  const proof = await recordRows(fetch, found, adapter, log, now);
  return proof.text;
}

function replyOf(
  result: ReadResult,
  { seals }: ServedMinistry,
  rowsProof: string | null,
  maintenance: Maintenance | undefined,
): FetchReply {
  const { data, errors, asOf, quality, withheld } = result;
  const aliases = result.aliases.map((person) => seals.seal(person));
  const extensions = { weft: { asOf, quality, withheld, aliases, rowsProof, ...(maintenance && { maintenance }) } };
  return errors.length === 0 ? { data, extensions } : { data, errors, extensions };
}
