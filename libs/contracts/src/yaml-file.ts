import { readStrictYaml } from "#libs/terms";
import type { z } from "zod";
import type { Problem } from "./problem.js";

/** A YAML file whose content has the form of its schema, and where in it everything stands. */
export interface YamlFile<T> {
  readonly file: string;
  readonly text: string;
  readonly value: T;
  /** The same, as it was written: what signatures cover. */
  readonly json: unknown;
  /** Line of the member at the path, or of the nearest one above it. */
  readonly lineOf: (path: readonly PropertyKey[]) => number;
}

/** Undefined where there are problems; they are added to `problems`. */
export function readYaml<T>(
  file: string,
  text: string,
  schema: z.ZodType<T>,
  problems: Problem[],
): YamlFile<T> | undefined {
  const read = readStrictYaml(text);
  if (!("json" in read)) {
    problems.push(...read.map((fault) => ({ file, ...fault })));
    return undefined;
  }
  const { json, lineOf } = read;
  const parsed = schema.safeParse(json);
  if (parsed.success) return { file, text, value: parsed.data, json, lineOf };
  problems.push(...parsed.error.issues.flatMap((issue) => issueProblems(file, issue, lineOf)));
  return undefined;
}

/** For who judges a file's content elsewhere: the line of the member at the path, or of the nearest one above it. */
export function lineInYaml(text: string, path: readonly PropertyKey[]): number {
  const read = readStrictYaml(text);
  return "json" in read ? read.lineOf(path) : read[0]!.line;
}

function issueProblems(
  file: string,
  issue: z.core.$ZodIssue,
  lineOf: (path: readonly PropertyKey[]) => number,
): Problem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      file,
      line: lineOf([...issue.path, key]),
      wrong: `${[...issue.path, key].join(".")} is not a member of this file`,
      right: "leave it out",
    }));
  }
  const where = issue.path.join(".") || "the file";
  const [wrong, right] = sayIssue(where, issue);
  return [{ file, line: lineOf(issue.path), wrong, right }];
}

function sayIssue(where: string, issue: z.core.$ZodIssue): readonly [wrong: string, right: string] {
  if (issue.code === "invalid_type") {
    const missing = issue.message.endsWith("received undefined");
    return [`${where} is ${missing ? "missing" : "not of the right type"}`, `a value of type ${issue.expected}`];
  }
  if (issue.code === "invalid_value") return [`${where} is not one of the list`, `one of: ${issue.values.join(", ")}`];
  const meant = /^is not (.+)$/.exec(issue.message)?.[1];
  if (meant !== undefined) return [`${where} ${issue.message}`, meant];
  const [wrong = "", right = "as the file's JSON Schema says"] = issue.message.split("; ");
  return [`${where}: ${wrong}`, right];
}
