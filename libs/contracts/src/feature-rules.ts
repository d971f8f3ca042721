import { Kind, print, visit } from "graphql";
import type { CompositionRule } from "./composition-rule.js";
import { type Problem, problemAt } from "./problem.js";
import type { SubgraphSource } from "./sdl.js";

/**
 * Two of the missing ones would let a second ministry answer: `@shareable` and `@provides`. A coordinate names one dataController.
 */
const knownDirectives = new Set(
  "key inaccessible external requires personal release filterable finding deprecated".split(" "),
);
const readsOnly = new Map([
  ["Mutation", "mutations"],
  ["Subscription", "subscriptions"],
]);

/** Rare and risky features are refused by name, rather than half-supported. */
export const featuresSupported: CompositionRule = (model) =>
  model.subgraphs.flatMap((subgraph) => [...unknownDirectives(subgraph), ...unknownDefinitions(subgraph)]);

function unknownDirectives({ document }: SubgraphSource): Problem[] {
  const found: Problem[] = [];
  visit(document, {
    Directive: (node) => {
      if (knownDirectives.has(node.name.value)) return;
      found.push(problemAt(node, `@${node.name.value} is not supported`, `only @${[...knownDirectives].join(", @")}`));
    },
  });
  return found;
}

function unknownDefinitions({ document }: SubgraphSource): Problem[] {
  return document.definitions.flatMap((node) => {
    if (node.kind === Kind.DIRECTIVE_DEFINITION)
      return [problemAt(node, `defines @${node.name.value}`, "the prelude's directives only")];
    if (node.kind === Kind.SCHEMA_DEFINITION || node.kind === Kind.SCHEMA_EXTENSION)
      return [problemAt(node, "states a schema of its own", "nothing: the prelude links the specifications")];
    if (node.kind.endsWith("TypeExtension") && node.kind !== Kind.OBJECT_TYPE_EXTENSION)
      return [problemAt(node, "extends a type", "one definition of it, by its owner")];
    const verb = "name" in node && node.name ? readsOnly.get(node.name.value) : undefined;
    return verb === undefined ? [] : [problemAt(node, `${verb} are not supported`, "fields of Query: Weft only reads")];
  });
}

export const preludeIsFixed: CompositionRule = (model) =>
  model.subgraphs.flatMap(({ document }) =>
    document.definitions.flatMap((node) =>
      "name" in node && node.name && model.preludeTypes.has(node.name.value)
        ? [problemAt(node, `${node.name.value} is defined again`, "the prelude's definition alone")]
        : [],
    ),
  );

/** An enum, input, scalar, interface or union is one ministry's. A second one may only repeat it, as `@requires` needs. */
export const typesAgree: CompositionRule = (model) =>
  [...model.otherTypes.values()].flatMap(([first, ...others]) =>
    others
      .filter(({ node }) => print(node) !== print(first!.node))
      .map(({ node }) =>
        problemAt(
          node,
          `${node.name.value} differs from what ${first!.subgraph.provider} defines`,
          `the definition of ${first!.subgraph.file}, word for word`,
        ),
      ),
  );

export const schemesNamed: CompositionRule = (model, { schemes }) =>
  (model.otherTypes.get("IdentifierScheme") ?? []).flatMap(({ node }) => {
    if (node.kind !== Kind.ENUM_TYPE_DEFINITION) return [];
    const values = (node.values ?? []).map((it) => it.name.value);
    if ([...values].sort().join() === ["WEFT_ID", ...schemes].sort().join()) return [];
    return [problemAt(node, "IdentifierScheme differs from the registry's schemes", `WEFT_ID, ${schemes.join(", ")}`)];
  });
