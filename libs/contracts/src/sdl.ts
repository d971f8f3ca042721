import { type DefinitionNode, type DocumentNode, GraphQLError, Kind, parse, Source } from "graphql";
import type { OrgId } from "#libs/terms";
import type { Folder } from "./folder.js";
import type { Problem } from "./problem.js";

export const PRELUDE = "prelude.graphql";
/** The gateway's own subgraph: references only. It has no adapter. */
export const WEFT = "weft";
export const REGISTRY = "org:registry" as OrgId;

/** One `subgraphs/<name>/schema.graphql`, without the prelude. Its nodes know their file and line. */
export interface SubgraphSource {
  /** The folder's name and the subgraph's name in the supergraph. */
  readonly name: string;
  /** The dataController: `org:<name>`, or the registry for `weft`. */
  readonly provider: OrgId;
  readonly file: string;
  readonly text: string;
  readonly document: DocumentNode;
}

export function readSdl(file: string, text: string, problems: Problem[]): DocumentNode | undefined {
  try {
    return parse(new Source(text, file));
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    problems.push({
      file,
      line: error.locations?.[0]?.line ?? 1,
      wrong: error.message,
      right: "GraphQL schema language",
    });
    return undefined;
  }
}

export function readSubgraph(folder: Folder, name: string, problems: Problem[]): SubgraphSource | undefined {
  const file = `subgraphs/${name}/schema.graphql`;
  const text = folder.get(file);
  if (text === undefined) {
    problems.push({ file, line: 1, wrong: "is missing", right: "the ministry's part of the schema" });
    return undefined;
  }
  const document = readSdl(file, text, problems);
  return document && { name, provider: providerOf(name), file, text, document };
}

function providerOf(name: string): OrgId {
  return name === WEFT ? REGISTRY : (`org:${name}` as OrgId);
}

/** The complete subgraph: the prelude's definitions, then the ministry's own. */
export function assemble(prelude: DocumentNode, own: readonly DefinitionNode[]): DocumentNode {
  return { kind: Kind.DOCUMENT, definitions: [...prelude.definitions, ...own] };
}
