import { type Digest, digestOf, jcs, type OrgId, WeftError } from "#libs/terms";
import { createPublicKey, type KeyObject } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { compose } from "./compose.js";
import { CONTENTS, contentsOf, digestOfContents, printContents, REGISTRY_FILE } from "./contents.js";
import { type FileSigner, signDetached, verifyDetached } from "./detached-jws.js";
import { type AgreementDraft, type Draft, readDraft } from "./draft.js";
import { readFolder } from "./folder.js";
import { SUPERGRAPH } from "./load.js";
import { proposeMeaning } from "./meaning.js";
import { isValidAt, type OrganisationKey, type Registry } from "./registry.js";
import { AUTHORITY_SIGNATURE, fileNameOf, signatureOf, signersOf } from "./signature-rules.js";

/**
 * Signs one side of an agreement as it stands. Refuses where `meaning` is not what the schemas mean today (nobody signs for what
 * they have not read) and where the key is not the organisation's in the registry.
 */
export async function signAgreement(dir: string, id: string, org: OrgId, privateKey: KeyObject): Promise<string> {
  const draft = readDraft(await readFolder(dir));
  const agreement = sidesOf(draft, id, org);
  return signIn(dir, draft, agreement, org, privateKey);
}

/**
 * The second signature: only under the very text that the other side signed, and only where that is the text of this digest, which whoever
 * signs has read. A house rule has no second side.
 */
export async function countersignAgreement(
  dir: string,
  id: string,
  { org, digest, key }: { readonly org: OrgId; readonly digest: Digest; readonly key: KeyObject },
): Promise<string> {
  const draft = readDraft(await readFolder(dir));
  const agreement = sidesOf(draft, id, org);
  const other = signersOf(agreement).find((side) => side !== org);
  if (other === undefined) throw refuse(`${id} has one side: it is signed, not countersigned`);
  const first = await signatureOf(agreement, other, draft.registry.value);
  if (first === "missing")
    throw refuse(`${other} has not signed ${id} yet: who signs first does it by weft agreement sign`);
  if (first !== "valid")
    throw refuse(`the text has changed since ${other} signed it, so they must sign it again first`);
  if (digestOf(jcs(agreement.file.json)) !== digest)
    throw refuse(`it is not the text whose hash is ${digest}: read it again`);
  return signIn(dir, draft, agreement, org, key);
}

function sidesOf(draft: Draft, id: string, org: OrgId): AgreementDraft {
  const agreement = draft.agreements.find((it) => it.id === id);
  if (agreement === undefined) throw refuse(`there is no agreement ${id}`);
  if (!signersOf(agreement).includes(org)) throw refuse(`${org} is not a side of ${id}`);
  return agreement;
}

async function signIn(
  dir: string,
  draft: Draft,
  agreement: AgreementDraft,
  org: OrgId,
  privateKey: KeyObject,
): Promise<string> {
  const meaning = proposeMeaning(agreement.file.value, draft.model);
  if (agreement.file.value.meaning !== meaning) throw refuse(`meaning would be "${meaning}"; read what changed first`);
  const key = keyFor(draft.registry.value, org, agreement, (it) => sameKey(it, privateKey));
  return writeSignature(dir, agreement, org, { kid: key.kid, key: privateKey });
}

async function writeSignature(dir: string, agreement: AgreementDraft, org: OrgId, signer: FileSigner): Promise<string> {
  const file = `agreements/${agreement.id}/signatures/${fileNameOf(org)}.jws`;
  await write(dir, file, `${await signDetached("agreement+jws", agreement.file.json, signer, new Date())}\n`);
  return file;
}

export function keyFor(
  registry: Registry,
  org: OrgId,
  { file }: AgreementDraft,
  fits: (key: OrganisationKey) => boolean,
): OrganisationKey {
  const begins = new Date(file.value.valid.from);
  const keys = registry.organisations[org]?.keys ?? [];
  const found = keys.find((key) => key.use === "agreement" && isValidAt(key, begins) && fits(key));
  if (found === undefined) throw refuse(`${org} has no such key for agreements in registry.yaml`);
  return found;
}

export function sameKey(key: OrganisationKey, privateKey: KeyObject): boolean {
  const { kty, x, y } = createPublicKey(privateKey).export({ format: "jwk" });
  return key.jwk.kty === kty && key.jwk.x === x && ("y" in key.jwk ? key.jwk.y : undefined) === y;
}

/** Lists the folder's files, puts the list's digest into registry.yaml and signs it. `version`: the new one, where it rises. */
export async function signRegistry(dir: string, authority: FileSigner, version?: number): Promise<void> {
  const folder = await readFolder(dir);
  const contents = contentsOf(folder);
  const text = folder.get(REGISTRY_FILE);
  if (text === undefined) throw refuse("there is no registry.yaml");
  const raised = version === undefined ? text : setMember(text, "version", String(version));
  await write(dir, CONTENTS, printContents(contents));
  await write(dir, REGISTRY_FILE, setMember(raised, "contents", `"${digestOfContents(contents)}"`));
  const { registry } = readDraft(await readFolder(dir));
  await write(dir, AUTHORITY_SIGNATURE, `${await signDetached("registry+jws", registry.json, authority)}\n`);
}

export interface FolderKeys {
  readonly authority: FileSigner;
  /** Private key of a registry key, by its `kid`. */
  readonly keyOf: (kid: string) => KeyObject;
}

/** Everything, for whoever holds all keys: a sandbox. Meanings, signatures of both sides that do not fit any more, supergraph, registry. */
export async function signFolder(dir: string, keys: FolderKeys, version?: number): Promise<void> {
  await writeMeanings(dir, readDraft(await readFolder(dir)));
  const draft = readDraft(await readFolder(dir));
  for (const agreement of draft.agreements) {
    for (const org of signersOf(agreement)) {
      const { kid, jwk } = keyFor(draft.registry.value, org, agreement, () => true);
      const signature = agreement.signatures.get(fileNameOf(org)) ?? "";
      const keyOf = (it: string) => (it === kid ? jwk : undefined);
      if ((await verifyDetached(signature, "agreement+jws", agreement.file.json, keyOf)) === "valid") continue;
      await writeSignature(dir, agreement, org, { kid, key: keys.keyOf(kid) });
    }
  }
  await write(dir, SUPERGRAPH, (await compose(draft.model, draft.registry.value)).supergraphSdl);
  await signRegistry(dir, keys.authority, version);
}

async function writeMeanings(dir: string, draft: Draft): Promise<void> {
  for (const { file } of draft.agreements) {
    await write(dir, file.file, setMember(file.text, "meaning", `"${proposeMeaning(file.value, draft.model)}"`));
  }
}

/** Replaces one top-level scalar and keeps every comment. */
function setMember(text: string, name: string, value: string): string {
  return text.replace(new RegExp(`^${name}: .*$`, "m"), `${name}: ${value}`);
}

async function write(dir: string, file: string, text: string): Promise<void> {
  const target = path.join(dir, file);
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, text);
}

function refuse(detail: string): WeftError {
  return new WeftError("CONTRACT_INVALID", { detail, message: `Not signed: ${detail}.` });
}
