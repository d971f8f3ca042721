import {
  type ASTNode,
  type FieldDefinitionNode,
  type GraphQLError,
  Kind,
  printSchema,
  type StringValueNode,
  visit,
} from "graphql";
import { type Problem, placeOf, throwIfAny } from "./problem.js";
import { type FieldModel, isPersonal, type SchemaModel } from "./schema-model.js";
import { assemble, type SubgraphSource } from "./sdl.js";
import type { Registry } from "./registry.js";

export interface Supergraph {
  readonly supergraphSdl: string;
  /** What consumers see: without keys, directives and joins; who may ask stands in the descriptions. */
  readonly publicSdl: string;
}

/** Composes by Apollo Federation 2. Throws `ContractProblems` with the place in the ministry's file. */
export async function compose(model: SchemaModel, registry: Registry): Promise<Supergraph> {
  // Loaded only by who composes: it costs an adapter or a log most of their start.
  const { composeServices } = await import("@apollo/composition");
  const said = new Map(model.fields.map((field) => [field.node, field]));
  const result = composeServices(
    model.subgraphs.map((subgraph) => ({
      name: subgraph.name,
      url: registry.organisations[subgraph.provider]?.adapter ?? "",
      typeDefs: assemble(model.prelude, describe(subgraph, said).definitions),
    })),
  );
  throwIfAny((result.errors ?? []).map(federationProblem));
  return {
    supergraphSdl: `${result.supergraphSdl!.trim()}\n`,
    publicSdl: `${printSchema(result.schema!.toAPISchema().toGraphQLJSSchema())}\n`,
  };
}

function federationProblem(error: GraphQLError): Problem {
  const places = (error.nodes ?? []).filter((node: ASTNode) => node.loc !== undefined).map(placeOf);
  const place = places.find(({ file }) => file.startsWith("subgraphs/")) ?? places[0];
  const { code } = error.extensions;
  return {
    file: place?.file ?? "supergraph.graphql",
    line: place?.line ?? 1,
    wrong: error.message.replaceAll(/\s+/g, " "),
    right: typeof code === "string" ? `what Apollo Federation asks for under ${code}` : "a valid GraphQL schema",
  };
}

/** Appends to each field's description who may ask, so that every IDE shows it. */
function describe(
  subgraph: SubgraphSource,
  said: ReadonlyMap<FieldDefinitionNode, FieldModel>,
): SubgraphSource["document"] {
  return visit(subgraph.document, {
    FieldDefinition: (node): FieldDefinitionNode | undefined => {
      const field = said.get(node);
      if (field === undefined || !isPersonal(field)) return undefined;
      const text = [node.description?.value, releaseText(field)].filter(Boolean).join("\n\n");
      return { ...node, description: { kind: Kind.STRING, value: text, block: true } satisfies StringValueNode };
    },
  });
}

function releaseText(field: FieldModel): string {
  const { class: letter, category } = field.personal!;
  const ways = field.releases.map((release) => {
    const form = release.mode === "VALUE" ? "" : `, as ${release.mode.toLowerCase()}`;
    return `${release.purposes.join(" or ")} (${release.bases.join(", ")}${form})`;
  });
  return `Class ${letter}, ${category}.${ways.length > 0 ? ` Released for ${ways.join("; ")}.` : ""}`;
}
