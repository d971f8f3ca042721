import { readFileSync, statSync } from "node:fs";
import { inspect } from "node:util";
import { WeftError } from "#libs/terms";
import { z } from "zod";

/**
 * Configuration comes from the environment, is read once, and is frozen. A schema names the variables themselves, and its
 * `describe` says what would be right:
 *
 *     const config = readConfig(z.object({ WEFT_PORT: portNumber, WEFT_LOG_KEY_FILE: secretFile }));
 *
 * An empty variable counts as missing. Secrets come from files, never from the environment, which every child inherits and every
 * crash report prints.
 */
export function readConfig<S extends z.ZodObject>(
  schema: S,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Readonly<z.output<S>> {
  const given = Object.fromEntries(
    Object.keys(schema.shape).map((name) => [name, env[name] === "" ? undefined : env[name]]),
  );
  const read = schema.safeParse(given);
  if (read.success) return Object.freeze(read.data);
  const problems = read.error.issues.map((issue) => describeIssue(schema, given, issue));
  throw new WeftError("CONFIG_INVALID", { message: problems.join("\n"), detail: problems.join("; ") });
}

/** Never shows the value: a variable may hold a URL with a password. */
function describeIssue(
  schema: z.ZodObject,
  given: Record<string, string | undefined>,
  issue: z.core.$ZodIssue,
): string {
  const name = String(issue.path[0] ?? "");
  const wrong = given[name] === undefined ? "is missing" : `is not usable: ${issue.message}`;
  const right = descriptionOf(schema.shape[name]);
  return right === undefined ? `${name} ${wrong}` : `${name} ${wrong}. It is ${right}.`;
}

/** `optional()` and `default()` wrap a type and hide what it says of itself. */
function descriptionOf(type: unknown): string | undefined {
  if (!(type instanceof z.ZodType)) return undefined;
  return type.description ?? descriptionOf((type.def as { innerType?: unknown }).innerType);
}

export const portNumber = z
  .string()
  .regex(/^\d{1,5}$/, "not a number")
  .transform(Number)
  .refine((port) => port <= 65535, "above 65535")
  .describe("a port from 0 (any free one) to 65535");

export const flag = z
  .enum(["1", "0", "true", "false"], "neither 1 nor 0")
  .transform((text) => text === "1" || text === "true")
  .describe("1 or 0");

/** `a,b,c`; no empty parts. */
export const commaList = z
  .string()
  .transform((text) => text.split(",").map((part) => part.trim()))
  .refine((parts) => parts.every((part) => part !== ""), "it has an empty part")
  .describe("a list with commas between its parts");

export const httpUrl = z
  .url({ protocol: /^https?$/, error: "not an http or https address" })
  .describe("an http or https address");

/** A secret shows itself only to who asks for it: not to a log, not to JSON, not to a debugger's print. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [inspect.custom](): string {
    return "[secret]";
  }
}

/** The name of a file that holds a secret; the value is what it holds. */
export const secretFile = z
  .string()
  .transform((file, context) => {
    const read = readSecretFile(file);
    if (read instanceof Secret) return read;
    context.addIssue(read.problem);
    return z.NEVER;
  })
  .describe("the name of a file with a secret, readable by its owner only (chmod 600)");

function readSecretFile(file: string): Secret | { readonly problem: string } {
  try {
    const problem = modeProblem(file);
    if (problem !== undefined) return { problem };
    const text = readFileSync(file, "utf8").trim();
    return text === "" ? { problem: "the file is empty" } : new Secret(text);
  } catch (error) {
    return { problem: `the file cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown"})` };
  }
}

/** Undefined for a file that only its owner may use. */
export function modeProblem(file: string): string | undefined {
  const { mode, uid } = statSync(file);
  return (mode & openTo(uid)) === 0 ? undefined : "others than its owner may use the file";
}

/**
 * The mode bits that must be off. A file of our own is for us alone. One of root's that was mounted for us (Kubernetes gives
 * such to our group) may be read, not written, by the group.
 */
function openTo(owner: number): number {
  const mounted = owner === 0 && process.getuid?.() !== 0;
  return mounted ? 0o037 : 0o077;
}
