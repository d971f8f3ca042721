import { checkContracts, printProblem } from "#libs/contracts";
import { authorityKey } from "./places.js";

/** `weft contract check`: the folder as it would serve, or each thing that is wrong with its place and what would be right. */
export async function checkContract(dir: string, options: { authority?: string }): Promise<number> {
  const { contracts, problems, notices } = await checkContracts(dir, {
    authorityKey: authorityKey(options.authority),
    now: new Date(),
  });
  for (const notice of notices) console.log(`note: ${printProblem(notice)}`);
  for (const problem of problems) console.error(printProblem(problem));
  if (!contracts) {
    console.error(`\n${problems.length} to put right. Nothing of this folder would serve.`);
    return 1;
  }
  const { registry, version, subgraphs, agreements, rules, policyDigest, supergraphDigest } = contracts;
  console.log(`${dir}: version ${version} of ${registry.name["en"] ?? registry.country} would serve.`);
  console.log(`${subgraphs.size} subgraphs, ${agreements.length} agreements, ${rules.size} fields with a rule.`);
  console.log(`policy      ${policyDigest}\nsupergraph  ${supergraphDigest}`);
  return 0;
}
