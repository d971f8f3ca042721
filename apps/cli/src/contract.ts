import { readFileSync } from "node:fs";
import path from "node:path";
import { checkContracts, type Contracts, lineInYaml, printProblem, type Problem } from "#libs/contracts";
import { checkAdapterConfig, subgraphSchema } from "#libs/subgraph";
import { changesAgainst, changesInWords, usageIn } from "./contract-changes.js";
import { authorityKey } from "./places.js";

/** `weft contract check`: the folder as it would serve, or each thing that is wrong with its place and what would be right. */
export interface CheckOptions {
  readonly authority?: string;
  readonly unsigned?: boolean;
  /** A folder, or a version that git has: what the check compares with. */
  readonly against?: string;
  /** With it, a folder by `weft log export`. */
  readonly log?: string;
}

/** What a version takes from consumers, for a build that must not pass unseen. */
const TAKES = 2;

export async function checkContract(dir: string, options: CheckOptions): Promise<number> {
  const { contracts, problems, notices } = await checkContracts(dir, {
    authorityKey: options.unsigned === true ? null : authorityKey(options.authority),
    now: new Date(),
  });
  for (const notice of notices) console.log(`note: ${printProblem(notice)}`);
  for (const problem of problems) console.error(printProblem(problem));
  if (!contracts) {
    console.error(`\n${problems.length} to put right. Nothing of this folder would serve.`);
    return 1;
  }
  const mappings = mappingProblems(contracts);
  for (const problem of mappings) console.error(printProblem(problem));
  if (mappings.length > 0) {
    console.error(`\n${mappings.length} to put right. The adapters would not serve them.`);
    return 1;
  }
  const { registry, version, subgraphs, agreements, rules, policyDigest, supergraphDigest } = contracts;
  const serves = options.unsigned === true ? "would serve once the registry authority has signed it" : "would serve";
  console.log(`${dir}: version ${version} of ${registry.name["en"] ?? registry.country} ${serves}.`);
  console.log(`${subgraphs.size} subgraphs, ${agreements.length} agreements, ${rules.size} fields with a rule.`);
  console.log(`policy      ${policyDigest}\nsupergraph  ${supergraphDigest}`);
  return options.against === undefined ? 0 : compare(contracts, options.against, options);
}

async function compare(contracts: Contracts, against: string, options: CheckOptions): Promise<number> {
  const changes = await changesAgainst(contracts, against, authorityKey(options.authority));
  const usage = options.log === undefined ? undefined : await usageIn(options.log);
  console.log(`\nBeside ${against}:\n${changesInWords(changes, contracts, usage)}`);
  return changes.some(({ effect }) => effect === "takes") ? TAKES : 0;
}

/** Each adapter.yaml in its own full form; the contracts' own check knows only which fields it maps. */
export function mappingProblems({ dir, subgraphs, schemes }: Contracts): readonly Problem[] {
  return [...subgraphs.values()].flatMap(({ name, sdl, adapter }) => {
    if (adapter === null) return [];
    const { problems } = checkAdapterConfig(adapter, subgraphSchema(sdl), schemes);
    if (problems.length === 0) return [];
    const file = `subgraphs/${name}/adapter.yaml`;
    const text = readFileSync(path.join(dir, file), "utf8");
    return problems.map(({ at, wrong, right }) => {
      return { file, line: lineInYaml(text, at), wrong: `${at.join(".")} ${wrong}`, right };
    });
  });
}
