import { LRUCache } from "lru-cache";
import { issueRecord, type RecordDraft } from "#libs/access-log";
import { type Code, WeftError } from "#libs/terms";
import type { Caller } from "#libs/token";
import type { Gateway } from "./gateway.js";
import type { Answer } from "./http.js";
import type { Progress } from "./progress.js";
import { clientName } from "./client-name.js";
import { callerOf } from "./record-access.js";
import { Refusal } from "./refusal.js";
import { denialErrors } from "./respond.js";

/** Turns whatever ended the path into a short answer. Where the caller is known, the refusal is first put into the log. */
export async function refuse(error: unknown, progress: Progress, gateway: Gateway): Promise<Answer> {
  const failure = asWeftError(error, gateway);
  const index = progress.caller ? await recordRefusal(failure.code, progress.caller, progress, gateway) : undefined;
  const answer = refusalBody(failure);
  const record = index === undefined ? undefined : { log: gateway.logOrigin, index, proof: `/log/proof/${index}` };
  return {
    status: answer.status,
    headers: { ...answer.headers, ...(record && { "weft-record": String(record.index) }) },
    body: { ...answer.body, ...(record && { extensions: { weft: { record } } }) },
  };
}

/** The answer to a request that ends before there is data. Says a code and a safe sentence, nothing of the request. */
export function refusalBody(failure: WeftError): Answer {
  const headers = {
    ...(failure.retryAfter !== undefined && { "retry-after": String(failure.retryAfter) }),
    ...(failure.status === 401 && { "www-authenticate": challengeOf(failure) }),
  };
  return {
    status: failure.status,
    headers,
    body: {
      errors: failure instanceof Refusal ? denialErrors(failure.decided) : [errorOf(failure)],
    },
  };
}

/** RFC 9449; and RFC 9470 where the officer has to sign in again: how, and how many seconds ago at most. */
function challengeOf(failure: WeftError): string {
  const algorithms = `algs="EdDSA ES256"`;
  const strong =
    failure instanceof Refusal ? failure.decided.progress.world.contracts.registry.strongSignIn : undefined;
  if (failure.code !== "STEP_UP_REQUIRED" || !strong) return `DPoP error="invalid_token", ${algorithms}`;
  const wanted = `acr_values="${strong.acr.join(" ")}", max_age="${strong.maxAge}"`;
  return `DPoP error="insufficient_user_authentication", ${wanted}, ${algorithms}`;
}

function errorOf(failure: WeftError & { readonly locations?: unknown }): object {
  return {
    message: failure.message,
    ...(failure.locations !== undefined && { locations: failure.locations }),
    extensions: {
      code: failure.code,
      origin: failure.origin,
      ...(failure.retryAfter !== undefined && { retryAfter: failure.retryAfter }),
    },
  };
}

function asWeftError(error: unknown, gateway: Gateway): WeftError {
  if (error instanceof WeftError) {
    if (error.origin !== "consumer")
      gateway.warn("a request was refused", { code: error.code, detail: error.detail ?? "" });
    return error;
  }
  // Never the message: a library's words may hold a value.
  gateway.warn("a request failed", { error: error instanceof Error ? error.name : typeof error, at: whereOf(error) });
  return new WeftError("INTERNAL", { cause: error });
}

function whereOf(error: unknown): string {
  const frame =
    error instanceof Error ? /at .*\/((?:apps|libs|node_modules)\/[^\s)]+)/.exec(error.stack ?? "")?.[1] : undefined;
  return frame ?? "unknown";
}

/** Rate refusals share a record: one for each client, code and minute. */
const counted = new LRUCache<string, { times: number }>({ max: 10_000, ttl: 60_000 });

async function recordRefusal(
  code: Code,
  caller: Caller,
  progress: Progress,
  gateway: Gateway,
): Promise<number | undefined> {
  if (code === "RECORD_UNAVAILABLE" || code === "RECORD_CONFLICT") return undefined;
  if (code === "RATE_EXCEEDED" && isCounted(`${clientName(caller)} ${code}`)) return undefined;
  const record = issueRecord(refusalDraft(code, caller, progress, gateway), gateway.signer, gateway.now());
  try {
    return (await gateway.log.append(record)).index;
  } catch {
    gateway.warn("a refusal could not be recorded", { code });
    return undefined;
  }
}

function isCounted(key: string): boolean {
  const known = counted.get(key);
  if (known) known.times += 1;
  else counted.set(key, { times: 1 });
  return known !== undefined;
}

function refusalDraft(
  code: Code,
  caller: Caller,
  { world, operation, decided }: Progress,
  gateway: Gateway,
): RecordDraft {
  return {
    kind: "refusal",
    iss: gateway.id,
    log: gateway.logOrigin,
    caller: callerOf(caller),
    request: {
      operation: operation?.digest ?? null,
      supergraph: world.contracts.supergraphDigest,
      policy: world.contracts.policyDigest,
      denied: [...(decided?.denied ?? [])].map(([coordinate, denial]) => ({ coordinate, code: denial.code })),
      refused: { code, times: 1 },
    },
    sections: [],
  };
}
