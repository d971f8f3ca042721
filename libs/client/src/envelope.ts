import type { Code, Origin } from "#libs/terms";
import { z } from "zod";

/**
 * What the gateway answers: data, a reason for each gap, and beside them sources, duties and the record. Members that are not known
 * here are passed over, so that an older client reads a newer gateway.
 */

/** A string that editors complete; a newer gateway may know more. */
const open = <T extends string>(says: string) =>
  z.string().describe(says) as unknown as z.ZodType<T | (string & {}), T | (string & {})>;
const seconds = z.number().min(0).describe("Seconds.");

const remedy = z.object({
  say: z.string().describe("The shortest lawful way, as a sentence."),
  purpose: z.string().optional().describe("Asking with this purpose would be permitted now."),
  consent: z.boolean().optional().describe("The person may consent."),
});

const answerError = z.object({
  message: z.string(),
  path: z.array(z.union([z.string(), z.int()])).optional(),
  locations: z.array(z.object({ line: z.int(), column: z.int() })).optional(),
  extensions: z.object({
    code: open<Code>("One of a closed set of codes."),
    origin: open<Origin>("Whose matter it is: consumer, gateway, provider or log."),
    coordinate: z.string().optional().describe("Type.field"),
    provider: z.string().optional(),
    rows: z
      .array(z.tuple([z.int(), z.int()]))
      .optional()
      .describe("In a list: the ranges of indexes, both ends included, that the error is about."),
    retryAfter: seconds.optional(),
    remedy: remedy.optional(),
  }),
});

const record = z.object({
  log: z.string().describe("The log's origin."),
  index: z.int().min(0).describe("The number of the access record."),
  proof: z.string().describe("Where its proof is, at the gateway."),
});

const source = z.object({
  provider: z.string(),
  status: open<"ok" | "unavailable" | "refused">("ok, unavailable or refused"),
  asOf: z.string().optional().describe("The oldest state of what was read."),
  stale: z.boolean().optional().describe("Older than the agreement allows."),
  code: open<Code>("Why there is nothing.").optional(),
  retryAfter: seconds.optional(),
  maintenance: z
    .object({ from: z.string(), until: z.string() })
    .optional()
    .describe("When the ministry will be closed to the caller for a while."),
});

const duty = z.object({
  retention: z.string().describe("ISO 8601 duration."),
  deleteBy: z.string().describe("Date."),
  onward: open<"none" | "agreed">("To whom it may be passed on."),
  agreements: z.array(z.string()),
});

const envelope = z.object({
  record,
  purpose: z.string(),
  case: z.string().optional(),
  complete: z.boolean().describe("Nothing that was asked is missing."),
  agreements: z.array(z.string()).describe("As name@version."),
  sources: z.array(source),
  duties: z.array(duty),
});

const answered = z.object({
  data: z.record(z.string(), z.unknown()).nullable(),
  errors: z.array(answerError).optional(),
  extensions: z.object({ weft: envelope }),
});

const refusal = z.object({
  errors: z.array(answerError).min(1),
  extensions: z.object({ weft: z.object({ record }) }).optional(),
});

export const answerSchema = z.union([answered, refusal]);

export type AnswerError = Readonly<z.infer<typeof answerError>>;
export type Envelope = Readonly<z.infer<typeof envelope>>;
export type Refusal = z.infer<typeof refusal>;

/** A null in `data` that no error covers means that nothing is recorded. */
export interface Answer<Data = Record<string, unknown>> {
  readonly data: Data;
  readonly errors: readonly AnswerError[];
  readonly weft: Envelope;
}

/** Of a parsed body. A refusal comes back as it is; undefined where it is neither: a proxy's page, say. */
export function readAnswer<Data = Record<string, unknown>>(body: unknown): Answer<Data> | Refusal | undefined {
  const read = answerSchema.safeParse(body);
  if (!read.success) return undefined;
  if (!("data" in read.data)) return read.data;
  const { data, errors = [], extensions } = read.data;
  return { data: data as Data, errors, weft: extensions.weft };
}
