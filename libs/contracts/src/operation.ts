import { type Digest, digestOf } from "#libs/terms";
import { type DocumentNode, GraphQLError, parse, Source, stripIgnoredCharacters } from "graphql";
import type { Folder } from "./folder.js";
import type { Problem } from "./problem.js";

/**
 * An operation that is registered under an agreement: `operations/<name>.graphql`, with its literals lifted into variables. The consumer
 * signs it (`signatures/operations/<name>.jws`); the provider suspends it (`…/<name>.suspended.jws`).
 */
export interface OperationDraft {
  readonly name: string;
  readonly file: string;
  readonly document: DocumentNode;
  /** graphql-js `stripIgnoredCharacters`: what questions are compared with, and what both signatures cover. */
  readonly text: string;
  readonly digest: Digest;
  readonly signature: string | undefined;
  readonly suspension: string | undefined;
}

export const OPERATION_NAME = /^[a-z][a-z0-9-]{0,62}$/;

/** Where everything of one operation stands. */
export function operationFiles(agreement: string, name: string) {
  const home = `agreements/${agreement}`;
  return {
    text: `${home}/operations/${name}.graphql`,
    signature: `${home}/signatures/operations/${name}.jws`,
    suspension: `${home}/signatures/operations/${name}.suspended.jws`,
  };
}

/** Under the signature: the operation, and what it is registered under. */
export function registrationOf(agreement: string, text: string): object {
  return { agreement, operation: text };
}

export function suspensionOf(agreement: string, text: string): object {
  return { agreement, operation: text, state: "suspended" };
}

export function readOperations(folder: Folder, agreement: string, problems: Problem[]): OperationDraft[] {
  const pattern = new RegExp(`^agreements/${agreement}/operations/([^/]+)\\.graphql$`);
  return [...folder].flatMap(([file, content]) => {
    const name = pattern.exec(file)?.[1];
    if (name === undefined) return [];
    const document = parseOperation(file, content, problems);
    if (!OPERATION_NAME.test(name))
      problems.push({ file, line: 1, wrong: "is no name of an operation", right: "small letters, digits and -" });
    if (document === undefined) return [];
    const text = stripIgnoredCharacters(content);
    const files = operationFiles(agreement, name);
    const signed = { signature: folder.get(files.signature), suspension: folder.get(files.suspension) };
    return [{ name, file, document, text, digest: digestOf(text), ...signed }];
  });
}

function parseOperation(file: string, content: string, problems: Problem[]): DocumentNode | undefined {
  try {
    return parse(new Source(content, file));
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    const line = error.locations?.[0]?.line ?? 1;
    problems.push({ file, line, wrong: error.message, right: "one GraphQL operation" });
    return undefined;
  }
}
