import { isUtf8 } from "node:buffer";
import { defaultLimits, introspect, type Operation, resolveOperation } from "#libs/supergraph";
import { parseStrictJson, WeftError } from "#libs/terms";
import type { Authenticated } from "./authenticate.js";
import type { Gateway } from "./gateway.js";
import type { Answer } from "./http.js";

export interface Resolved extends Authenticated {
  readonly operation: Operation;
  /** An operation that asks only for the schema needs no record and is answered here. */
  readonly introspection: Answer | undefined;
}

interface GraphqlRequest {
  readonly query: string;
  readonly operationName?: string;
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** From the body to one validated operation whose literals are variables. */
export function resolve(authenticated: Authenticated, gateway: Gateway): Resolved {
  const { progress, question } = authenticated;
  const limits = { ...defaultLimits, introspection: gateway.introspection };
  const operation = resolveOperation(progress.world.supergraph, parseBody(question.body), limits);
  progress.operation = operation;
  const introspection = operation.introspection
    ? { status: 200, headers: {}, body: introspect(progress.world.supergraph, operation) }
    : undefined;
  return { ...authenticated, operation, introspection };
}

/** GraphQL over HTTP: one JSON object, one operation. A batch array is refused. */
function parseBody(body: Uint8Array): GraphqlRequest {
  if (!isUtf8(body)) throw new WeftError("REQUEST_MALFORMED", { message: "Send UTF-8." });
  const value = parseStrictJson(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8"));
  if (!isObject(value))
    throw new WeftError("REQUEST_MALFORMED", { message: "Send one JSON object with one operation." });
  const { query, operationName, variables, extensions, ...unknown } = value;
  if (typeof query !== "string" || Object.keys(unknown).length > 0) throw new WeftError("REQUEST_MALFORMED");
  if (isGiven(operationName) && typeof operationName !== "string") throw new WeftError("REQUEST_MALFORMED");
  if (isGiven(variables) && !isObject(variables)) throw new WeftError("VARIABLES_INVALID");
  if (isGiven(extensions) && !isObject(extensions)) throw new WeftError("REQUEST_MALFORMED");
  return {
    query,
    ...(isGiven(operationName) && { operationName: operationName as string }),
    ...(isGiven(variables) && { variables: variables as Record<string, unknown> }),
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
