import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseOrgId, parseStrictYaml } from "#libs/terms";
import {
  fingerprintOf,
  type Organisation,
  organisationKeySchema,
  organisationSchema,
  readGround,
} from "#libs/contracts";
import { z } from "zod";
import { UsageError } from "../places.js";
import { lineOf, publicKeysIn } from "./keys.js";

/** What an organisation asks the registry authority to put into registry.yaml: its own entry, as it would stand there. */
export interface Application {
  readonly organisation: string;
  readonly entry: Organisation;
}

export interface RequestOptions {
  readonly as: string;
  readonly name: readonly string[];
  readonly dpo: string;
  readonly adapter?: string;
  readonly issuer?: string;
  readonly keys: string;
  readonly out: string;
  readonly contracts: string;
}

/**
 * An application asks for what an organisation may say of itself. Who supervises, runs a portal, knows households or keeps consents is the
 * authority's to say, and no file that comes from outside can.
 */
const ownWord = z.strictObject({
  name: organisationSchema.shape.name,
  dpo: organisationSchema.shape.dpo,
  adapter: organisationSchema.shape.adapter,
  issuer: organisationSchema.shape.issuer,
  keys: z.array(organisationKeySchema.extend({ use: z.enum(["agreement", "adapter", "issuer"]) })).min(1, "has no key"),
});

/** `weft join request`: the organisation's entry with the public halves of its keys, and what to read out for each. */
export async function requestAdmission(options: RequestOptions): Promise<number> {
  const { as: organisation, dpo, adapter, issuer, out } = options;
  parseOrgId(organisation);
  if (existsSync(out)) throw new UsageError(`${out} is there already.`);
  const { registry } = await readGround(options.contracts, "");
  const keys = publicKeysIn(options.keys, organisation);
  if (keys.length === 0)
    throw new UsageError(`${options.keys} holds no key of ${organisation}: weft keys new makes one.`);
  const entry = {
    name: wordsIn(registry.languages, options.name, "--name"),
    dpo,
    ...(adapter !== undefined && { adapter }),
    ...(issuer !== undefined && { issuer: { iss: issuer } }),
    keys: [...keys],
  };
  const text = applicationText(checked({ organisation, entry }));
  writeFileSync(
    out,
    `# To be put under \`organisations\` of registry.yaml, once its keys were read out.\n${outdented(text)}`,
  );
  console.log(
    `${out}: what ${organisation} asks the registry authority to admit. Send it; and let a person whom they know read out:`,
  );
  for (const { kid, jwk } of keys) console.log(`  ${kid.padEnd(24)} ${fingerprintOf(jwk)}`);
  return 0;
}

/** Of an application as it came: the form, and that nobody asks for more than its own. */
export function readApplication(file: string): Application {
  if (!existsSync(file)) throw new UsageError(`There is no file ${file}.`);
  const read = z.record(z.string(), z.unknown()).safeParse(parsed(file));
  const [only, ...others] = Object.entries(read.data ?? {});
  if (only === undefined || others.length > 0)
    throw new UsageError(`${file} is no application: one organisation with its entry, as weft join request writes it.`);
  const [organisation, entry] = only;
  return checked({ organisation, entry });
}

function parsed(file: string): unknown {
  try {
    return parseStrictYaml(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

function checked({ organisation, entry }: { organisation: string; entry: unknown }): Application {
  parseOrgId(organisation);
  const read = ownWord.safeParse(entry);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new UsageError(`Of ${organisation}: ${issue?.path.join(".") || "the entry"} ${issue?.message}.`);
  }
  const party = `adapter:${organisation.slice("org:".length)}`;
  const foreign = read.data.keys.find(({ use, id }) => id !== (use === "adapter" ? party : undefined));
  if (foreign)
    throw new UsageError(
      `Of ${organisation}: ${foreign.kid} is to sign as ${foreign.id ?? "nobody"}; ${party} is right.`,
    );
  return { organisation, entry: read.data };
}

/** As it stands in registry.yaml, two spaces in. */
export function applicationText({ organisation, entry }: Application): string {
  const { name, dpo, adapter, issuer, keys } = entry;
  const words = Object.entries(name).map(([language, text]) => `${language}: ${JSON.stringify(text)}`);
  return [
    `  ${organisation}:`,
    `    name: { ${words.join(", ")} }`,
    `    dpo: ${JSON.stringify(dpo)}`,
    ...(adapter === undefined ? [] : [`    adapter: ${JSON.stringify(adapter)}`]),
    ...(issuer === undefined ? [] : [`    issuer: { iss: ${JSON.stringify(issuer.iss)} }`]),
    "    keys:",
    ...keys.map(lineOf),
    "",
  ].join("\n");
}

function outdented(text: string): string {
  return text.replaceAll(/^ {2}/gm, "");
}

/** `en=Ministry of Health`, one for each of the registry's languages. */
export function wordsIn(
  languages: readonly string[],
  given: readonly string[],
  option: string,
): Record<string, string> {
  const words = Object.fromEntries(
    given.map((text) => {
      const [, language, said] = /^([a-z]{2,3})=(.+)$/.exec(text) ?? [];
      if (language === undefined || said === undefined)
        throw new UsageError(`${option} is LANGUAGE=WORDS, as in en="…".`);
      return [language, said] as const;
    }),
  );
  const missing = languages.filter((language) => words[language] === undefined);
  if (missing.length > 0)
    throw new UsageError(`${option} is missing in ${missing.join(", ")}: everybody reads it in their language.`);
  return words;
}
