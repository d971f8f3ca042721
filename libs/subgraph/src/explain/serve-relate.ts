import type { KeyObject } from "node:crypto";
import { z } from "zod";
import { claimReview, MAX_LIFETIME, MAX_QUESTIONS, ReviewCall } from "#libs/access-log";
import type { PinnedLogs, RecordSigners, ReviewRights } from "#libs/access-log";
import { type Digest, digestOf, type OrgId, WeftError } from "#libs/terms";
import type { Protection } from "../protect.js";
import type { AdapterStore } from "../store.js";
import { type HouseholdRegister, relate, type Relation } from "./households.js";
import { openPair, type Pair } from "./pair.js";

/** The house that knows who lives together. */
export interface RelatingHouse {
  readonly organisation: OrgId;
  readonly logs: PinnedLogs;
  /** Keys of the consoles that the registry lists. */
  readonly consoles: () => RecordSigners;
  readonly reviewRights: () => ReviewRights;
  /** Keys by which houses pair their officers with persons; `iss` is the house. */
  readonly houses: () => RecordSigners;
  /** X25519. */
  readonly key: KeyObject;
  readonly store: AdapterStore;
  readonly protection: Protection;
  readonly register: HouseholdRegister;
  /** Milliseconds for one read. */
  readonly deadline: number;
}

/** The record of a look-up holds the pairs' digests; they come beside it. */
export const RelateCall = z
  .strictObject({
    ...ReviewCall.unwrap().shape,
    pairs: z.array(z.string().max(4096)).min(1).max(MAX_QUESTIONS).readonly(),
  })
  .readonly();
export type RelateCall = z.infer<typeof RelateCall>;

export interface RelateReply {
  /** In the order of the pairs. */
  readonly answers: readonly Relation[];
}

/**
 * A console's rules ask whether officers asked about people of their own household. The console cannot read the pairs:
 *
 *     claimReview   a listed console signed it, the log holds it, once only      RECORD_REJECTED, PROOF_REJECTED, REPLAYED
 *     addressed     it is for this house, and of exactly these pairs             RECORD_REJECTED
 *     admit         within the limits of the house's machine                     SOURCE_UNAVAILABLE
 *     relate        as many keys each time; one word a pair, and no more
 */
export async function serveRelate(body: unknown, house: RelatingHouse, now: Date): Promise<RelateReply> {
  const call = RelateCall.safeParse(body);
  if (!call.success) throw new WeftError("REQUEST_MALFORMED");
  const { pairs, ...review } = call.data;
  assertAddressed(await claimed(review, house, now), pairs, house);
  const opened = await Promise.all(pairs.map((sealed) => openPair(sealed, house.key, house.houses())));
  const turn = await house.protection.admit(pairs.length, now);
  try {
    return { answers: await relations(opened, house) };
  } finally {
    turn.done();
  }
}

async function claimed(call: z.infer<typeof ReviewCall>, house: RelatingHouse, now: Date) {
  const { logs, store } = house;
  const origin = logs.verifiers[0]?.name ?? "";
  const expected = { origin, logs, signers: house.consoles(), reviewRights: house.reviewRights() };
  const expires = Math.ceil(now.getTime() / 1000) + MAX_LIFETIME;
  return (await claimReview(call, expected, { claim: (jti) => store.claim(jti, 0, expires) }, now)).look;
}

function assertAddressed(
  look: Awaited<ReturnType<typeof claimed>>,
  pairs: readonly string[],
  { organisation }: RelatingHouse,
): void {
  const digests: readonly Digest[] = pairs.map((sealed) => digestOf(sealed));
  const same = look.kind === "relate" && look.aud === organisation && look.pairs.join() === digests.join();
  if (!same) throw new WeftError("RECORD_REJECTED", { detail: "review: it asks this house nothing of these" });
}

/** What is missing to a full set is asked for as well, under numbers that are never given to anybody. */
async function relations(
  opened: readonly (Pair | undefined)[],
  { register, deadline }: RelatingHouse,
): Promise<readonly Relation[]> {
  const places = Array.from({ length: MAX_QUESTIONS }, (_, at) => opened[at]);
  const persons = places.flatMap((pair) => [pair?.officer ?? [], pair?.person ?? []]);
  const households = await register.householdsOf(persons, AbortSignal.timeout(deadline));
  return opened.map((_, at) => relate(households[2 * at]!, households[2 * at + 1]!));
}
