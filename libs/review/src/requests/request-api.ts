import { z } from "zod";

/**
 * A question of a person or of the authority, as pages and server speak of it: codes from closed lists, the house's own number for it, and no
 * word about who the person is. Nothing here needs Node.js.
 */
const org = z.string().regex(/^(?=.{3,64}$)org:[a-z0-9._-]+$/);
const number = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$/);
const day = z.iso.date();
const instant = z.iso.datetime({ offset: false });

export const RequestQuestion = z.enum(["who-looked", "correction", "erasure", "objection", "supervision"]);
export const RequestChannel = z.enum(["counter", "post", "telephone", "e-mail", "portal", "authority-letter"]);
export const RequestAsker = z.enum(["person", "representative", "authority"]);

/** How the house knew who asked. A card is looked at, never copied: there is no place for a copy. */
export const IdentityCheck = z.enum([
  "card-seen",
  "signed-in",
  "known-to-office",
  "called-back",
  "mandate-seen",
  "not-needed",
]);
export type IdentityCheck = z.infer<typeof IdentityCheck>;

/** GDPR Art. 12(3): these two and no others. */
export const ExtensionReason = z.enum(["complexity", "number-of-requests"]);
export const RefusalReason = z.enum(["identity-not-shown", "manifestly-unfounded", "excessive", "not-concerned"]);
/** A house's own part is not handed over: it has nothing to do with it, or a law keeps it. */
export const DeclineReason = z.enum(["not-concerned", "law-forbids"]);
export const RequestAnswered = z.enum(["letter", "granted", "passed-on"]);
export const LetterLanguage = z.enum(["en", "ar"]);
export type LetterLanguage = z.infer<typeof LetterLanguage>;

/** Whole days in UTC, both included. */
export const Period = z
  .strictObject({ from: day, until: day })
  .refine(({ from, until }) => from <= until)
  .readonly();
export type Period = z.infer<typeof Period>;

/** `POST /api/requests`. The numbers are sealed at once and kept nowhere; a supervisor's question may be about nobody. */
export const RequestDraft = z
  .strictObject({
    /** The house's own: what it is filed under there, where the person's address is too. */
    number,
    question: RequestQuestion,
    asker: RequestAsker,
    channel: RequestChannel,
    received: day,
    language: LetterLanguage,
    period: Period,
    persons: z
      .array(z.strictObject({ scheme: z.string().max(32), number: z.string().min(1).max(64) }).readonly())
      .min(1)
      .max(8)
      .readonly()
      .optional(),
  })
  .refine(({ asker, persons }) => asker === "authority" || persons !== undefined)
  .readonly();
export type RequestDraft = z.input<typeof RequestDraft>;

/** `POST /api/requests/<id>/steps` */
export const RequestMove = z.discriminatedUnion("step", [
  z.strictObject({ step: z.literal("identified"), identity: IdentityCheck }),
  z.strictObject({
    step: z.literal("extended"),
    months: z.union([z.literal(1), z.literal(2)]),
    reason: ExtensionReason,
  }),
  z.strictObject({ step: z.literal("forwarded"), to: z.array(org).min(1).max(32).readonly() }),
  /** By a house that was asked: its part is looked up in its own scope, and handed over. */
  z.strictObject({ step: z.literal("contributed") }),
  z.strictObject({ step: z.literal("declined"), reason: DeclineReason }),
  z.strictObject({ step: z.literal("answered"), answer: RequestAnswered }),
  z.strictObject({ step: z.literal("refused"), reason: RefusalReason }),
]);
export type RequestMove = z.infer<typeof RequestMove>;

export const RequestStepName = z.enum([
  "received",
  "identified",
  "extended",
  "forwarded",
  "contributed",
  "declined",
  "written",
  "answered",
  "refused",
]);
export type RequestStepName = z.infer<typeof RequestStepName>;

export const RequestState = z.enum(["received", "identified", "answered", "refused"]);
export type RequestState = z.infer<typeof RequestState>;

export const ShownRequest = z
  .strictObject({
    id: z.string(),
    organisation: org,
    number,
    question: RequestQuestion,
    asker: RequestAsker,
    channel: RequestChannel,
    language: LetterLanguage,
    received: day,
    /** The last day for the answer. */
    due: day,
    extension: z.strictObject({ months: z.int(), reason: ExtensionReason }).readonly().optional(),
    period: Period,
    /** Whether references of the person are still kept: until the answer is given. */
    namesPerson: z.boolean(),
    state: RequestState,
    identity: IdentityCheck.optional(),
    outcome: z.string().optional(),
    parts: z
      .array(
        z
          .strictObject({
            organisation: org,
            state: z.enum(["asked", "contributed", "declined"]),
            accesses: z.int().optional(),
            reason: DeclineReason.optional(),
          })
          .readonly(),
      )
      .readonly(),
    letter: z
      .strictObject({ digest: z.string(), accesses: z.int(), withheld: z.int(), at: instant })
      .readonly()
      .optional(),
    steps: z
      .array(
        z
          .strictObject({
            step: RequestStepName,
            at: instant,
            record: z.int(),
            organisation: org,
            /** To the step's own house only. */
            by: z.string().optional(),
          })
          .readonly(),
      )
      .readonly(),
    /** What the one who asks may do now. */
    moves: z.array(RequestStepName).readonly(),
  })
  .readonly();
export type ShownRequest = z.infer<typeof ShownRequest>;

/** `GET /api/requests`, and the answer to each step. */
export const RequestsAnswer = z.strictObject({ requests: z.array(ShownRequest).readonly() }).readonly();
export type RequestsAnswer = z.infer<typeof RequestsAnswer>;
export const RequestAnswer = z.strictObject({ request: ShownRequest }).readonly();
export type RequestAnswer = z.infer<typeof RequestAnswer>;

/** `POST /api/requests/<id>/letter`: both halves at once. They are kept nowhere: whoever asks again gets a letter of that day. */
export const LetterAnswer = z
  .strictObject({
    request: ShownRequest,
    /** The signed letter as a file: a JWS in the flattened JSON form. */
    letter: z.string(),
    /** The same for a person to read; the signed letter holds its digest. */
    pdf: z.string().describe("base64"),
  })
  .readonly();
export type LetterAnswer = z.infer<typeof LetterAnswer>;
