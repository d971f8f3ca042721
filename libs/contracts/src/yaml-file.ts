import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Document,
  type Node,
  parseDocument,
  visit,
} from "yaml";
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

/**
 * YAML 1.2, core schema, without anchors, aliases, tags and duplicate keys: a file has one meaning, and it is the one that a
 * person reads. Undefined where there are problems; they are added to `problems`.
 */
export function readYaml<T>(
  file: string,
  text: string,
  schema: z.ZodType<T>,
  problems: Problem[],
): YamlFile<T> | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: "1.2",
    schema: "core",
    uniqueKeys: true,
    strict: true,
    merge: false,
    prettyErrors: false,
    lineCounter: lines,
  });
  const before = problems.length;
  problems.push(...syntaxProblems(file, document, lines));
  if (problems.length > before) return undefined;
  const json: unknown = document.toJS({ maxAliasCount: 0 });
  const lineOf = (path: readonly PropertyKey[]): number => lineIn(document, lines, path);
  const parsed = schema.safeParse(json);
  if (parsed.success) return { file, text, value: parsed.data, json, lineOf };
  problems.push(...parsed.error.issues.flatMap((issue) => issueProblems(file, issue, lineOf)));
  return undefined;
}

/** For who judges a file's content elsewhere: the line of the member at the path, or of the nearest one above it. */
export function lineInYaml(text: string, path: readonly PropertyKey[]): number {
  const lines = new LineCounter();
  return lineIn(parseDocument(text, { lineCounter: lines }), lines, path);
}

function syntaxProblems(file: string, document: Document, lines: LineCounter): Problem[] {
  const found: Problem[] = [...document.errors, ...document.warnings].map((error) => ({
    file,
    line: lines.linePos(error.pos[0]).line,
    wrong: error.message,
    right: error.code === "DUPLICATE_KEY" ? "each key once" : "YAML 1.2 without tags, anchors and merge keys",
  }));
  visit(document, {
    Node: (_, node) => {
      const special = isAlias(node) ? "an alias" : node.anchor ? "an anchor" : node.tag ? "a tag" : undefined;
      if (special === undefined) return;
      found.push({
        file,
        line: lineOfNode(node, lines),
        wrong: `uses ${special}`,
        right: "the value itself, written out",
      });
    },
  });
  return found;
}

function lineOfNode(node: Node, lines: LineCounter): number {
  return lines.linePos(node.range?.[0] ?? 0).line;
}

function lineIn(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let line = 1;
  for (const step of path) {
    const [key, value] = childOf(node, step);
    if (isNode(key)) line = lineOfNode(key, lines);
    else return line;
    node = value;
  }
  return line;
}

/** The node that marks where the member stands, and the node of its value. */
function childOf(node: unknown, step: PropertyKey): readonly [unknown, unknown] {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
    return [pair?.key, pair?.value];
  }
  const item = isSeq(node) ? node.items[Number(step)] : undefined;
  return [item, item];
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
