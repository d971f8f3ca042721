import { z } from "zod";
import { Occasion } from "./api.js";

/** What the console's page of investigations and its server say to each other; see `api.ts`. */
const index = z.int().min(0);
const instant = z.iso.datetime({ offset: false });

export const MAX_EVIDENCE = 16;

export const InvestigationState = z.enum(["open", "asked", "replied", "proposed", "closed"]);
export type InvestigationState = z.infer<typeof InvestigationState>;
/** What was done, as the log's record of it says. */
export const InvestigationStep = z.enum(["opened", "asked", "replied", "proposed", "returned", "confirmed"]);
export type InvestigationStep = z.infer<typeof InvestigationStep>;
export const InvestigationReason = z.enum([
  "unexplained-access",
  "complaint",
  "break-glass",
  "pattern",
  "random-sample",
]);
/** Of whom the officer's house asks: its data-protection officer answers, or carries the question to the officer's superior. */
export const Asked = z.enum(["dpo", "superior"]);
/** A closed list, as all that crosses between houses: a sentence could name somebody. */
export const InvestigationReply = z.enum(["task-confirmed", "mistake-admitted", "not-explained", "own-proceedings"]);
export const InvestigationOutcome = z.enum(["justified", "mistake", "breach"]);
export const InvestigationAction = z.enum(["ask", "reply", "propose", "return", "confirm"]);
export type InvestigationAction = z.infer<typeof InvestigationAction>;

/** `POST /api/investigations`: from accesses that one may see, all of one organisation's officers. */
export const InvestigationRequest = z
  .strictObject({
    occasion: Occasion,
    of: z.array(index).min(1).max(MAX_EVIDENCE).readonly(),
    reason: InvestigationReason,
    /** The alert that it begins from. */
    alert: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/)
      .optional(),
  })
  .readonly();
export type InvestigationRequest = z.infer<typeof InvestigationRequest>;

/** `POST /api/investigations/<id>/<action>`, each with what it needs and nothing else. */
export const InvestigationActionRequest = z
  .strictObject({
    /** With `ask`. */
    to: Asked.optional(),
    days: z.int().min(1).max(60).optional(),
    /** With `reply`. */
    reply: InvestigationReply.optional(),
    /** With `propose`. */
    outcome: InvestigationOutcome.optional(),
  })
  .readonly();
export type InvestigationActionRequest = z.infer<typeof InvestigationActionRequest>;

export const Investigation = z
  .strictObject({
    id: z.string(),
    /** Who investigates. */
    house: z.string(),
    /** Whose officer it is about. */
    consumer: z.string(),
    of: z.array(index).readonly(),
    alert: z.string().optional(),
    reason: InvestigationReason,
    case: z.string(),
    state: InvestigationState,
    to: Asked.optional(),
    due: instant.optional(),
    isOverdue: z.boolean(),
    reply: InvestigationReply.optional(),
    /** Proposed, and certain once it is closed. */
    outcome: InvestigationOutcome.optional(),
    /** Each with the index of its record. Who took it is shown to their own house only. */
    steps: z
      .array(
        z
          .strictObject({
            step: InvestigationStep,
            at: instant,
            house: z.string(),
            record: index,
            by: z.string().optional(),
          })
          .readonly(),
      )
      .readonly(),
    /** What the one who asks may do now. */
    actions: z.array(InvestigationAction).readonly(),
  })
  .readonly();
export type Investigation = z.infer<typeof Investigation>;

/** `GET /api/investigations`; `GET /api/investigations/<id>` and each step answer one. */
export const InvestigationsAnswer = z.strictObject({ investigations: z.array(Investigation).readonly() }).readonly();
export type InvestigationsAnswer = z.infer<typeof InvestigationsAnswer>;
