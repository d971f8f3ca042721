import { z } from "zod";
import { type Code, WeftError } from "#libs/terms";

/** FHIR R4 OperationOutcome: what went wrong, by `issue.code` (value set IssueType). `diagnostics` is the server's own word. */
const outcome = z.looseObject({
  resourceType: z.literal("OperationOutcome"),
  issue: z.array(z.looseObject({ severity: z.string(), code: z.string() })),
});

const busy = ["transient", "lock-error", "no-store", "exception", "timeout", "incomplete", "throttled"];
const refused = ["security", "login", "unknown", "expired", "forbidden", "suppressed", "processing", "not-supported"];
const unfit = ["invalid", "structure", "required", "value", "invariant", "too-costly", "business-rule", "too-long"];
const codes = new Map<string, Code>([
  ...busy.map((one) => [one, "SOURCE_UNAVAILABLE"] as const),
  ...[...refused, ...unfit].map((one) => [one, "SOURCE_REFUSED"] as const),
]);

/** Undefined for what is no outcome, or no error. */
export function outcomeError(resource: unknown): WeftError | undefined {
  const read = outcome.safeParse(resource);
  const issue = read.data?.issue.find(({ severity }) => severity === "error" || severity === "fatal");
  if (!issue) return undefined;
  const code = codes.get(issue.code) ?? "SOURCE_REFUSED";
  const detail = codes.has(issue.code) ? `outcome ${issue.code}` : "an outcome of another code";
  return new WeftError(code, { detail, ...(code === "SOURCE_UNAVAILABLE" ? { retryAfter: 5 } : {}) });
}
