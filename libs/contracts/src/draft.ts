import { type Agreement, agreementSchema } from "#libs/policy";
import { z } from "zod";
import { REGISTRY_FILE } from "./contents.js";
import { type Folder, foldersUnder } from "./folder.js";
import { labelsSchema } from "./labels.js";
import { type OperationDraft, readOperations } from "./operation.js";
import { type Problem, throwIfAny } from "./problem.js";
import { type PurposesFile, purposesSchema } from "./purposes.js";
import { type Registry, registrySchema } from "./registry.js";
import { modelOf, type SchemaModel } from "./schema-model.js";
import { PRELUDE, readSdl, readSubgraph, type SubgraphSource, WEFT } from "./sdl.js";
import { readYaml, type YamlFile } from "./yaml-file.js";

/** A folder of which every file has its form. Nothing is verified yet. */
export interface Draft {
  readonly folder: Folder;
  readonly registry: YamlFile<Registry>;
  readonly purposes: YamlFile<PurposesFile>;
  readonly model: SchemaModel;
  readonly ministries: readonly Ministry[];
  readonly agreements: readonly AgreementDraft[];
}

/** One folder of `subgraphs/`. `adapter` is null for `weft` alone. */
export interface Ministry {
  readonly source: SubgraphSource;
  readonly adapter: YamlFile<AdapterOutline> | null;
  readonly labels: readonly YamlFile<z.infer<typeof labelsSchema>>[];
}

export interface AgreementDraft {
  readonly id: string;
  readonly file: YamlFile<Agreement>;
  /** Organisation without `org:` -> detached JWS. */
  readonly signatures: ReadonlyMap<string, string>;
  readonly operations: readonly OperationDraft[];
}

/**
 * Of `adapter.yaml` only what must agree with the schema; the adapter itself checks the rest of its file when it starts.
 */
export const adapterOutline = z.looseObject({
  adapter: z.literal(1),
  provider: z.string(),
  types: z.record(z.string(), z.looseObject({ fields: z.record(z.string(), z.unknown()).optional() })),
  lists: z.record(z.string(), z.looseObject({ filters: z.record(z.string(), z.unknown()).optional() })).optional(),
});
export type AdapterOutline = z.infer<typeof adapterOutline>;

/** Throws `ContractProblems` where a file is missing or not of its form. */
export function readDraft(folder: Folder): Draft {
  const problems: Problem[] = [];
  const registry = readRequired(folder, REGISTRY_FILE, registrySchema, problems);
  const purposes = readRequired(folder, "purposes.yaml", purposesSchema, problems);
  const prelude = readSdl(PRELUDE, folder.get(PRELUDE) ?? "", problems);
  const ministries = foldersUnder(folder, "subgraphs").flatMap((name) => readMinistry(folder, name, problems));
  const agreements = foldersUnder(folder, "agreements").flatMap((id) => readAgreement(folder, id, problems));
  throwIfAny(problems);
  const model = modelOf(
    prelude!,
    ministries.map(({ source }) => source),
  );
  return { folder, registry: registry!, purposes: purposes!, model, ministries, agreements };
}

function readRequired<T>(
  folder: Folder,
  file: string,
  schema: z.ZodType<T>,
  problems: Problem[],
): YamlFile<T> | undefined {
  const text = folder.get(file);
  if (text !== undefined) return readYaml(file, text, schema, problems);
  problems.push({ file, line: 1, wrong: "is missing", right: "the file, as contracts/README.md says" });
  return undefined;
}

function readMinistry(folder: Folder, name: string, problems: Problem[]): Ministry[] {
  const source = readSubgraph(folder, name, problems);
  const adapter =
    name === WEFT ? null : readRequired(folder, `subgraphs/${name}/adapter.yaml`, adapterOutline, problems);
  const labels = [...folder]
    .filter(([file]) => file.startsWith(`subgraphs/${name}/labels.`))
    .flatMap(([file, text]) => readYaml(file, text, labelsSchema, problems) ?? []);
  return source && adapter !== undefined ? [{ source, adapter, labels }] : [];
}

function readAgreement(folder: Folder, id: string, problems: Problem[]): AgreementDraft[] {
  const home = `agreements/${id}/`;
  const file = readRequired(folder, `${home}agreement.yaml`, agreementSchema, problems);
  if (file === undefined) return [];
  const inside = [...folder].filter(([path]) => path.startsWith(home));
  const signatures = inside.flatMap(([path, text]) => {
    const org = /\/signatures\/([a-z0-9._-]+)\.jws$/.exec(path)?.[1];
    return org === undefined ? [] : [[org, text] as const];
  });
  const operations = readOperations(folder, id, problems);
  return [{ id, file, signatures: new Map(signatures), operations }];
}
