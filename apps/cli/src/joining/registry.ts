import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { input } from "@inquirer/prompts";
import {
  type FileSigner,
  isFingerprintOf,
  type Organisation,
  type OrganisationKey,
  readGround,
  type Registry,
  type SignedVersion,
  signVersion,
} from "#libs/contracts";
import { insertInMap } from "#libs/drafting";
import { readPrivateFile, readPrivateKey, UsageError } from "../places.js";
import { type Application, applicationText, readApplication } from "./application.js";
import { lineOf } from "./keys.js";

export interface SignOptions {
  readonly contracts: string;
  readonly key: string;
  readonly kid?: string;
}

export interface AdmitOptions extends SignOptions {
  readonly fingerprint?: readonly string[];
}

/**
 * `weft registry admit`: the authority takes an organisation, or further keys of one, into registry.yaml and signs the folder. Each key
 * that comes in was read out to it, over a way that it knows to be theirs: a file alone proves nothing of who wrote it.
 */
export async function admit(file: string, options: AdmitOptions): Promise<number> {
  const application = readApplication(file);
  const { registry } = await readGround(options.contracts, "");
  assertOwnIssuer(application, registry);
  const known = registry.organisations[application.organisation];
  const keys = newKeys(application, known);
  const signer = authoritySigner(options);
  await assertHeard(keys, options.fingerprint);
  const place = path.join(options.contracts, "registry.yaml");
  const before = readFileSync(place, "utf8");
  writeWhole(place, textWith(before, application, known, keys));
  try {
    const signed = await signVersion(options.contracts, signer);
    console.log(`${known ? "Further keys of" : "Admitted"} ${application.organisation}: ${kids(keys)}.`);
    console.log(saySigned(options.contracts, signed));
    return 0;
  } catch (error) {
    writeWhole(place, before);
    throw error;
  }
}

/** A full disk must not leave half a registry. */
function writeWhole(file: string, text: string): void {
  try {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  } catch (error) {
    rmSync(`${file}.new`, { force: true });
    throw error;
  }
}

/** `weft registry sign`: the authority signs the folder as it stands now, as a new version, once both sides of each agreement have. */
export async function signFolderAs(options: SignOptions): Promise<number> {
  console.log(saySigned(options.contracts, await signVersion(options.contracts, authoritySigner(options))));
  return 0;
}

/** Tokens are taken by their issuer's name: two organisations under one could speak for each other. */
function assertOwnIssuer({ organisation, entry }: Application, { organisations }: Registry): void {
  const taken = Object.entries(organisations).find(
    ([org, { issuer }]) => org !== organisation && issuer !== undefined && issuer.iss === entry.issuer?.iss,
  );
  if (taken) throw new UsageError(`Not admitted: ${entry.issuer?.iss} is the token service of ${taken[0]}.`);
}

function newKeys({ organisation, entry }: Application, known: Organisation | undefined): readonly OrganisationKey[] {
  const added = entry.keys.filter(({ kid }) => !known?.keys.some((key) => key.kid === kid));
  const other = known && entry.adapter !== undefined && entry.adapter !== known.adapter;
  if (other)
    throw new UsageError(
      `${organisation} is at ${known.adapter ?? "no address"} in registry.yaml: change that by hand.`,
    );
  if (added.length === 0) throw new UsageError(`registry.yaml has ${organisation} with these keys already.`);
  return added;
}

/** Each key needs one that was heard, and nothing that was heard may be left over. */
async function assertHeard(keys: readonly OrganisationKey[], given: readonly string[] | undefined): Promise<void> {
  const left = [...(given ?? [])];
  for (const { kid, jwk } of keys) {
    if (given === undefined && process.stdin.isTTY)
      left.push(await input({ message: `What was read out to you for ${kid}? (eight groups of five digits)` }));
    const at = left.findIndex((heard) => isFingerprintOf(heard, jwk));
    if (at < 0)
      throw new UsageError(
        `Not admitted: nothing that was read out is the fingerprint of ${kid}. Ask its owner to read it out (--fingerprint, one for each key), over a way that you know to be theirs.`,
      );
    left.splice(at, 1);
  }
  if (left.length > 0) throw new UsageError("Not admitted: a fingerprint was read out of which no key is in the file.");
}

function textWith(
  text: string,
  application: Application,
  known: Organisation | undefined,
  keys: readonly OrganisationKey[],
): string {
  if (known) return withKeys(text, application.organisation, known, keys);
  const put = insertInMap(text, ["organisations"], applicationText(application), 2);
  if (put === undefined) throw new UsageError("registry.yaml has no list of organisations, written as a block.");
  return put;
}

/** After the last key of the organisation: everything else in the file stays as it is written. */
function withKeys(text: string, organisation: string, known: Organisation, keys: readonly OrganisationKey[]): string {
  if (known.keys.length === 0) throw new UsageError(`Write the keys of ${organisation} into registry.yaml by hand.`);
  const put = insertInMap(text, ["organisations", organisation], keys.map((key) => `${lineOf(key)}\n`).join(""), 4);
  if (put === undefined)
    throw new UsageError(`registry.yaml has ${organisation} not as a block: put the keys in by hand.`);
  return put;
}

function authoritySigner({ key: file, kid }: SignOptions): FileSigner {
  const key = readPrivateKey(file);
  const text = readPrivateFile(file).trimStart();
  const named = kid ?? (text.startsWith("{") ? (JSON.parse(text) as { kid?: string }).kid : undefined);
  if (named === undefined) throw new UsageError(`${file} does not say its kid: name it by --kid.`);
  return { kid: named, key };
}

function saySigned(dir: string, { version, isNew, added, changed, removed }: SignedVersion): string {
  if (!isNew) return `${dir}: nothing has changed since version ${version} was signed.`;
  const lines = [
    ...added.map((file) => `  + ${file}`),
    ...changed.map((file) => `  ~ ${file}`),
    ...removed.map((file) => `  - ${file}`),
  ];
  return [`${dir}: version ${version} is signed.`, ...lines].join("\n");
}

const kids = (keys: readonly OrganisationKey[]) => keys.map(({ kid }) => kid).join(", ");
