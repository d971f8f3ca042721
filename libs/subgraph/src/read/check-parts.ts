import type { MappingProblem } from "./check.js";
import type { AdapterConfig, TypeConfig } from "./config.js";
import { mappingColumns } from "./derive.js";
import { columnsOfWhere } from "./need.js";
import { PERSON } from "./schema.js";

/** A resource that several parts are asked for is a type's whose every column says how it becomes one. */
export function checkParts(config: AdapterConfig): readonly MappingProblem[] {
  const { source } = config;
  const problems: MappingProblem[] = [];
  const say = (at: readonly string[], wrong: string, right: string) => problems.push({ at, wrong, right });
  const isService = source.kind === "rest" || source.kind === "soap";
  const resources = isService ? source.resources : {};
  for (const [name, resource] of Object.entries(resources)) {
    const at = ["source", "resources", name];
    for (const part of resource.parts ?? [])
      if (!isService || !Object.hasOwn(source.parts ?? {}, part))
        say([...at, "parts"], `no part ${part}`, "a name of source.parts");
    if (resource.parts && (resource.identify || resource.page))
      say(at, "`identify` or `page` of several parts", "`values` alone: who somebody is, one service knows");
  }
  const fields = Object.values(config.types).flatMap((type) => Object.values(type.fields));
  const lists = new Set(fields.flatMap((field) => ("list" in field ? [field.list.of] : [])));
  for (const [name, type] of Object.entries(config.types)) {
    const at = ["types", name];
    const inParts = type.from !== undefined && resources[type.from]?.parts !== undefined;
    if (inParts !== (type.parts !== undefined))
      say([...at, "parts"], "`parts` of the type or of its resource alone", "both, or neither");
    if (inParts && (name === PERSON || lists.has(name)))
      say(at, "a person or a list in several parts", "a type that a field of Person leads to");
    for (const column of columnsOf(type))
      if (type.parts && !Object.hasOwn(type.parts, column))
        say([...at, "parts"], `${column} does not say how it becomes one`, "sum, least or { first: [codes] }");
    for (const [field, mapping] of Object.entries(type.fields)) {
      const asks = "parts" in mapping || ("stands" in mapping && mapping.stands.length > 0);
      if (asks && !type.parts) say([...at, "fields", field], "`parts` or `stands` of a type in one part", "neither");
    }
  }
  return problems;
}

function columnsOf({ fields, asOf, quality }: TypeConfig): readonly string[] {
  const day = typeof asOf === "string" ? [asOf] : asOf && "column" in asOf ? [asOf.column] : [];
  const { verified, declared, disputed } = typeof quality === "object" ? quality : {};
  const tested = [verified, declared, disputed].flatMap(columnsOfWhere);
  return [...Object.values(fields).flatMap(mappingColumns), ...day, ...tested];
}
