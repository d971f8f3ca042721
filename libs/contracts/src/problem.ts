import type { ASTNode } from "graphql";
import { WeftError } from "#libs/terms";

/** One thing that is wrong with a contracts folder, said so that whoever wrote the file can put it right. */
export interface Problem {
  /** Relative to the folder, with `/`. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly wrong: string;
  readonly right: string;
}

/** A folder that does not serve. It carries every problem of the first stage of checking that found any. */
export class ContractProblems extends WeftError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super("CONTRACT_INVALID", { detail: problems.map(printProblem).join("\n") });
    this.problems = problems;
  }
}

export function printProblem({ file, line, wrong, right }: Problem): string {
  return `${file}:${line}: ${wrong}\n  right: ${right}`;
}

export function throwIfAny(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new ContractProblems([...problems].sort(byPlace));
}

function byPlace(a: Problem, b: Problem): number {
  return a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line;
}

/** Where a node of a schema stands. A definition's line is that of its name, not of its description. */
export function placeOf(node: ASTNode): Pick<Problem, "file" | "line"> {
  const at = "name" in node && node.name && typeof node.name === "object" ? node.name : node;
  return { file: at.loc?.source.name ?? "supergraph.graphql", line: at.loc?.startToken.line ?? 1 };
}

export function problemAt(node: ASTNode, wrong: string, right: string): Problem {
  return { ...placeOf(node), wrong, right };
}
