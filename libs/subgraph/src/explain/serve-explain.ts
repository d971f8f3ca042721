import {
  claimReview,
  type ExplainQuestion,
  MAX_LIFETIME,
  MAX_QUESTIONS,
  type PinnedLogs,
  type RecordSigners,
  ReviewCall,
  type ReviewRights,
} from "#libs/access-log";
import { type OrgId, type SubjectRef, WeftError } from "#libs/terms";
import type { PersonSeals } from "../person-seals.js";
import type { Protection } from "../protect.js";
import { dayAt } from "../read/date-format.js";
import type { AdapterStore } from "../store.js";
import { type Explained, explain } from "./judge.js";
import { type CaseRegister, decoy } from "./register.js";

/** One house that explains its accesses. It need not hold anything that others ask for. */
export interface ExplainingHouse {
  readonly organisation: OrgId;
  readonly logs: PinnedLogs;
  /** Keys of the consoles that the registry lists. */
  readonly consoles: () => RecordSigners;
  readonly reviewRights: () => ReviewRights;
  readonly seals: PersonSeals;
  readonly store: AdapterStore;
  readonly protection: Protection;
  readonly register: CaseRegister;
  /** Milliseconds for one read. */
  readonly deadline: number;
}

export interface ExplainReply {
  /** In the order of the questions. */
  readonly answers: readonly Explained[];
}

/**
 * A console's rules ask whether cases explain accesses. They ask nothing but what their record says, and the log holds it:
 *
 *     claimReview   a listed console signed it, the log holds it, once only      RECORD_REJECTED, PROOF_REJECTED, REPLAYED
 *     addressed     it is for this house, about its own officers' accesses       RECORD_REJECTED
 *     admit         within the limits of the house's machine                     SOURCE_UNAVAILABLE
 *     explain       as many keys each time; two words a question, and no more
 */
export async function serveExplain(body: unknown, house: ExplainingHouse, now: Date): Promise<ExplainReply> {
  const call = ReviewCall.safeParse(body);
  if (!call.success) throw new WeftError("REQUEST_MALFORMED");
  const questions = addressed(await claimed(call.data, house, now), house);
  const turn = await house.protection.admit(questions.length, now);
  try {
    return { answers: await answer(questions, house) };
  } finally {
    turn.done();
  }
}

async function claimed(call: ReviewCall, house: ExplainingHouse, now: Date) {
  const { logs, store } = house;
  const origin = logs.verifiers[0]?.name ?? "";
  const expected = { origin, logs, signers: house.consoles(), reviewRights: house.reviewRights() };
  const expires = Math.ceil(now.getTime() / 1000) + MAX_LIFETIME;
  const { look } = await claimReview(call, expected, { claim: (jti) => store.claim(jti, 0, expires) }, now);
  return look;
}

function addressed(
  look: Awaited<ReturnType<typeof claimed>>,
  { organisation }: ExplainingHouse,
): readonly ExplainQuestion[] {
  if (look.kind === "explain" && look.aud === organisation) return look.questions;
  throw new WeftError("RECORD_REJECTED", { detail: "review: it asks this house nothing" });
}

/** What is missing to a full set is asked for as well, under keys that nobody has. */
async function answer(
  questions: readonly ExplainQuestion[],
  { register, seals, deadline }: ExplainingHouse,
): Promise<readonly Explained[]> {
  const places = Array.from({ length: MAX_QUESTIONS }, (_, at) => questions[at]);
  const { cases, staff } = await register.rows(
    places.map((question) => question?.case ?? null),
    places.map((question) => question?.officer ?? decoy()),
    AbortSignal.timeout(deadline),
  );
  const { timezone } = register.config.source;
  return questions.map(({ case: number, officer, subject, at }) =>
    explain(
      { case: number, officer, person: seals.find(subject satisfies SubjectRef), day: dayAt(new Date(at), timezone) },
      cases,
      staff,
    ),
  );
}
