import {
  claimReview,
  MAX_LIFETIME,
  MAX_QUESTIONS,
  type PinnedLogs,
  type RecordedLook,
  type RecordSigners,
  ReviewCall,
  type ReviewRights,
} from "#libs/access-log";
import { type CanonicalPerson, type OrgId, type Signer, type SubjectRef, WeftError } from "#libs/terms";
import type { PersonSeals } from "../person-seals.js";
import type { Protection } from "../protect.js";
import { dayAt } from "../read/date-format.js";
import type { AdapterStore } from "../store.js";
import { type Explained, explain, type StaffRow } from "./judge.js";
import { type PairKey, sealPair } from "./pair.js";
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
  /** How its officers are paired with persons, for the house that knows who lives together. */
  readonly pairing?: { readonly signer: Signer; readonly keyOf: (house: OrgId) => PairKey | undefined } | undefined;
  /** Milliseconds for one read. */
  readonly deadline: number;
}

export interface ExplainReply {
  /** In the order of the questions. */
  readonly answers: readonly (Explained & { readonly pair?: string })[];
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
  const { look: asked } = await claimed(call.data, house, now);
  const look = addressed(asked, house);
  const turn = await house.protection.admit(look.questions.length, now);
  try {
    return { answers: await answer(look, house) };
  } finally {
    turn.done();
  }
}

/** Throws unless a listed console signed it, the log holds it, and nobody was answered by it before. */
export async function claimed(
  call: ReviewCall,
  house: Pick<ExplainingHouse, "logs" | "store" | "consoles" | "reviewRights">,
  now: Date,
): Promise<RecordedLook> {
  const { logs, store } = house;
  const origin = logs.verifiers[0]?.name ?? "";
  const expected = { origin, logs, signers: house.consoles(), reviewRights: house.reviewRights() };
  const expires = Math.ceil(now.getTime() / 1000) + MAX_LIFETIME;
  return claimReview(call, expected, { claim: (jti) => store.claim(jti, 0, expires) }, now);
}

function addressed(look: RecordedLook["look"], { organisation }: ExplainingHouse): ExplainLook {
  if (look.kind === "explain" && look.aud === organisation) return look;
  throw new WeftError("RECORD_REJECTED", { detail: "review: it asks this house nothing" });
}

type ExplainLook = Extract<RecordedLook["look"], { kind: "explain" }>;

/** What is missing to a full set is asked for as well, under keys that nobody has. */
async function answer({ questions, pairedFor }: ExplainLook, house: ExplainingHouse): Promise<ExplainReply["answers"]> {
  const { register, seals, deadline } = house;
  const places = Array.from({ length: MAX_QUESTIONS }, (_, at) => questions[at]);
  const { cases, staff } = await register.rows(
    places.map((question) => question?.case ?? null),
    places.map((question) => question?.officer ?? decoy()),
    AbortSignal.timeout(deadline),
  );
  const { timezone } = register.config.source;
  return Promise.all(
    questions.map(async ({ case: number, officer, subject, at }) => {
      const person = seals.find(subject satisfies SubjectRef);
      const told = explain({ case: number, officer, person, day: dayAt(new Date(at), timezone) }, cases, staff);
      const pair = pairedFor && (await pairFor(pairedFor, { officer, person, staff }, house));
      return pair === undefined ? told : { ...told, pair };
    }),
  );
}

/** Also where there is no such officer, or no such person: whoever carries it cannot tell. */
async function pairFor(
  to: OrgId,
  of: {
    readonly officer: string;
    readonly person: CanonicalPerson | undefined;
    readonly staff: readonly StaffRow[] | undefined;
  },
  { organisation, pairing }: ExplainingHouse,
): Promise<string | undefined> {
  const key = pairing?.keyOf(to);
  if (!pairing || !key) return undefined;
  const officer = (of.staff ?? []).filter((row) => row.officer === of.officer).flatMap(({ persons }) => persons);
  const person = of.person === undefined ? [] : [of.person];
  return sealPair({ house: organisation, officer: officer.slice(0, 8), person }, pairing.signer, key);
}
