import { printConsentSchemas } from "#libs/consent";
import { printReviewSchemas } from "#libs/review";
import { printJsonSchemas, signFolder } from "#libs/contracts";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { sandboxKey } from "./keys.js";

/**
 * Signs a sandbox country's contracts anew after a change: meanings, agreements, supergraph.graphql, registry and JSON Schemas.
 * `version` is the folder's new version; a served folder is swapped only for a higher one.
 *
 *     node dist/apps/sandbox/src/sign-contracts.js [DIR [VERSION]]
 */
export async function signSandboxContracts(dir: string, version?: number): Promise<void> {
  for (const [file, text] of [...printJsonSchemas(), ...printConsentSchemas(), ...printReviewSchemas()])
    await writeFile(path.join(dir, "schemas", file), text);
  const { kid, privateKey: key } = sandboxKey("authority-1");
  await signFolder(dir, { authority: { kid, key }, keyOf: (it) => sandboxKey(it).privateKey }, version);
}

const [, script, dir = "contracts", version] = process.argv;
if (script !== undefined && path.resolve(script) === fileURLToPath(import.meta.url)) {
  await signSandboxContracts(dir, version === undefined ? undefined : Number(version));
}
