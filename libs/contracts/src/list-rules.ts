import { print } from "graphql";
import type { CompositionRule } from "./composition-rule.js";
import { type Problem, problemAt } from "./problem.js";
import { type FieldModel, findDirective, isPage, type SchemaModel } from "./schema-model.js";
import { WEFT } from "./sdl.js";

/** A list is asked by page, and narrowed only by what says that it may. */
export const listsArePaged: CompositionRule = (model) =>
  model.fields
    .filter((field) => field.subgraph.name !== WEFT)
    .flatMap((field) =>
      field.type === "Query" || isPagedType(field, model)
        ? [...pagingProblems(field, model), ...filterProblems(field)]
        : [],
    );

function isPagedType(field: FieldModel, model: SchemaModel): boolean {
  return model.parts.some((part) => part.name === field.named && isPage(part.node));
}

function pagingProblems(field: FieldModel, model: SchemaModel): Problem[] {
  const types = new Map((field.node.arguments ?? []).map((it) => [it.name.value, print(it.type)]));
  const right = "(…, first: Int!, after: String) and a nullable page { nodes pageInfo }";
  if (types.get("first") === "Int!" && types.get("after") === "String" && isPagedType(field, model) && !field.nonNull)
    return [];
  return [problemAt(field.node, `${field.coordinate} is not paged`, right)];
}

function filterProblems(field: FieldModel): Problem[] {
  return (field.node.arguments ?? [])
    .filter((it) => !["first", "after"].includes(it.name.value) && !findDirective(it, "filterable"))
    .map((it) =>
      problemAt(it, `${field.coordinate}(${it.name.value}:) is not declared as a filter`, "@filterable(by: […]) on it"),
    );
}
