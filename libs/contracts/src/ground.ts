import type { Scheme } from "#libs/terms";
import { REGISTRY_FILE } from "./contents.js";
import { readFolder } from "./folder.js";
import { type Problem, throwIfAny } from "./problem.js";
import { type Registry, registrySchema, schemesOf } from "./registry.js";
import { PRELUDE } from "./sdl.js";
import { readYaml } from "./yaml-file.js";

/** What a ministry that joins finds: how persons are named, which languages are read, and what other ministries' schemas say. */
export interface Ground {
  readonly registry: Registry;
  readonly schemes: ReadonlyMap<string, Scheme>;
  readonly prelude: string;
  /** The prelude's and every other ministry's, as text. */
  readonly schemas: readonly string[];
  /** The ministry's own files, by name; none where it is new. */
  readonly own: ReadonlyMap<string, string>;
}

/** Nothing is verified: what is written on this ground is checked with the whole folder. */
export async function readGround(dir: string, ministry: string): Promise<Ground> {
  const folder = await readFolder(dir);
  const problems: Problem[] = [];
  const registry = readYaml(REGISTRY_FILE, folder.get(REGISTRY_FILE) ?? "", registrySchema, problems);
  throwIfAny(problems);
  const home = `subgraphs/${ministry}/`;
  const schemas = [...folder].filter(([file]) => file.endsWith(".graphql") && /^(prelude|subgraphs\/)/.test(file));
  const { value } = registry!;
  return {
    registry: value,
    schemes: schemesOf(value),
    prelude: folder.get(PRELUDE) ?? "",
    schemas: schemas.filter(([file]) => !file.startsWith(home)).map(([, text]) => text),
    own: new Map(
      [...folder].filter(([file]) => file.startsWith(home)).map(([file, text]) => [file.slice(home.length), text]),
    ),
  };
}
