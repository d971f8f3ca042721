import CircuitBreaker from "opossum";
import { Pool } from "undici";
import type { ClientTls } from "#libs/server";
import { type Code, isCode, type OrgId, WeftError } from "#libs/terms";

/** What an adapter says of its answer (DESIGN's reply extension). `withheld` and `aliases` go to the outcome record only. */
export interface ReplyFacts {
  readonly asOf: string | null;
  readonly withheld: number;
  readonly aliases: readonly string[];
  readonly rowsProof: string | null;
  /** When the ministry will be closed to the caller for a while. */
  readonly maintenance?: { readonly from: string; readonly until: string };
}

export interface Reply {
  readonly data: Record<string, unknown> | null;
  readonly errors: readonly ReplyError[];
  readonly facts: ReplyFacts;
}

export interface ReplyError {
  readonly path: readonly (string | number)[] | undefined;
  readonly code: Code;
}

export interface ProviderLimits {
  /** Milliseconds from the call to the last byte of the reply. */
  readonly deadline: number;
  /** Calls in flight at once; the next one is refused at once rather than queued. */
  readonly bulkhead: number;
  /** Milliseconds that the breaker stays open before one call may try again. */
  readonly breakerRest: number;
  readonly maxReplyBytes: number;
}

interface RawReply {
  readonly status: number;
  readonly retryAfter: number | undefined;
  readonly body: string;
}

/** Codes that an adapter may give to a field, or to a whole call: anything else it says is not passed on. */
const fieldCodes: ReadonlySet<Code> = new Set([
  "NOT_AVAILABLE",
  "SOURCE_UNAVAILABLE",
  "SOURCE_INVALID",
  "LIMIT_EXCEEDED",
]);
const callCodes: ReadonlySet<Code> = new Set([
  "VARIABLES_INVALID",
  "LIMIT_EXCEEDED",
  "RATE_EXCEEDED",
  "AGREEMENT_INACTIVE",
  "RECORD_UNAVAILABLE",
  "SOURCE_UNAVAILABLE",
]);
/** Seconds, where a ministry that is down does not say when to come back. */
const COME_BACK = 5;

/** One ministry's adapter as the gateway sees it: a pool, a bulkhead, a deadline and a breaker of its own. */
export class Provider {
  readonly org: OrgId;
  readonly breaker: CircuitBreaker<[string, number], RawReply>;
  readonly #pool: Pool;
  readonly #path: string;
  readonly #limits: ProviderLimits;

  constructor(org: OrgId, url: URL, limits: ProviderLimits, tls: ClientTls | undefined) {
    this.org = org;
    this.#limits = limits;
    this.#path = `${url.pathname.replace(/\/$/, "")}/graphql`;
    this.#pool = new Pool(url.origin, {
      connections: limits.bulkhead,
      pipelining: 1,
      connectTimeout: limits.deadline,
      ...(tls && { connect: tls.connector(limits.deadline) }),
    });
    this.breaker = new CircuitBreaker(
      async (body: string, deadline: number) => {
        const raw = await post(this.#pool, this.#path, body, deadline, limits.maxReplyBytes);
        // In order, and no answer all the same: its system is down or slow. That a caller asks too much is status 429.
        if (raw.status === 503) throw refusalOf(raw, parseObject(raw.body));
        return raw;
      },
      {
        name: org,
        timeout: false, // the call has a deadline of its own: the breaker's would abort every call in flight
        capacity: limits.bulkhead,
        volumeThreshold: 10,
        errorThresholdPercentage: 50,
        resetTimeout: limits.breakerRest,
        rollingPercentilesEnabled: false,
        enableSnapshots: false,
      },
    );
  }

  /** Throws `WeftError` with a code that a caller may see. */
  async ask(body: string, remaining: number): Promise<Reply> {
    return parseReply(await this.#fire(body, Math.min(this.#limits.deadline, remaining)));
  }

  async #fire(body: string, deadline: number): Promise<RawReply> {
    try {
      return await this.breaker.fire(body, deadline);
    } catch (cause) {
      if (cause instanceof WeftError) throw cause;
      const rest = this.breaker.opened ? Math.ceil(this.#limits.breakerRest / 1000) : 1;
      throw new WeftError("SOURCE_UNAVAILABLE", { retryAfter: rest, cause });
    }
  }

  async close(): Promise<void> {
    this.breaker.shutdown();
    await this.#pool.destroy();
  }
}

/**
 * POST by undici's dispatch: an order cheaper than fetch on the path that every answer takes. Rejects on transport faults, on the
 * deadline and on 5xx other than an orderly 503. Never retries: bytes may have been sent.
 */
function post(pool: Pool, path: string, body: string, deadline: number, maxBytes: number): Promise<RawReply> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let [status, size] = [0, 0];
    let retryAfter: number | undefined;
    let abort: ((reason: Error) => void) | undefined;
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      const reason = new Error("deadline exceeded");
      abort?.(reason);
      reject(reason);
    }, deadline);
    pool.dispatch(
      { path, method: "POST", headers: requestHeaders, body },
      {
        onRequestStart(controller) {
          abort = (reason) => controller.abort(reason);
          if (late) controller.abort(new Error("deadline exceeded"));
        },
        onResponseStart(_controller, code, headers) {
          status = code;
          retryAfter = parseRetryAfter(headers["retry-after"]);
        },
        onResponseData(controller, chunk) {
          size += chunk.length;
          if (size > maxBytes) controller.abort(new Error("reply too large"));
          else chunks.push(chunk);
        },
        onResponseEnd() {
          clearTimeout(timer);
          if (status >= 500 && status !== 503) reject(new Error(`status ${status}`));
          else
            resolve({
              status,
              retryAfter,
              body: (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString("utf8"),
            });
        },
        onResponseError(_controller, error) {
          clearTimeout(timer);
          reject(error);
        },
      },
    );
  });
}

const requestHeaders = { "content-type": "application/json", accept: "application/json" };

function parseRetryAfter(header: string | string[] | undefined): number | undefined {
  const seconds = Number(header);
  return Number.isInteger(seconds) && seconds >= 0 && seconds <= 86_400 ? seconds : undefined;
}

/** Nothing of a provider's own words is passed on: known codes only, with our sentences. */
function parseReply(raw: RawReply): Reply {
  const body = parseObject(raw.body);
  if (raw.status !== 200) throw refusalOf(raw, body);
  const data = body?.["data"];
  if (!body || typeof data !== "object") throw new WeftError("SOURCE_INVALID", { detail: "no data in the reply" });
  const errors = Array.isArray(body["errors"]) ? body["errors"].map(parseError) : [];
  const extensions = asObject(asObject(body["extensions"])?.["weft"]);
  return { data: data as Record<string, unknown> | null, errors, facts: parseFacts(extensions) };
}

function refusalOf(raw: RawReply, body: Record<string, unknown> | undefined): WeftError {
  const first = Array.isArray(body?.["errors"]) ? asObject(body["errors"][0]) : undefined;
  const code = asObject(first?.["extensions"])?.["code"];
  const known = isCode(code) && callCodes.has(code) ? code : raw.status === 503 ? "SOURCE_UNAVAILABLE" : undefined;
  if (known === undefined)
    return new WeftError("SOURCE_REFUSED", {
      detail: `status ${raw.status}, ${isCode(code) ? code : "no known code"}`,
    });
  const retryAfter = raw.retryAfter ?? (known === "SOURCE_UNAVAILABLE" ? COME_BACK : undefined);
  return new WeftError(known, retryAfter === undefined ? {} : { retryAfter });
}

function parseError(error: unknown): ReplyError {
  const { path, extensions } = (asObject(error) ?? {}) as { path?: unknown; extensions?: unknown };
  const code = asObject(extensions)?.["code"];
  return {
    path:
      Array.isArray(path) && path.every((step) => typeof step === "string" || typeof step === "number")
        ? path
        : undefined,
    code: isCode(code) && fieldCodes.has(code) ? code : "SOURCE_INVALID",
  };
}

function parseFacts(weft: Record<string, unknown> | undefined): ReplyFacts {
  const asOf = weft?.["asOf"];
  const rowsProof = weft?.["rowsProof"];
  const aliases = weft?.["aliases"];
  return {
    asOf: typeof asOf === "string" && /^\d{4}-\d{2}-\d{2}([T ][0-9:.]+Z?)?$/.test(asOf) ? asOf : null,
    withheld: Number.isSafeInteger(weft?.["withheld"]) ? (weft?.["withheld"] as number) : 0,
    aliases: Array.isArray(aliases) ? aliases.filter((alias) => typeof alias === "string") : [],
    rowsProof: typeof rowsProof === "string" ? rowsProof : null,
    ...maintenanceIn(asObject(weft?.["maintenance"])),
  };
}

const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$/;

function maintenanceIn({ from, until }: Record<string, unknown> = {}): Pick<ReplyFacts, "maintenance"> {
  const known = [from, until].every((it) => typeof it === "string" && instant.test(it));
  return known ? { maintenance: { from: from as string, until: until as string } } : {};
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
