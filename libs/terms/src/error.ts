/**
 * The one error type of Weft and its closed set of codes.
 *
 * `message` is safe for any caller: it never holds a value, an identifier, a literal or a schema word that the caller did not
 * send. `detail` is for the operator's log and follows the same rule for personal data.
 */
export type Origin = "consumer" | "gateway" | "provider" | "log";

interface CodeFacts {
  readonly origin: Origin;
  /** HTTP status when the code ends a whole request; a code that only marks a field has the status of a partial answer. */
  readonly status: number;
  readonly message: string;
}

export const codes = {
  // Who asks
  TOKEN_MISSING: { origin: "consumer", status: 401, message: "An access token is required." },
  TOKEN_MALFORMED: { origin: "consumer", status: 401, message: "The access token is not well-formed." },
  TOKEN_EXPIRED: { origin: "consumer", status: 401, message: "The access token is not valid at this time." },
  TOKEN_REJECTED: { origin: "consumer", status: 401, message: "The access token is not accepted." },
  POSSESSION_NOT_PROVEN: {
    origin: "consumer",
    status: 401,
    message: "The proof of possession is missing or not accepted.",
  },
  // What is asked
  REQUEST_MALFORMED: { origin: "consumer", status: 400, message: "The request is not well-formed." },
  REQUEST_TOO_LARGE: { origin: "consumer", status: 413, message: "The request is too large." },
  METHOD_NOT_ALLOWED: { origin: "consumer", status: 405, message: "Ask by POST." },
  MEDIA_TYPE_NOT_SUPPORTED: { origin: "consumer", status: 415, message: "Send application/json." },
  NOT_ACCEPTABLE: {
    origin: "consumer",
    status: 406,
    message: "The answer is application/graphql-response+json or application/json.",
  },
  NOT_FOUND: { origin: "consumer", status: 404, message: "There is nothing here." },
  OPERATION_INVALID: { origin: "consumer", status: 400, message: "The operation is not valid." },
  OPERATION_TOO_COMPLEX: { origin: "consumer", status: 400, message: "The operation exceeds a limit." },
  VARIABLES_INVALID: { origin: "consumer", status: 400, message: "The variables do not fit the operation." },
  PERSON_KEY_INVALID: { origin: "consumer", status: 400, message: "A person key is not well-formed." },
  // What is agreed
  PURPOSE_NOT_ALLOWED: { origin: "consumer", status: 403, message: "Not agreed for this purpose." },
  AGREEMENT_INACTIVE: { origin: "consumer", status: 403, message: "No agreement for this purpose is in force." },
  FIELD_NOT_IN_AGREEMENT: { origin: "consumer", status: 403, message: "The agreement does not cover this field." },
  ARGUMENT_NOT_IN_AGREEMENT: {
    origin: "consumer",
    status: 403,
    message: "The agreement does not cover this argument.",
  },
  RELEASE_NOT_ALLOWED: {
    origin: "consumer",
    status: 403,
    message: "The field's release rule does not allow this basis.",
  },
  OPERATION_NOT_REGISTERED: {
    origin: "consumer",
    status: 403,
    message: "The agreement asks for registered operations only.",
  },
  CASE_REQUIRED: { origin: "consumer", status: 403, message: "The agreement asks for a case." },
  LIMIT_EXCEEDED: { origin: "consumer", status: 403, message: "The agreement's limit is exceeded." },
  REASON_REQUIRED: { origin: "consumer", status: 403, message: "An emergency needs a reason." },
  STEP_UP_REQUIRED: {
    origin: "consumer",
    status: 401,
    message: "The officer must sign in again, and strongly.",
  },
  DEPENDS_ON_DENIED: {
    origin: "consumer",
    status: 403,
    message: "The field needs another that is not released to its ministry.",
  },
  RATE_EXCEEDED: { origin: "consumer", status: 429, message: "Too many requests." },
  // What a person agreed
  CONSENT_NOT_NEEDED: { origin: "consumer", status: 403, message: "The field does not rest on consent here." },
  CONSENT_ENDED: { origin: "consumer", status: 409, message: "The consent record has ended." },
  CONSENT_NOT_NARROWER: { origin: "consumer", status: 400, message: "A consent can only be narrowed." },
  CONSENT_CHANGED: { origin: "consumer", status: 409, message: "The consent record was changed meanwhile." },
  RECIPIENT_NOT_ALLOWED: {
    origin: "consumer",
    status: 403,
    message: "Only the recipient itself may record this consent.",
  },
  AUTHORITY_REQUIRED: { origin: "consumer", status: 403, message: "Another organisation decides this." },
  // Who reviews
  SESSION_MISSING: { origin: "consumer", status: 401, message: "Sign in first." },
  SIGN_IN_REJECTED: { origin: "consumer", status: 401, message: "The sign-in is not accepted." },
  ORIGIN_REJECTED: { origin: "consumer", status: 403, message: "The request does not come from this page." },
  ROLE_REQUIRED: { origin: "consumer", status: 403, message: "This needs another role." },
  SECOND_PERSON_REQUIRED: { origin: "consumer", status: 403, message: "A second person decides this." },
  REVIEW_CHANGED: { origin: "consumer", status: 409, message: "The request is not in this state." },
  ASSERTION_REJECTED: { origin: "provider", status: 401, message: "The adapter's assertion is not accepted." },
  // What the ministry answers
  NOT_AVAILABLE: { origin: "provider", status: 200, message: "Not available." },
  SOURCE_UNAVAILABLE: { origin: "provider", status: 200, message: "The source does not answer now." },
  SOURCE_REFUSED: { origin: "provider", status: 200, message: "The source refused the request." },
  SOURCE_INVALID: { origin: "provider", status: 200, message: "The source's answer could not be used." },
  // What an adapter says to a gateway
  RECORD_REJECTED: { origin: "gateway", status: 403, message: "The access record is not accepted." },
  PROOF_REJECTED: { origin: "gateway", status: 403, message: "The inclusion proof is not accepted." },
  NOT_RECORDED: { origin: "gateway", status: 403, message: "The fetch is not the recorded one." },
  REPLAYED: { origin: "gateway", status: 403, message: "The record was used before." },
  NOT_READY: { origin: "provider", status: 503, message: "Not ready." },
  // What the log says
  RECORD_UNAVAILABLE: { origin: "log", status: 503, message: "The access log does not answer; nothing was read." },
  RECORD_CONFLICT: { origin: "log", status: 409, message: "The request was recorded before." },
  RECORD_INVALID: { origin: "log", status: 400, message: "The record is not well-formed." },
  // What a witness says to a log
  CHECKPOINT_REJECTED: { origin: "log", status: 403, message: "No known key of the log signed the checkpoint." },
  CHECKPOINT_INCONSISTENT: {
    origin: "log",
    status: 422,
    message: "The checkpoint does not continue the one that was cosigned last.",
  },
  // What we got wrong
  CONTRACT_INVALID: { origin: "gateway", status: 500, message: "The contracts are not valid." },
  CONFIG_INVALID: { origin: "gateway", status: 500, message: "The configuration is not valid." },
  REGISTER_DAMAGED: { origin: "gateway", status: 500, message: "The consent register's records do not fit together." },
  INTERNAL: { origin: "gateway", status: 500, message: "Something went wrong here." },
} as const satisfies Record<string, CodeFacts>;

export type Code = keyof typeof codes;

export interface WeftErrorOptions {
  /** For the operator's log. Never a value, an identifier or a literal. */
  readonly detail?: string;
  /** A safe sentence that is more helpful than the code's own. */
  readonly message?: string;
  readonly retryAfter?: number;
  /** HTTP status, where it is not the code's own. */
  readonly status?: number;
  readonly cause?: unknown;
}

export class WeftError extends Error {
  readonly code: Code;
  readonly origin: Origin;
  readonly status: number;
  readonly detail: string | undefined;
  /** Seconds. */
  readonly retryAfter: number | undefined;

  constructor(code: Code, options: WeftErrorOptions = {}) {
    const facts: CodeFacts = codes[code];
    super(options.message ?? facts.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "WeftError";
    this.code = code;
    this.origin = facts.origin;
    this.status = options.status ?? facts.status;
    this.detail = options.detail;
    this.retryAfter = options.retryAfter;
  }
}

export function isCode(text: unknown): text is Code {
  return typeof text === "string" && Object.hasOwn(codes, text);
}
