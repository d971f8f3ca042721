import { fromB64u, WeftError } from "#libs/terms";
import { z } from "zod";
import type { Variables } from "./arguments.js";

/**
 * What a gateway posts: one fetch of a plan, the record that allows it, and the proof that the log holds that record.
 *
 *     {"query", "variables", "extensions": {"weft": {"record": "<sd-jwt>", "proof": "<text>", "fetch": 0, "argsKey": "<b64u>"}}}
 */
const MAX_QUERY = 64 * 1024;
const MAX_RECORD = 1024 * 1024;
const MAX_PROOF = 16 * 1024;
const MAX_REPRESENTATIONS = 5_000;

const argsKey = z
  .string()
  .max(22)
  .transform((text, context) => {
    const bytes = fromB64u(text);
    if (bytes?.length === 16) return bytes;
    context.addIssue("not 16 bytes");
    return z.NEVER;
  });

const FetchBody = z.strictObject({
  query: z.string().min(1).max(MAX_QUERY),
  variables: z.record(z.string(), z.unknown()).default({}),
  extensions: z.strictObject({
    weft: z.strictObject({
      record: z.string().min(1).max(MAX_RECORD),
      proof: z.string().min(1).max(MAX_PROOF),
      fetch: z.int().min(0).max(10_000),
      argsKey,
    }),
  }),
});

/** A person as a fetch names them: the sealed reference, and whatever inputs came along. */
const Representation = z.looseObject({ __typename: z.literal("Person"), ref: z.string().max(256) });
export type Representation = z.infer<typeof Representation>;

export interface FetchRequest {
  readonly query: string;
  /** Without `representations`. */
  readonly variables: Variables;
  readonly representations: readonly Representation[];
  /** The access record as this provider is shown it. */
  readonly record: string;
  readonly proof: string;
  /** Which of the record's fetches this is. */
  readonly fetch: number;
  readonly argsKey: Uint8Array;
}

/** Throws REQUEST_MALFORMED or REQUEST_TOO_LARGE. Names no member of the body: it may hold persons. */
export function parseFetchRequest(body: unknown): FetchRequest {
  const parsed = FetchBody.safeParse(body);
  if (!parsed.success) throw malformed(parsed.error.issues.some(({ code }) => code === "too_big"));
  const { query, extensions } = parsed.data;
  const { representations = [], ...variables } = parsed.data.variables;
  const persons = z.array(Representation).max(MAX_REPRESENTATIONS).safeParse(representations);
  if (!persons.success) throw malformed(persons.error.issues.some(({ code }) => code === "too_big"));
  return { query, variables, representations: persons.data, ...extensions.weft };
}

function malformed(tooLarge: boolean): WeftError {
  return new WeftError(tooLarge ? "REQUEST_TOO_LARGE" : "REQUEST_MALFORMED");
}
