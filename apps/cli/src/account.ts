import { type Ground, readGround } from "#libs/contracts";
import {
  type AccountProblem,
  adapterConfigSchema,
  grantStatements,
  openMinistry,
  parseAdapterConfig,
  subgraphSchema,
  untolerated,
} from "#libs/subgraph";
import { parseOrgId, parseStrictYaml } from "#libs/terms";
import { readEnvFile } from "./adapter.js";
import { UsageError } from "./places.js";

export interface AccountOptions {
  readonly contracts: string;
  readonly env?: string;
}

/** `weft adapter grants`: what the database's administrator runs, so that the adapter's account reads the mapped columns and no more. */
export async function printGrants(ministry: string, { contracts }: AccountOptions): Promise<number> {
  console.log(grantsInWords(ministry, await readGround(contracts, ministry)));
  return 0;
}

export function grantsInWords(ministry: string, ground: Pick<Ground, "own">): string {
  const parsed = adapterConfigSchema.safeParse(parseStrictYaml(fileOf(ground, ministry, "adapter.yaml")));
  if (!parsed.success) throw new UsageError("adapter.yaml is not of its form: weft contract check says where.");
  return [
    "-- For the database's administrator, once, connected to that database; read it first. The password, which stands as '…', is theirs to choose.",
    ...grantStatements(parsed.data, ministry),
  ].join("\n");
}

/** `weft adapter check`: the account's rights and the look-ups' indexes, held against adapter.yaml; each with what mends it. */
export async function checkAccount(ministry: string, options: AccountOptions): Promise<number> {
  const env = { ...process.env, ...readEnvFile(options.env) };
  const { problems, refused } = await accountProblems(ministry, options.contracts, env);
  return say(ministry, problems, refused);
}

/** What is wrong, and what of it the adapter does not start with. Opens the database with the adapter's own account. */
export async function accountProblems(
  ministry: string,
  contracts: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<{ readonly problems: readonly AccountProblem[]; readonly refused: readonly AccountProblem[] }> {
  const ground = await readGround(contracts, ministry);
  const schema = subgraphSchema(`${ground.prelude}\n${fileOf(ground, ministry, "schema.graphql")}`);
  const json = parseStrictYaml(fileOf(ground, ministry, "adapter.yaml"));
  const config = parseAdapterConfig(json, schema, ground.schemes);
  const sealKey = { kid: "none", party: parseOrgId(config.provider), bytes: Buffer.alloc(64) };
  const machine = await openMinistry({ config, schema, schemes: ground.schemes, env, sealKey });
  try {
    const problems = await machine.account(AbortSignal.timeout(15_000));
    return { problems, refused: untolerated(config, problems) };
  } finally {
    await machine.close();
  }
}

function say(ministry: string, problems: readonly AccountProblem[], refused: readonly AccountProblem[]): number {
  for (const problem of problems) {
    const left = refused.includes(problem) ? "" : " (tolerated)";
    console.log(`${problem.wrong}${left}\n  right would be: ${problem.remedy}`);
  }
  if (problems.length === 0)
    console.log(`${ministry}: the account reads what is mapped, and each look-up has its index.`);
  if (refused.length > 0)
    console.log(
      `\n${refused.length} to put right, or to name under protect.tolerates: the adapter does not start with them.`,
    );
  return refused.length === 0 ? 0 : 1;
}

function fileOf({ own }: Pick<Ground, "own">, ministry: string, name: string): string {
  const text = own.get(name);
  if (text === undefined) throw new UsageError(`There is no subgraphs/${ministry}/${name}.`);
  return text;
}
