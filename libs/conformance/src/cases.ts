import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { isCode, parseStrictYaml, WeftError } from "#libs/terms";
import { z } from "zod";

/**
 * The cases, as contracts/vectors/adapter/cases/*.yaml tell them and README.md beside those explains. Nothing in them knows the language of an
 * adapter or of this suite.
 */
const json = z.record(z.string(), z.json());
const names = z.array(z.string());

const Question = z.strictObject({
  text: z.string(),
  coordinates: names,
  consumer: z.string(),
  /** Of a list: which, and how many rows. */
  list: z.strictObject({ entry: z.string(), maxRows: z.int() }).optional(),
});
export type Question = z.output<typeof Question>;

/** What the record says in another way than what is sent. */
const Recorded = z.strictObject({
  ask: z.string().optional(),
  about: names.optional(),
  variables: json.optional(),
  coordinates: names.optional(),
  signedBy: z.enum(["a stranger", "another gateway", "the adapter"]).optional(),
  issued: z.int().optional().describe("Seconds from now."),
  lifetime: z.int().optional(),
  kind: z.enum(["refusal", "rows"]).optional(),
  log: z.string().optional(),
  consumer: z.string().optional(),
  purpose: z.string().optional(),
  /** The caller's own, in the record. */
  token: z
    .enum([
      "of the caller",
      "of another officer",
      "for another case",
      "for another purpose",
      "under another agreement",
      "by a stranger",
      "for another gateway",
      "over",
      "a word",
    ])
    .optional(),
  section: json.optional(),
});

const Sent = z.strictObject({
  ask: z.string().optional(),
  about: names.optional(),
  variables: json.optional(),
  /** Instead of the text that the question has. */
  text: z.string().optional(),
  proof: z
    .enum([
      "none",
      "empty",
      "a word",
      "of another record",
      "of another index",
      "by no log",
      "by another log",
      "unsigned",
    ])
    .optional(),
  record: z.enum(["none", "a word", "without the caller", "without a person", "with an altered word"]).optional(),
  argsKey: z.enum(["another", "short"]).optional(),
  fetch: z.int().optional(),
  sealedFor: z.string().optional(),
  /** Beside the person's reference. */
  input: json.optional(),
  /** Members that nobody knows, beside the body's own. */
  body: json.optional(),
});

/** A body that is no call at all. */
const Raw = z.strictObject({
  body: z.string(),
  /** So many times, the sign before each `%`; or so many lists in each other in its place. */
  times: z.int().optional(),
  nest: z.int().optional(),
  type: z.string().default("application/json"),
  method: z.string().default("POST"),
});

const code = z.string().refine(isCode, "not a code of DESIGN's closed set");

const Expected = z.union([
  z.strictObject({ refused: z.union([code.transform((it) => [it]), z.array(code)]), status: z.int().optional() }),
  z.strictObject({
    data: json,
    errors: z.array(z.strictObject({ path: z.array(z.union([z.string(), z.int()])), code })).default([]),
    withheld: z.int().default(0),
    asOf: z.string().nullable().optional(),
    quality: z.string().nullable().optional(),
  }),
]);
export type Expected = z.output<typeof Expected>;

/** What some cases do beside asking once; README.md says each in words. */
export const procedures = [
  "again",
  "at once",
  "alike",
  "twice",
  "page on",
  "flood",
  "officer's day",
  "injections",
] as const;
/** How the world is while a case runs. The first two are shown only by an adapter that was started without any earlier state. */
export const circumstances = [
  "a log that no witness has cosigned",
  "a log that was cosigned long ago",
  "a silent log",
  "a register silent for ten seconds",
  "a consent given just now",
  "a consent taken back",
] as const;

const Case = z.strictObject({
  case: z.string(),
  why: z.string(),
  spec: z.string(),
  ask: z.string().default("standing"),
  about: names.default(["hana"]),
  variables: json.default({}),
  record: Recorded.default({}),
  send: Sent.default({}),
  raw: Raw.optional(),
  given: z.enum(circumstances).optional(),
  do: z.enum(procedures).optional(),
  /** Of `do: twice`: the first reply. */
  first: Expected.optional(),
  /** Of `do: page on`: the arguments of the second question in which it differs. */
  next: json.default({}),
  /** Of `do: injections`: an argument, `key` or `aliases`; and with which codes a single text may be refused instead. */
  into: z.string().optional(),
  or: z.array(code).default([]),
  /** Of `do: alike`: whom the same is asked about beside. */
  others: z.array(names).default([]),
  needs: z.enum(["lists"]).optional(),
  expect: Expected,
});
export type Case = z.output<typeof Case>;

export interface Vectors {
  readonly questions: Readonly<Record<string, Question>>;
  readonly cases: readonly Case[];
  /** Texts that some program might take for its own language. */
  readonly injections: readonly string[];
}

/** In the order of the files' names, and of each file. Throws CONFIG_INVALID with the file where one is not of the form. */
export function readVectors(dir: string): Vectors {
  const folder = path.join(dir, "cases");
  const files = readdirSync(folder)
    .filter((file) => file.endsWith(".yaml"))
    .sort();
  const cases = files.flatMap((file) => read(path.join(folder, file), z.array(Case)));
  const questions = read(path.join(dir, "questions.yaml"), z.record(z.string(), Question));
  const injections = read(path.join(dir, "data", "injections.json"), z.array(z.string()).min(500));
  return { questions, cases, injections };
}

function read<T>(file: string, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(parseStrictYaml(readFileSync(file, "utf8")));
  if (parsed.success) return parsed.data;
  throw new WeftError("CONFIG_INVALID", { message: `${file}: ${z.prettifyError(parsed.error)}` });
}
