import { createPrivateKey, createPublicKey } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { HttpFeed, openFeedStore, type RegisterKeys, signAssertion } from "#libs/consent";
import { type Contracts, loadContracts, loadProposal, type SubgraphContract } from "#libs/contracts";
import { clientTls, clientTlsVariables, commaList, httpUrl, readConfig, secretFile } from "#libs/server";
import { adapterTry, openTerms, PersonSeals } from "#libs/subgraph";
import {
  type CanonicalPerson,
  canonicalPerson,
  fromB64u,
  type OrgId,
  parseOrgId,
  parsePartyId,
  type SealKey,
  type Signer,
  WeftError,
} from "#libs/terms";
import { z } from "zod";
import { namesOf } from "#libs/review";
import { type CertificateOptions, certificateVariables, silent } from "./certificate.js";
import { authorityKey, inWords, sandboxAdapterEnv, UsageError } from "./places.js";
import { trialInWords } from "./trial-words.js";

export interface TryOptions extends CertificateOptions {
  readonly as: string;
  readonly ministry?: string;
  readonly env?: string;
  /** Instead of the environment's: also a folder that is only proposed. */
  readonly contracts?: string;
  readonly language: string;
}

const schema = z.object({
  WEFT_CONTRACTS: z.string().describe("the folder with the country's contracts"),
  WEFT_AUTHORITY_FILE: z.string().describe("the name of a file with the registry authority's public JWK"),
  WEFT_MINISTRIES: commaList.describe("the ministries of this machine, by their folders' names"),
  WEFT_SEAL_KEYS_FILE: secretFile.describe("the name of a file with the ministries' seal keys"),
  WEFT_SIGNING_KEYS_FILE: secretFile.describe("the name of a file with the ministries' signing keys"),
  WEFT_CONSENT_URL: httpUrl.describe("the address of the consent register"),
  WEFT_CONSENT_AUDIENCE: httpUrl.optional().describe("its public address, where it is called by another one"),
  ...clientTlsVariables,
});
const signingKeysFile = z.record(z.string(), z.record(z.string(), z.string()));
const sealKeysFile = z.record(z.string(), z.record(z.string(), z.string()));

/**
 * `weft adapter try`: what a consumer would get of one person, beside the raw rows. For a ministry's data engineer, where its
 * adapter runs and with that adapter's environment; it reads the MIS directly, so it has no more rights than who runs it.
 */
export async function tryAdapter(key: string, options: TryOptions): Promise<number> {
  const env = { ...process.env, ...readEnvFile(options.env), ...certificateVariables(options) };
  const config = readConfig(schema, env);
  const contracts =
    options.contracts === undefined
      ? await loadContracts(config.WEFT_CONTRACTS, {
          authorityKey: authorityKey(config.WEFT_AUTHORITY_FILE),
          compose: false,
        })
      : await loadProposal(options.contracts, { unsigned: true, compose: false });
  const person = readPerson(key, contracts);
  const consumer = parseOrgId(options.as);
  const wanted = options.ministry === undefined ? config.WEFT_MINISTRIES : [options.ministry];
  const names = namesOf(contracts, options.language);
  let failed = false;
  for (const name of wanted) {
    const subgraph = [...contracts.subgraphs.values()].find((it) => it.name === name);
    if (!subgraph)
      throw new UsageError(`There is no ministry ${name}. There are: ${config.WEFT_MINISTRIES.join(", ")}.`);
    const keys = sealKeysFor(config.WEFT_SEAL_KEYS_FILE.reveal(), subgraph.provider);
    const attempt = { person, consumer, subgraph, contracts, keys, env, feed: feedOf(config, subgraph, contracts) };
    try {
      console.log(trialInWords(subgraph.provider, consumer, await tryMinistry(attempt), names));
    } catch (error) {
      if (!(error instanceof WeftError)) throw error;
      failed = true;
      console.error(`${names.organisation(subgraph.provider)}: ${inWords(error)}\n`);
    }
  }
  return failed ? 1 : 0;
}

interface Attempt {
  readonly person: CanonicalPerson;
  readonly consumer: OrgId;
  readonly subgraph: SubgraphContract;
  readonly contracts: Contracts;
  readonly keys: readonly SealKey[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly feed: HttpFeed;
}

async function tryMinistry({ person, consumer, subgraph, contracts, keys, env, feed }: Attempt) {
  const { provider, sdl, adapter } = subgraph;
  const { version, schemes, rules, agreements, registry } = contracts;
  const sealKey = keys.find(({ kid }) => kid === registry.person.seal);
  if (!sealKey) throw new UsageError(`WEFT_SEAL_KEYS_FILE has no key ${registry.person.seal} for ${provider}.`);
  const source = { provider, version, sdl, adapter, schemes, rules: rules.values(), agreements };
  const terms = await openTerms(source, { env, sealKey });
  try {
    await feed.start();
    const ministry = { provider, terms, seals: new PersonSeals(keys, registry.person.seal), feed };
    return await adapterTry(person, consumer, ministry, new Date());
  } finally {
    feed.close();
    await terms.ministry.close();
  }
}

/** All receipts, read once for this one trial: the adapter beside us owns its own. */
function feedOf(
  config: Readonly<z.output<typeof schema>>,
  { name, provider }: SubgraphContract,
  contracts: Contracts,
): HttpFeed {
  const id = parsePartyId(`adapter:${name}`);
  const signer = signerFor(config.WEFT_SIGNING_KEYS_FILE.reveal(), provider);
  const audience = (config.WEFT_CONSENT_AUDIENCE ?? config.WEFT_CONSENT_URL).replace(/\/$/, "");
  const tls = clientTls(config, silent);
  return new HttpFeed({
    url: config.WEFT_CONSENT_URL,
    audience: provider,
    keys: registerKeysOf(contracts),
    store: openFeedStore(":memory:"),
    assertion: (certificate) => signAssertion({ id, signer }, { audience, call: "GET /feed", certificate }, new Date()),
    ...(tls && { tls }),
  });
}

function signerFor(text: string, provider: OrgId): Signer {
  const { kid, ...jwk } = signingKeysFile.parse(JSON.parse(text))[provider] ?? {};
  if (typeof kid !== "string") throw new UsageError(`WEFT_SIGNING_KEYS_FILE has no key for ${provider}.`);
  return { kid, key: createPrivateKey({ key: jwk, format: "jwk" }) };
}

/** `nid:1234567890`. */
function readPerson(key: string, { schemes }: Contracts): CanonicalPerson {
  const colon = key.indexOf(":");
  const scheme = schemes.get(key.slice(0, colon));
  if (!scheme) throw new UsageError(`A person is named as scheme:value. Schemes: ${[...schemes.keys()].join(", ")}.`);
  return canonicalPerson(scheme, key.slice(colon + 1));
}

export function readEnvFile(given: string | undefined): Readonly<Record<string, string | undefined>> {
  const file = given ?? sandboxAdapterEnv;
  if (existsSync(file)) return parseEnv(readFileSync(file, "utf8"));
  if (given !== undefined) throw new UsageError(`There is no file ${given}.`);
  return {};
}

function sealKeysFor(text: string, provider: OrgId): SealKey[] {
  const keys = sealKeysFile.parse(JSON.parse(text))[provider] ?? {};
  return Object.entries(keys).map(([kid, encoded]) => {
    const bytes = fromB64u(encoded);
    if (bytes?.length !== 64) throw new UsageError(`The seal key ${kid} of ${provider} is not 64 bytes.`);
    return { kid, party: provider, bytes };
  });
}

function registerKeysOf({ registry }: Contracts): RegisterKeys {
  const keys = Object.entries(registry.organisations).flatMap(([iss, organisation]) =>
    organisation.keys
      .filter(({ use }) => use === "consent")
      .map(({ kid, jwk }) => [kid, { iss, key: createPublicKey({ key: jwk, format: "jwk" }) }] as const),
  );
  const byKid = new Map(keys);
  return (kid) => byKid.get(kid);
}
