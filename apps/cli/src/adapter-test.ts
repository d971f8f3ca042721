import path from "node:path";
import { prepare, type Result, runSuite } from "#libs/conformance";
import { UsageError } from "./places.js";

export interface SuiteOptions {
  readonly dir: string;
  readonly prepare?: boolean;
  readonly mapping?: string;
  readonly port: number;
  readonly only?: string;
  readonly without?: readonly string[];
  readonly vectors: string;
  readonly contracts: string;
  readonly json?: boolean;
}

export const defaultVectors = path.join("contracts", "vectors", "adapter");

/** `weft adapter test`: first `--prepare`, then, with the address at which the adapter takes fetches, the cases. */
export async function testAdapter(url: string | undefined, options: SuiteOptions): Promise<number> {
  if (options.prepare) return prepareTrial(options);
  if (url === undefined || !URL.canParse(url))
    throw new UsageError("Name the adapter's address, as in http://127.0.0.1:4200/trial/graphql, or --prepare first.");
  const results = await runSuite({
    url,
    dir: path.resolve(options.dir),
    vectors: options.vectors,
    ...(options.only !== undefined && { only: (name) => name.includes(options.only!) }),
    ...(options.without && { without: options.without }),
    onWaiting: () => console.error(`Waiting until the adapter at ${url} answers.`),
    onResult: options.json ? () => undefined : (result) => console.log(inLines(result)),
  });
  const failed = results.filter(({ outcome }) => outcome === "failed").length;
  const left = results.filter(({ outcome }) => outcome === "left out").length;
  const passed = results.length - failed - left;
  if (options.json) console.log(JSON.stringify({ passed, failed, leftOut: left, results }, null, 2));
  else console.log(`${passed} passed, ${failed} failed${left === 0 ? "" : `, ${left} left out`}`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

async function prepareTrial({ dir, vectors, contracts, mapping, port }: SuiteOptions): Promise<number> {
  const world = `http://127.0.0.1:${port}`;
  const prepared = await prepare(path.resolve(dir), {
    vectors,
    contracts,
    world,
    ...(mapping !== undefined && { mapping }),
  });
  console.log(`Load ${prepared.people} into the system.
Start the adapter, without any earlier state, with these contracts, keys and addresses (for Weft's own they are in ${path.join(dir, "adapter.env")}):`);
  for (const [name, value] of Object.entries(prepared.env)) console.log(`  ${name}=${value}`);
  console.log(`Then: weft adapter test http://127.0.0.1:4200/trial/graphql --dir ${dir}`);
  return 0;
}

/** One line, and under a case that failed what is wrong and why it matters. */
function inLines({ case: name, why, spec, outcome, says }: Result): string {
  if (outcome === "passed") return `passed    ${name}`;
  const more = says.map((line) => `          ${line}`);
  return [
    `${outcome.padEnd(8)}  ${name}  (${spec})`,
    ...more,
    ...(outcome === "failed" ? [`          why: ${why}`] : []),
  ].join("\n");
}
