import { isProvenance } from "./class-rules.js";
import type { AdapterOutline, Draft, Ministry } from "./draft.js";
import type { Problem } from "./problem.js";
import { type FieldModel, findDirective, isPage, type SchemaModel } from "./schema-model.js";
import type { YamlFile } from "./yaml-file.js";

/** Every field that a ministry answers is mapped to its MIS, and nothing is mapped that its schema does not have. */
export function checkMappings(draft: Draft): readonly Problem[] {
  return draft.ministries.flatMap(({ source, adapter }: Ministry) => {
    if (adapter === null) return [];
    const own = draft.model.fields.filter((field) => field.subgraph === source);
    return [
      ...providerProblems(adapter, source.provider),
      ...unmapped(adapter, own),
      ...unknown(adapter, own, draft.model),
      ...own.filter(({ type }) => type === "Query").flatMap((list) => filterProblems(adapter, list)),
    ];
  });
}

function providerProblems(adapter: YamlFile<AdapterOutline>, provider: string): readonly Problem[] {
  if (adapter.value.provider === provider) return [];
  const wrong = `provider is ${adapter.value.provider}`;
  return [
    { file: adapter.file, line: adapter.lineOf(["provider"]), wrong, right: `${provider}, as the folder is named` },
  ];
}

function unmapped(adapter: YamlFile<AdapterOutline>, own: readonly FieldModel[]): readonly Problem[] {
  return own
    .filter((field) => !isPage(field.part.node) && !isProvenance(field) && !isMapped(adapter.value, field))
    .map((field) => ({
      file: adapter.file,
      line: adapter.lineOf(field.type === "Query" ? ["lists"] : ["types", field.type]),
      wrong: `${field.coordinate} has no mapping`,
      right:
        field.type === "Query"
          ? `lists: { ${field.name}: … }`
          : `types: { ${field.type}: { fields: { ${field.name}: … } } }`,
    }));
}

function isMapped(adapter: AdapterOutline, { type, name }: FieldModel): boolean {
  if (type === "Query") return adapter.lists?.[name] !== undefined;
  return Object.hasOwn(adapter.types[type]?.fields ?? {}, name);
}

function unknown(
  adapter: YamlFile<AdapterOutline>,
  own: readonly FieldModel[],
  model: SchemaModel,
): readonly Problem[] {
  const known = new Set<string>(own.map(({ coordinate }) => coordinate));
  const types = Object.entries(adapter.value.types).flatMap(([type, { fields }]) =>
    Object.keys(fields ?? {})
      .filter((field) => !known.has(`${type}.${field}`))
      .map((field) => notInSchema(adapter, ["types", type, "fields", field], `${type}.${field}`)),
  );
  const lists = Object.keys(adapter.value.lists ?? {})
    .filter((name) => !isList(name, own, model))
    .map((name) => notInSchema(adapter, ["lists", name], `Query.${name}`));
  return [...types, ...lists];
}

function isList(name: string, own: readonly FieldModel[], model: SchemaModel): boolean {
  const paged = own.filter((field) => model.parts.some((part) => part.name === field.named && isPage(part.node)));
  return paged.some((field) => field.name === name || field.coordinate === name);
}

/** Each declared filter of a list has a column, and no other column can be filtered by. */
function filterProblems(adapter: YamlFile<AdapterOutline>, list: FieldModel): readonly Problem[] {
  const declared = (list.node.arguments ?? [])
    .filter((it) => findDirective(it, "filterable"))
    .map((it) => it.name.value);
  const mapped = Object.keys(adapter.value.lists?.[list.name]?.filters ?? {});
  const path = ["lists", list.name, "filters"];
  const missing = declared
    .filter((name) => !mapped.includes(name))
    .map((name) => ({ path, wrong: `${list.coordinate}(${name}:) has no mapping`, right: `filters: { ${name}: … }` }));
  const foreign = mapped
    .filter((name) => !declared.includes(name))
    .map((name) => ({
      path: [...path, name],
      wrong: `${list.coordinate}(${name}:) is mapped and not filterable`,
      right: "an argument with @filterable in schema.graphql",
    }));
  return [...missing, ...foreign].map(({ path, ...said }) => ({
    file: adapter.file,
    line: adapter.lineOf(path),
    ...said,
  }));
}

function notInSchema(adapter: YamlFile<unknown>, path: readonly string[], coordinate: string): Problem {
  const right = "a field of schema.graphql in the same folder";
  return {
    file: adapter.file,
    line: adapter.lineOf(path),
    wrong: `${coordinate} is mapped and not in the schema`,
    right,
  };
}
