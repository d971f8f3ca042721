import { WeftError } from "#libs/terms";
import { executeSync } from "graphql";
import type { Operation } from "./operation.js";
import type { Supergraph } from "./supergraph.js";

/**
 * Answers a question about the schema from the API schema, which holds no inaccessible element. No plan, no fetch, no person;
 * for operations with `introspection` set, and none else.
 */
export function introspect(supergraph: Supergraph, operation: Operation): { readonly data: Record<string, unknown> } {
  if (!operation.introspection) throw new WeftError("INTERNAL", { detail: "not a question about the schema" });
  const { data, errors } = executeSync({
    schema: supergraph.schema,
    document: operation.document,
    variableValues: operation.variables,
  });
  if (!data || errors) throw new WeftError("INTERNAL", { detail: "the schema could not be told" });
  return { data };
}
