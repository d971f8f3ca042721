import { type OrgId, WeftError } from "#libs/terms";
import type { KeyObject } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { stripIgnoredCharacters } from "graphql";
import { signDetached } from "./detached-jws.js";
import { type AgreementDraft, type Draft, readDraft } from "./draft.js";
import { readFolder } from "./folder.js";
import { checkSchemas, SUPERGRAPH } from "./load.js";
import { OPERATION_NAME, operationFiles, registrationOf, suspensionOf } from "./operation.js";
import { checkOperations, writtenProblems } from "./operation-rules.js";
import { throwIfAny } from "./problem.js";
import { keyFor, sameKey } from "./sign.js";

export interface Registration {
  readonly agreement: string;
  readonly name: string;
  /** With its literals lifted: what is signed. */
  readonly text: string;
  /** As its author wrote it: once the literals are lifted nobody sees what they were. */
  readonly written?: { readonly file: string; readonly text: string };
}

/**
 * Writes an operation and the consumer's signature into the folder, where it lies within the grant; else nothing is written. The registry
 * authority signs the folder after that.
 */
export async function registerOperation(
  dir: string,
  { agreement: id, name, text, written }: Registration,
  privateKey: KeyObject,
): Promise<readonly string[]> {
  if (!OPERATION_NAME.test(name)) throw refuse("an operation is named in small letters, digits and -");
  const folder = await readFolder(dir);
  const draft = readDraft(folder);
  const agreement = find(draft, id);
  const { kid } = keyOf(draft, agreement, agreement.file.value.consumer, privateKey);
  const canonical = stripIgnoredCharacters(text);
  const files = operationFiles(id, name);
  const signature = await signDetached("operation+jws", registrationOf(id, canonical), { kid, key: privateKey });
  // Judged as it would be loaded.
  const next = readDraft(new Map([...folder, [files.text, text], [files.signature, `${signature}\n`]]));
  const [rules, supergraph] = [checkSchemas(next), folder.get(SUPERGRAPH) ?? ""];
  if (written) throwIfAny(writtenProblems(written, agreement.file.value, rules, supergraph));
  throwIfAny(await checkOperations(next, rules, supergraph));
  await write(dir, files.text, text);
  await write(dir, files.signature, `${signature}\n`);
  return [files.text, files.signature];
}

/** The provider's word that an operation is not to be answered any more; whoever takes the file away again lifts it. */
export async function suspendOperation(dir: string, id: string, name: string, privateKey: KeyObject): Promise<string> {
  const draft = readDraft(await readFolder(dir));
  const agreement = find(draft, id);
  const operation = agreement.operations.find((it) => it.name === name);
  if (operation === undefined) throw refuse(`no operation ${name} is registered under ${id}`);
  const { kid } = keyOf(draft, agreement, agreement.file.value.provider, privateKey);
  const file = operationFiles(id, name).suspension;
  const json = suspensionOf(id, operation.text);
  await write(dir, file, `${await signDetached("operation-suspension+jws", json, { kid, key: privateKey })}\n`);
  return file;
}

function find(draft: Draft, id: string): AgreementDraft {
  const found = draft.agreements.find((it) => it.id === id);
  if (found === undefined) throw refuse(`there is no agreement ${id}`);
  return found;
}

function keyOf(draft: Draft, agreement: AgreementDraft, org: OrgId, privateKey: KeyObject) {
  return keyFor(draft.registry.value, org, agreement, (it) => sameKey(it, privateKey));
}

async function write(dir: string, file: string, text: string): Promise<void> {
  const target = path.join(dir, file);
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, text);
}

function refuse(detail: string): WeftError {
  return new WeftError("CONTRACT_INVALID", { detail, message: `Not signed: ${detail}.` });
}
