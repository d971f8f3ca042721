import type { AnswerError, Refusal } from "./envelope.js";
import type { StepUp } from "./step-up.js";

/** The token service gave no token. `error` is OAuth's own word: `invalid_grant`, `invalid_authorization_details`, … */
export class TokenRefused extends Error {
  readonly status: number;
  readonly error: string;
  readonly description: string | undefined;

  constructor(status: number, error: string, description: string | undefined) {
    super(`The token service refused: ${description === undefined ? error : `${error}, ${description}`}.`);
    this.name = "TokenRefused";
    this.status = status;
    this.error = error;
    this.description = description;
  }
}

/** A question that ended before there was data. The first of `errors` says why, whose matter it is, and what would be lawful. */
export class QuestionRefused extends Error {
  readonly status: number;
  readonly code: AnswerError["extensions"]["code"];
  readonly origin: AnswerError["extensions"]["origin"];
  readonly coordinate: string | undefined;
  readonly remedy: AnswerError["extensions"]["remedy"];
  /** Seconds. */
  readonly retryAfter: number | undefined;
  /** Index of the refusal's record; refusals are recorded where the caller is known. */
  readonly record: number | undefined;
  readonly errors: readonly AnswerError[];

  constructor(status: number, { errors, extensions }: Refusal) {
    const { message, extensions: said } = errors[0]!;
    super(message);
    this.name = "QuestionRefused";
    this.status = status;
    this.code = said.code;
    this.origin = said.origin;
    this.coordinate = said.coordinate;
    this.remedy = said.remedy;
    this.retryAfter = said.retryAfter;
    this.record = extensions?.weft.record.index;
    this.errors = errors;
  }
}

/**
 * The officer has to sign in again (RFC 9470): in one of these ways, and no longer ago than `maxAge` seconds when the question comes. Then
 * ask again: the token that was refused is not used any more.
 */
export class StepUpRequired extends QuestionRefused {
  readonly acrValues: readonly string[];
  readonly maxAge: number | undefined;

  constructor(status: number, refusal: Refusal, { acrValues, maxAge }: StepUp) {
    super(status, refusal);
    this.name = "StepUpRequired";
    this.acrValues = acrValues;
    this.maxAge = maxAge;
  }
}
