import { type Code, codes, WeftError } from "#libs/terms";

/** What a caller is told when a whole request fails: a code, a safe sentence, nothing of our insides. */
export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly errors: readonly [{ readonly message: string; readonly extensions: ErrorExtensions }] };
}

export interface ErrorExtensions {
  readonly code: Code;
  /** Seconds. */
  readonly retryAfter?: number;
}

export function errorAnswer(error: unknown): ErrorAnswer {
  const { code, status, message, retryAfter } = asWeftError(error);
  const wait = retryAfter === undefined ? {} : { retryAfter };
  return {
    // A code that usually marks one field, thrown for a whole request, means that there is no answer now.
    status: status === 200 ? 503 : status,
    headers: retryAfter === undefined ? {} : { "retry-after": String(Math.max(1, Math.ceil(retryAfter))) },
    body: { errors: [{ message, extensions: { code, ...wait } }] },
  };
}

const byStatus: Readonly<Record<number, Code>> = {
  400: "REQUEST_MALFORMED",
  404: "NOT_FOUND",
  405: "METHOD_NOT_ALLOWED",
  406: "NOT_ACCEPTABLE",
  413: "REQUEST_TOO_LARGE",
  415: "MEDIA_TYPE_NOT_SUPPORTED",
  429: "RATE_EXCEEDED",
  503: "NOT_READY",
};

/** Errors of the HTTP framework carry a status and its own words; only the status is kept. */
function asWeftError(error: unknown): WeftError {
  if (error instanceof WeftError) return error;
  const status = statusOf(error);
  const code = byStatus[status] ?? (status >= 400 && status < 500 ? "REQUEST_MALFORMED" : "INTERNAL");
  return new WeftError(code, { cause: error });
}

function statusOf(error: unknown): number {
  if (typeof error !== "object" || error === null) return 500;
  const { statusCode, status, getStatus } = error as { statusCode?: unknown; status?: unknown; getStatus?: unknown };
  const found = typeof getStatus === "function" ? (getStatus.call(error) as unknown) : (statusCode ?? status);
  return typeof found === "number" ? found : 500;
}

/** Whether an error is ours to mend: such go to the log, a caller's own mistakes do not. */
export function isOurFault(answer: ErrorAnswer): boolean {
  const { code } = answer.body.errors[0].extensions;
  return codes[code].status >= 500 && code !== "NOT_READY";
}
