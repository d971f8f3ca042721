import { type CaseId, type Digest, type OrgId, type PartyId, type SubjectRef, WeftError } from "#libs/terms";
import type { Role } from "../api.js";
import type { FoundAccess } from "./found.js";
import type {
  IdentityCheck,
  LetterLanguage,
  Period,
  RequestDraft,
  RequestMove,
  RequestState,
  RequestStepName,
} from "./request-api.js";

/**
 * From a question to its answer within a month (GDPR Art. 12(3)):
 *
 *     received ── identified (how is kept, never a copy) ─▶ identified ── written, answered ─▶ answered
 *        └────────────────────── refused, with a reason ──────┴─▶ refused
 *
 * Meanwhile other houses are asked for their parts; each answers for what it may see itself. Once it is over, the person's references and the
 * parts are gone, and what stays is that there was a question and what became of it.
 */
export interface PersonRequest {
  readonly id: string;
  readonly organisation: OrgId;
  readonly number: CaseId;
  readonly question: RequestDraft["question"];
  readonly asker: RequestDraft["asker"];
  readonly channel: RequestDraft["channel"];
  readonly language: LetterLanguage;
  /** Days in UTC. */
  readonly received: string;
  readonly due: string;
  readonly extension?: { readonly months: 1 | 2; readonly reason: "complexity" | "number-of-requests" };
  readonly period: Period;
  /** The person as every ministry may know them. No number, no name. */
  readonly subjects: readonly SubjectRef[];
  readonly state: RequestState;
  readonly identity?: IdentityCheck;
  readonly outcome?: string;
  readonly parts: readonly HousePart[];
  readonly letter?: {
    readonly digest: Digest;
    readonly accesses: number;
    readonly withheld: number;
    readonly at: string;
  };
  readonly steps: readonly RequestStepTaken[];
}

export interface HousePart {
  readonly organisation: OrgId;
  readonly state: "asked" | "contributed" | "declined";
  readonly reason?: "not-concerned" | "law-forbids";
  /** What it handed over; gone once the request is over. */
  readonly accesses: readonly FoundAccess[];
  /** How many they were. */
  readonly count?: number;
}

export interface RequestStepTaken {
  readonly step: RequestStepName;
  readonly at: string;
  readonly organisation: OrgId;
  readonly by: PartyId;
  /** Index of the step's own record. */
  readonly record: number;
}

export interface RequestActor {
  readonly organisation: OrgId;
  readonly officer: PartyId;
  readonly roles: readonly Role[];
}

const MONTHS = 1;

/** The same day of a later month, or that month's last. */
export function monthsAfter(day: string, months: number): string {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  const last = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + months, Math.min(date, last))).toISOString().slice(0, 10);
}

export const firstDue = (received: string): string => monthsAfter(received, MONTHS);

const isOver = ({ state }: PersonRequest): boolean => state === "answered" || state === "refused";
const isReviewer = ({ roles }: RequestActor): boolean => roles.includes("dpo") || roles.includes("authority");

type Step = RequestMove["step"] | "written";

/** Throws NOT_FOUND for whom it does not concern, ROLE_REQUIRED, or REVIEW_CHANGED where it is not the time for this step. */
export function assertMay(request: PersonRequest, step: Step, actor: RequestActor, today: string): void {
  const part = request.parts.find(({ organisation }) => organisation === actor.organisation);
  const isOwn = actor.organisation === request.organisation;
  if (!isOwn && !part) throw new WeftError("NOT_FOUND");
  if (!isReviewer(actor)) throw new WeftError("ROLE_REQUIRED");
  const isOfPart = step === "contributed" || step === "declined";
  if (isOwn === isOfPart) throw new WeftError("ROLE_REQUIRED");
  if (isOver(request) || !timely[step](request, part, today)) throw new WeftError("REVIEW_CHANGED");
}

/** What must hold before each step. A letter needs the person, and that somebody checked who asked. */
const timely: Readonly<Record<Step, (request: PersonRequest, part: HousePart | undefined, today: string) => boolean>> =
  {
    identified: ({ state }) => state === "received",
    // Within the first month, and once.
    extended: ({ extension, due }, _part, today) => extension === undefined && today <= due,
    forwarded: ({ state, question }) => state === "identified" && question === "who-looked",
    contributed: (_request, part) => part?.state === "asked",
    declined: (_request, part) => part?.state === "asked",
    written: ({ state, question, subjects }) =>
      state === "identified" && question === "who-looked" && subjects.length > 0,
    answered: ({ state }) => state === "identified",
    refused: () => true,
  };

/** For a page. */
export function movesOf(request: PersonRequest, actor: RequestActor, today: string): Step[] {
  return (Object.keys(timely) as Step[]).filter((step) => {
    try {
      assertMay(request, step, actor, today);
      return true;
    } catch {
      return false;
    }
  });
}

/** The request after the step. `found`: what a house hands over as its part. */
export function requestAfter(
  request: PersonRequest,
  move: RequestMove,
  taken: RequestStepTaken,
  found: readonly FoundAccess[] = [],
): PersonRequest {
  const steps = [...request.steps, taken];
  switch (move.step) {
    case "identified":
      return { ...request, steps, state: "identified", identity: move.identity };
    case "extended": {
      const { months, reason } = move;
      return { ...request, steps, extension: { months, reason }, due: monthsAfter(request.received, MONTHS + months) };
    }
    case "forwarded":
      return { ...request, steps, parts: [...request.parts, ...newParts(request, move.to as readonly OrgId[])] };
    case "contributed":
      return withPart({ ...request, steps }, taken.organisation, {
        state: "contributed",
        accesses: found,
        count: found.length,
      });
    case "declined":
      return withPart({ ...request, steps }, taken.organisation, { state: "declined", reason: move.reason });
    case "answered":
      if (move.answer === "letter" && !request.letter) throw new WeftError("REVIEW_CHANGED");
      return over({ ...request, steps, state: "answered", outcome: move.answer });
  }
  return over({ ...request, steps, state: "refused", outcome: move.reason });
}

function newParts({ organisation, parts }: PersonRequest, to: readonly OrgId[]): HousePart[] {
  const known = new Set([organisation, ...parts.map((part) => part.organisation)]);
  if (to.some((org) => known.has(org)) || new Set(to).size !== to.length) throw new WeftError("REVIEW_CHANGED");
  return to.map((org) => ({ organisation: org, state: "asked", accesses: [] }));
}

function withPart(request: PersonRequest, organisation: OrgId, change: Partial<HousePart>): PersonRequest {
  const parts = request.parts.map((part) => (part.organisation === organisation ? { ...part, ...change } : part));
  return { ...request, parts };
}

/** Nothing of the person outlives the answer. */
function over(request: PersonRequest): PersonRequest {
  return { ...request, subjects: [], parts: request.parts.map((part) => ({ ...part, accesses: [] })) };
}

/** Kept by the console. A change counts only on the version that it was decided on. */
export interface RequestStore {
  /** False where the house has a request of this number. */
  add(request: PersonRequest): Promise<boolean>;
  find(id: string): Promise<KeptRequest | undefined>;
  /** Its own and those that it was asked to contribute to; what is due first comes first. */
  of(organisation: OrgId, limit: number): Promise<readonly PersonRequest[]>;
  /** False where it has changed meanwhile. */
  replace(request: PersonRequest, version: number): Promise<boolean>;
}

export interface KeptRequest {
  readonly request: PersonRequest;
  readonly version: number;
}
