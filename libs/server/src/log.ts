import { type DestinationStream, type Logger as PinoLogger, pino } from "pino";
import { WeftError } from "#libs/terms";

/**
 * The log of a process: JSON lines about the machine, never about a person. A message is constant text; fields are those of the
 * list below, and hold numbers, flags, codes and short names. Whatever else is passed does not get through: no bodies, no
 * variables, no identifiers, no message of an error that another library made (a database's quotes the row).
 */
export type Logger = Pick<PinoLogger, "debug" | "info" | "warn" | "error" | "fatal" | "level">;

export const LOG_FIELDS = [
  "event",
  "code",
  "origin",
  "status",
  "method",
  "route",
  "ms",
  "provider",
  "outcome",
  "count",
  "size",
  "index",
  "version",
  "digest",
  "url",
  "port",
  "signal",
  "reason",
  "detail",
  "check",
  "state",
  "retryAfter",
] as const;

const allowed: ReadonlySet<string> = new Set(LOG_FIELDS);
const TEXT_LIMIT = 400;

export interface LogOptions {
  /** The program's name. */
  readonly name: string;
  readonly level?: "debug" | "info" | "warn" | "error" | "silent";
  readonly destination?: DestinationStream;
}

export function createLogger({ name, level = "info", destination }: LogOptions): Logger {
  return pino(
    {
      name,
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: keepAllowed },
      // pino would otherwise put an error's own message and fields into the line.
      serializers: { err: (error: unknown) => error },
      hooks: {
        // Only (message) and (fields, message): a message with values in it cannot be told from a leak.
        logMethod([first, second], method) {
          if (typeof first === "string") method.call(this, first);
          // Without a message pino would take the error's.
          else method.call(this, fieldsOf(first), typeof second === "string" ? second : "");
        },
      },
    },
    destination ?? pino.destination({ fd: 1, sync: true }),
  );
}

function fieldsOf(first: unknown): object {
  if (first instanceof Error) return { err: first };
  return typeof first === "object" && first !== null ? first : {};
}

function keepAllowed(fields: Record<string, unknown>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (name === "err") kept["err"] = describeError(value);
    else if (allowed.has(name) && isPlain(value))
      kept[name] = typeof value === "string" ? value.slice(0, TEXT_LIMIT) : value;
  }
  return kept;
}

function isPlain(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

/** Kind, code and place; the message only where we wrote it ourselves, by the rule of `WeftError`. */
function describeError(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { kind: typeof error };
  const code = (error as { code?: unknown }).code;
  return {
    kind: error.name,
    ...(typeof code === "string" || typeof code === "number" ? { code } : {}),
    ...(error instanceof WeftError && error.detail !== undefined ? { detail: error.detail.slice(0, TEXT_LIMIT) } : {}),
    at: placesOf(error),
    ...(error.cause === undefined || depth > 2 ? {} : { cause: describeError(error.cause, depth + 1) }),
  };
}

function placesOf(error: Error): string[] {
  const lines = (error.stack ?? "").split("\n").filter((line) => /^ {4}at /.test(line));
  return lines.slice(0, 6).map((line) =>
    line
      .trim()
      .slice(3)
      .replace(/file:\/\/.*\/(?=(?:dist|libs|apps|node_modules)\/)/, ""),
  );
}
