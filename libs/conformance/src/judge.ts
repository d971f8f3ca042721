import { codes, isCode } from "#libs/terms";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { Expected } from "./cases.js";
import type { Reply } from "./reply.js";

/** Why a reply is not what the specification asks for, each in a sentence; empty where it is. Pure. */
export function judge(reply: Reply, expected: Expected, canaries: readonly string[]): readonly string[] {
  const wrong = "refused" in expected ? judgeRefusal(reply, expected) : judgeAnswer(reply, expected);
  return [...wrong, ...judgeSilence(reply, canaries)];
}

const message = z.string().min(1).max(200);
const Refusal = z.strictObject({
  errors: z.tuple([
    z.strictObject({
      message,
      extensions: z.strictObject({ code: z.string(), retryAfter: z.number().positive().optional() }),
    }),
  ]),
});

const FieldError = z.strictObject({
  message,
  path: z.array(z.union([z.string(), z.int()])),
  extensions: z.strictObject({ code: z.string(), coordinate: z.string().optional() }),
});
const Answer = z.strictObject({
  data: z.record(z.string(), z.unknown()),
  errors: z.array(FieldError).min(1).optional(),
  extensions: z.strictObject({
    weft: z.strictObject({
      asOf: z.string().nullable(),
      quality: z.string().nullable(),
      withheld: z.int().min(0),
      aliases: z.array(z.string()),
      rowsProof: z.string().nullable(),
      /** A window that the ministry has planned. */
      maintenance: z.strictObject({ from: z.iso.datetime(), until: z.iso.datetime() }).optional(),
    }),
  }),
});
export type Answer = z.output<typeof Answer>;

/** Undefined where the reply is no answer of the form. */
export function findAnswer(reply: Reply): Answer | undefined {
  return Answer.safeParse(reply.body).data;
}

/** Codes that mark one field, and end a request only where there is no answer now. */
const UNAVAILABLE = [503, 429];

function judgeRefusal({ status, body }: Reply, expected: Extract<Expected, { refused: unknown }>): string[] {
  const read = Refusal.safeParse(body);
  if (!read.success)
    return [`expected a refusal with ${expected.refused.join(" or ")}, came status ${status}: ${formOf(body)}`];
  const { code } = read.data.errors[0].extensions;
  if (!isCode(code) || !expected.refused.includes(code))
    return [`expected ${expected.refused.join(" or ")}, came ${code}`];
  const own = codes[code].status;
  const wanted = expected.status === undefined ? (own === 200 ? UNAVAILABLE : [own]) : [expected.status];
  return wanted.includes(status) ? [] : [`expected status ${wanted.join(" or ")} with ${code}, came ${status}`];
}

function judgeAnswer(reply: Reply, expected: Exclude<Expected, { refused: unknown }>): string[] {
  const read = Answer.safeParse(reply.body);
  if (!read.success) return [`expected an answer, came status ${reply.status}: ${formOf(reply.body)}`];
  const { data, errors = [], extensions } = read.data;
  const { asOf, quality, withheld } = extensions.weft;
  const places = errors.map(({ path, extensions: { code } }) => ({ path, code }));
  return [
    ...(reply.status === 200 ? [] : [`expected status 200, came ${reply.status}`]),
    ...differ("data", data, expected.data),
    ...differ("errors", inOrder(places), inOrder(expected.errors)),
    ...differ("extensions.weft.withheld", withheld, expected.withheld),
    ...(expected.asOf === undefined ? [] : differ("extensions.weft.asOf", asOf, expected.asOf)),
    ...(expected.quality === undefined ? [] : differ("extensions.weft.quality", quality, expected.quality)),
  ];
}

/** `*` stands for any text. */
function differ(what: string, came: unknown, wanted: unknown): string[] {
  return matches(came, wanted) ? [] : [`${what}: expected ${JSON.stringify(wanted)}, came ${JSON.stringify(came)}`];
}

function matches(came: unknown, wanted: unknown): boolean {
  if (wanted === "*") return typeof came === "string";
  if (Array.isArray(wanted))
    return Array.isArray(came) && came.length === wanted.length && wanted.every((one, at) => matches(came[at], one));
  if (typeof wanted !== "object" || wanted === null || typeof came !== "object" || came === null)
    return isDeepStrictEqual(came, wanted);
  const [own, other] = [Object.entries(wanted), came as Record<string, unknown>];
  return (
    own.length === Object.keys(other).length && own.every(([name, one]) => name in other && matches(other[name], one))
  );
}

function inOrder(errors: readonly { readonly path: readonly unknown[]; readonly code: string }[]): readonly object[] {
  return [...errors].sort((a, b) => (JSON.stringify(a.path) < JSON.stringify(b.path) ? -1 : 1));
}

/** Names of members alone: a reply that is not of the form may hold anything. */
function formOf(body: unknown): string {
  if (typeof body !== "object" || body === null) return "no JSON object";
  const { errors } = body as { errors?: readonly { extensions?: { code?: unknown } }[] };
  const code = Array.isArray(errors) ? errors[0]?.extensions?.code : undefined;
  return `${Object.keys(body).sort().join(", ")}${typeof code === "string" ? ` (${code})` : ""}`;
}

/** How programs speak of themselves when something breaks. */
const traces: readonly (readonly [string, RegExp])[] = [
  ["a stack trace", /\bat [\w$.<>]+ ?\([^)]*:\d+|Traceback|\.java:\d+|node_modules|(Exception|Error) in thread/],
  [
    "words of a database",
    /SQLSTATE|ORA-\d{5}|syntax error|sqlite_|mysql|postgres|mariadb|\bselect\b.*\bfrom\b|relation "/i,
  ],
  ["words of a file system", /ENOENT|EACCES|\.csv\b|\.xlsx\b|\/(home|tmp|var|usr)\//],
];
const headersThatTell = ["server-timing", "x-response-time", "x-runtime", "x-powered-by", "x-request-time"];

/** What no reply may hold, whatever was asked. */
function judgeSilence({ headers, text, body }: Reply, canaries: readonly string[]): string[] {
  const told = canaries.filter((one) => text.includes(one));
  const found = traces.filter(([, pattern]) => pattern.test(text)).map(([what]) => what);
  const telling = headersThatTell.filter((name) => headers.has(name));
  return [
    ...told.map((one) => `the reply holds ${JSON.stringify(one)}, which nobody may be told`),
    ...found.map((what) => `the reply holds ${what}`),
    ...telling.map((name) => `the header ${name} tells what the answer does not`),
    ...(mayBeKept({ headers, body }) ? ["an answer without cache-control: no-store could be kept on its way"] : []),
  ];
}

function mayBeKept({ headers, body }: Pick<Reply, "headers" | "body">): boolean {
  const hasData = typeof body === "object" && body !== null && "data" in body;
  return hasData && !(headers.get("cache-control") ?? "").includes("no-store");
}
