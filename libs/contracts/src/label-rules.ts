import { isProvenance } from "./class-rules.js";
import type { Draft, Ministry } from "./draft.js";
import type { Labels } from "./labels.js";
import type { Problem } from "./problem.js";
import { isPage, type SchemaModel } from "./schema-model.js";
import { WEFT } from "./sdl.js";

/** Console, letters and receipts print labels: every field that can be released has one in each of the registry's languages. */
export function checkLabels(draft: Draft): readonly Problem[] {
  const { languages } = draft.registry.value;
  return draft.ministries.flatMap((ministry) =>
    languages.flatMap((language) => labelProblems(ministry, language, draft)),
  );
}

function labelProblems({ source, labels }: Ministry, language: string, { model }: Draft): readonly Problem[] {
  const path = `subgraphs/${source.name}/labels.${language}.yaml`;
  const file = labels.find((it) => it.file === path);
  if (file === undefined) return [{ file: path, line: 1, wrong: "is missing", right: `labels in ${language}` }];
  const at = { file: path, line: file.lineOf(["language"]) };
  const misnamed =
    file.value.language === language ? [] : [{ ...at, wrong: `says language ${file.value.language}`, right: language }];
  const given = file.value.labels;
  const missing = labelled(source.name, model)
    .filter((name) => given[name] === undefined)
    .map((name) => ({
      file: path,
      line: file.lineOf(["labels"]),
      wrong: `${name} has no label`,
      right: `${name}: "…"`,
    }));
  const known = knownNames(source.name, model);
  const unknown = Object.keys(given)
    .filter((name) => !known.has(name))
    .map((name) => ({
      file: path,
      line: file.lineOf(["labels", name]),
      wrong: `${name} is not in the schema`,
      right: "a type, Type.field or Enum.VALUE of this ministry's schema.graphql",
    }));
  return [...misnamed, ...missing, ...unknown];
}

function labelled(subgraph: string, model: SchemaModel): readonly string[] {
  return model.fields
    .filter((field) => field.subgraph.name === subgraph && !isProvenance(field) && !isPage(field.part.node))
    .filter((field) => subgraph !== WEFT || field.type !== "Query")
    .map((field) => field.coordinate);
}

/** What a ministry may label; the prelude's own words are labelled with `weft`. */
function knownNames(subgraph: string, model: SchemaModel): ReadonlySet<string> {
  const own = model.subgraphs.find(({ name }) => name === subgraph)!.document.definitions;
  const definitions = subgraph === WEFT ? [...own, ...model.prelude.definitions] : own;
  const names = definitions.flatMap((node) => {
    if (!("name" in node) || !node.name) return [];
    const type = node.name.value;
    const members = [
      ...("fields" in node ? (node.fields ?? []) : []),
      ...("values" in node ? (node.values ?? []) : []),
    ];
    return [type, ...members.map((member) => `${type}.${member.name.value}`)];
  });
  return new Set(names);
}

/** Labels of one ministry, with those of the prelude filled in: `Identity.asOf` reads as `Sourced.asOf`. */
export function labelsOf({ source, labels }: Ministry, draft: Draft): Labels {
  const weft = draft.ministries.find((it) => it.source.name === WEFT)!;
  return Object.fromEntries(
    labels.map(({ value }) => {
      const prelude = weft.labels.find((it) => it.value.language === value.language)?.value.labels ?? {};
      return [value.language, { ...inherited(source.name, prelude, draft.model), ...value.labels }];
    }),
  );
}

function inherited(subgraph: string, prelude: Labels[string], model: SchemaModel): Labels[string] {
  const provenance = model.fields.filter((field) => field.subgraph.name === subgraph && isProvenance(field));
  return Object.fromEntries(
    provenance.flatMap((field) => {
      const label = prelude[`Sourced.${field.name}`] ?? prelude[`Enrolment.${field.name}`];
      return label === undefined ? [] : [[field.coordinate, label]];
    }),
  );
}
